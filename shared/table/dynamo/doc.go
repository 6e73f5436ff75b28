// Package dynamo is the table driver over DynamoDB: one table, tenant-prefixed
// keys, three sparse indexes. It knows nothing of tenants or documents.
package dynamo
