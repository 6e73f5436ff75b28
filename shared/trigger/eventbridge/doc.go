// Package eventbridge keeps triggers' clocks in EventBridge Scheduler and carries
// their events on an EventBridge bus.
//
// A clock is one schedule in the group of triggers, named by its trigger; two
// where its days are given both by month and by week, since EventBridge takes
// only one of them in an expression. A schedule calls the function with a
// trigger.Tick, and goes on calling it until the clock's Keep is over.
//
// An event is one entry of PutEvents: source "apiq", its name as the detail-type,
// the trigger.Event as the detail. Data that is larger than an entry is told by
// reference before it comes here: see trigger.MaxEventData.
package eventbridge
