// Package connection owns a workspace's access to APIs: which document describes
// one, where it is reached, the credential that opens it, and the review of its
// risk. It reads documents through package library and calls no API itself.
//
// States:
//
//	(create) ── small document ──→ ACTIVE ⇄ UNREACHABLE, CREDENTIALS_INVALID
//	    └────── large document ──→ IMPORTING ──→ ACTIVE
//	                       ↑           └───────→ FAILED ── refresh, update ──→ ACTIVE
//	                       └────────────────────────┘ refresh, in the background
//
// A large document is imported by a goroutine of this process, or, where that may
// not outlive its request, by who is named in Options.Background. Either way a note
// among the system records says so, until the import is done.
//
// What a person changes lies in one item, whose version is the resource's. What
// the system notes as it goes (last use, reachability, progress) lies in another,
// so that it makes no one's If-Match stale. The credential lies sealed in a third:
// it is never part of a Connection.
package connection
