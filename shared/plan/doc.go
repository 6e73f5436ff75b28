// Package plan owns the way from a goal in plain words to a checked draft of a
// workflow: it retrieves over the operations of the workspace's active
// connections, drafts with a model or without one, proves the draft against the
// specs, repairs it, and keeps it until a person confirms it. It never calls a
// person's API, never runs a step, and shows no plan with a failed check.
//
//	message ─→ retrieve ─→ draft ─→ compose ─→ prove ─→ store (draft, 30 days)
//	               ↑         ↑ repair: at most two rounds │
//	            catalog      └────────────────────────────┘
//	stored plan ─→ Confirm: questions answered, irreversible steps named ─→ document
package plan
