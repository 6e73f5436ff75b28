// Package grant owns the grants of connections of type OAUTH, and the tokens
// of TOKEN_EXCHANGE: it obtains them, keeps
// them sealed, renews their tokens and takes them back. It asks authorisation servers
// only, never an API, and gives a token to nobody but package connection.
//
// A grant is one item beside its connection. Its states:
//
//	            ┌──────── Complete, PollDevice: a person consented ───────┐
//	            ▼                                                         │
//	(none) ── lease ──→ valid ── due ──→ leased ── answer ──→ valid, serial + 1
//	  a machine's grant   │                │  └── invalid_grant ──→ faulty ─┘
//	                      │                └── crash: the lease ends, and
//	                      └── Disconnect ──→ (none)     another takes it over
//
// A lease is written before the authorisation server is asked, under the condition
// that nobody else wrote meanwhile: of all runs in all processes one asks. What it is
// answered is stored under the same condition, so that one who was thought dead
// overwrites nothing. See docs/decisions on what a crash in between may cost.
package grant
