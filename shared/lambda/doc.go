// Package lambda turns what AWS Lambda is invoked with into what the product
// serves: API Gateway v2 events into HTTP, tasks and events into calls.
package lambda
