// Package sink owns where else the records of a workspace's trail go: addresses that
// an admin names, and how far each has come. It sends what the trail holds, as it is
// held, at least once and in order, and never anything else; it never changes the
// trail but by the records of what is done to sinks.
//
//	waiting → (a batch is accepted) waiting
//	        → (it is not) failing, tried again after a pause that doubles, up to six hours
//	failing → (a batch is accepted) waiting
//
// A batch is NDJSON, oldest first: to a webhook at most a hundred records in a POST
// that is signed by Standard Webhooks, to a bucket at most a thousand in an object,
// gzipped. The position moves on when the receiver has taken it; who crashes between
// sends the batch again. A receiver drops records whose id it has; in a bucket the
// second object takes the first one's place, since it begins with the same record.
// Nothing is lost while a sink fails: the trail is the queue.
package sink
