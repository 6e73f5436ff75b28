// Package draft is a plan before it is a document: a flat list of calls whose
// every argument is a literal, a question to the person, or a place in an
// earlier answer. Both planners make one; Compose turns it into the workflow
// document and never adds a call or a value of its own.
package draft
