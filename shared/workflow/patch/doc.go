// Package patch finds what a changed API document breaks in a workflow, by asking
// the checker of package check, and proposes the change of the workflow that mends
// it, where one is certain. A proposal is a JSON Patch (RFC 6902) of the
// definition; it is never applied here, and nothing is stored.
//
// Certain are: an operationId renamed at the same method and path, a path moved
// under the same operationId, a field or parameter renamed by the one match there
// is, and a new required field or parameter whose value the document gives.
package patch
