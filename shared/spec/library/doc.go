// Package library owns the documents that a workspace has: it fetches them
// through the egress guard, keeps them by the hash of their bytes, remembers by
// URL what it fetched and when, and opens them again. The parser in package spec
// stays free of I/O thereby.
//
// A URL's way:
//
//	fresh record ──────────────────────────────→ hit          no request
//	record past its time ── conditional GET ─304→ revalidated  time starts again
//	                                        ─200→ fetched      parsed, stored, recorded
//	                                        ─down→ stale       the stored document, and said so
//	no record ── GET ── 200 → fetched; anything else → an error, nothing stored
//
// One request runs for a workspace and URL at a time; whoever asks meanwhile
// waits for the same one. Objects in the blob store are immutable: for a document
// of hash H, spec/H.json.gz is the document as JSON, spec/H.src.gz its bytes as
// they came where those differ (YAML), spec/H.idx.gz its index, written last, so
// that an index means a whole document. All are gzip (RFC 1952); its magic number
// is the format mark that another compression would be told apart by.
//
// The package never deletes a document: workflows that were confirmed against it
// keep running on it. A purge forgets URLs only.
package library
