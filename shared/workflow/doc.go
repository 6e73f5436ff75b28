// Package workflow owns the workflow document: its type, its JSON Schema, the
// rules that need no API to judge (ids, names in scope, expressions that parse,
// steps that can be reached), and its stored, immutable versions. It never calls
// an API and never runs a step; workflow/check judges a document against the
// specs of its connections, workflow/asl compiles it.
//
// A workflow's states:
//
//	DRAFT ⇄ ACTIVE ⇄ INACTIVE
//
// each change of the definition adds a version; a version never changes.
package workflow
