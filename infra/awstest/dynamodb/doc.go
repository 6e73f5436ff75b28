// Package dynamodb runs DynamoDB Local for tests: the service's wire, expressions
// and transactions, by Amazon. It owns the process and the faults that a test asks
// for between a client and it.
//
// What it does not show of the real service: indexes that lag, throttling,
// transaction conflicts between two requests under way, deletion of expired items.
// Package table/dynamo has a conformance test under the build tag aws for those.
package dynamodb
