// Package diff compares two API documents, operation by operation. First it
// hashes the raw bytes of each operation together with everything that these
// refer to, which says exactly which operations changed at all, and costs no more
// than reading both documents once. Of those only, it then says in words what
// changed, over resolved schemas.
//
// A change is breaking where a call made before, or a step that reads its answer,
// can fail on it. The two sides have opposite senses: a request must still be
// accepted, so that it breaks when less is allowed; an answer must still be
// understood, so that it breaks when less is promised. What an answer has in
// addition breaks nothing, a new value of an enum included: readers must expect
// these, and the peers' own rules for compatible changes say so.
//
// The package has no opinion about workflows, reads no file and makes no request.
package diff
