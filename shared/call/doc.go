// Package call owns one outbound request of a workflow step, from the payload
// that the engine hands over to the value that the step leaves: it builds,
// authorises, sends, retries, masks, projects and journals. It is the only client
// of users' APIs. It never stores a credential, never lets a whole response into
// an engine's history, and never sends again what may have had its effect.
//
// A step's journal entry goes through these states; each arrow is one durable
// write, and the one to "sending" comes before the request leaves:
//
//	        ┌──────────────── retry ───────────────┐
//	        ▼                                      │
//	(none) ─► sending ─► succeeded                 │
//	            │  ├───► failed ───────────────────┤ effect none, or class not unsafe
//	            │  └───► unknown ──► resolved: retry (failed, effect none)
//	            │           ▲                  done  (succeeded)
//	            └─ crash ───┘ class unsafe     fail  (failed; asked again when redriven)
//
// A request of class unsafe whose effect is not known to be absent is never sent
// again by itself, by any path.
package call
