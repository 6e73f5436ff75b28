// Package triggertest is the conformance suite of trigger's ports.
package triggertest
