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
// waits for the same one.
//
// Objects in the blob store are immutable. For a document of hash H, spec/H.json is
// the document as JSON, in blocks that are packed one by one; spec/H.src its bytes
// as they came where those differ (YAML); spec/H.idx where the blocks lie and the
// index, written last, so that an index means a whole document. Each begins with a
// header: "AQS", the layout's version, and a byte for the packing, of which 'g'
// (gzip, RFC 1952) is the only one yet. What is older (H.json.gz and so on) is gzip
// without a header; it is read, and its index made anew in today's layout.
//
// A stored document is opened by its index: for lists and searches by all of it, in
// one read; for one operation by its first 64 KiB, which is all of most. Of a larger
// one the blocks that an operation needs follow by range, one or two. The document's
// own bytes, above 64 KiB packed, are read by range as they are asked for. An index
// of an older layout, or that is damaged, is made again from the document.
//
// The package never deletes a document: workflows that were confirmed against it
// keep running on it. A purge forgets URLs only.
package library
