// Package statemachines holds the platform's own state machines.
package statemachines
