// Package check judges a workflow document against the connections and specs it
// uses, before anyone confirms it: docs/workflow.md, "Checked before anyone
// confirms it". What the spec does not say is unknown, never fine. It calls no
// API and stores nothing.
package check
