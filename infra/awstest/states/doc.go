// Package states plays AWS Step Functions on loopback: the calls that the product
// uses, over the wire of the real SDK (AWS JSON 1.0), refusing what AWS refuses. It
// runs definitions in the local interpreter, calls functions by a hook that stands
// for Lambda, and tells of runs as AWS does: status changes to the event bus,
// history of express executions to the log's subscription.
//
// What it does not play: permissions of roles, quotas of accounts and rates other
// than those that a test injects, and the delay of eventual consistency.
package states
