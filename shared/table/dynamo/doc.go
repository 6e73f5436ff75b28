// Package dynamo is the table driver over DynamoDB: one table, tenant-prefixed
// keys, three sparse indexes (package schema). It knows nothing of tenants or
// documents, and it never reads an index where the port asks for the base table.
//
// # Writes and their repetition
//
// A put is one UpdateItem that sets every attribute, removes those that the new
// item lacks and decides the version itself. Where the condition fixes the
// version (Absent, IfVersion) it is set, else it is counted up.
//
// The SDK repeats a request whose answer was lost, so the same write may reach the
// table twice. Each put carries an id that no other has and leaves it in the item:
// a condition that then fails over one's own id is a success. Transactions, and
// deletes under a condition, carry a ClientRequestToken instead, by which DynamoDB
// knows a repetition for ten minutes (API reference, TransactWriteItems); a delete
// leaves nothing to compare, and such deletes are too few for their double price
// to matter.
//
// Two cases are left. A put or delete under Always that was applied, whose answer
// was lost and which another write followed is applied again over that one, as if
// it had come later: it was still under way. And a conditional put that others
// overwrote before its repetition cannot be told from one that never was: the
// error then is not ErrCondition and leaves the outcome open.
//
// # Expiry
//
// DynamoDB deletes an expired item within a few days (Developer Guide, "Using time
// to live"). Until then it is stored, returned and paid for, and every condition
// here counts it as absent.
package dynamo
