// Package triggertest is the conformance suite of trigger's ports: what every
// Scheduler and every Bus does, whoever's time and wire it uses.
package triggertest
