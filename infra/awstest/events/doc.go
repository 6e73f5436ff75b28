// Package events is EventBridge and EventBridge Scheduler for tests: PutEvents of
// the one and schedules of the other, over their wires, strict on what they
// refuse. Time stands still until it is moved; what comes due or matches a rule
// is handed to a function of the test's, at least once.
//
// Where the documentation is silent the stand chooses: a cron expression is tried
// at each minute, in its zone; an hour that a clock change brings twice counts
// once where the expression names hours.
package events
