// Package spec owns API descriptions: it reads OpenAPI 2.0 (Swagger), 3.0, 3.1
// and, as far as it is the same, 3.2 documents into one shape, the Operation,
// finds operations by words, and reads schemas on demand.
//
// A document stays the bytes it came as. A scanner records where operations and
// components lie; schemas are raw JSON until someone asks, and $refs are followed
// then, never inlined: one operation of a large API reaches most of its schemas.
//
// No fault of a document costs an operation: what can be read is read, and the
// rest is told as a Warning with its place. The package has no model of a whole
// document, calls no API, and plans nothing.
package spec
