// Package eventbridge keeps triggers' clocks in EventBridge Scheduler and their
// events on an EventBridge bus.
package eventbridge
