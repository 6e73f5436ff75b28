// Package twin serves any OpenAPI document as a stateful stand-in for its API:
// it creates, lists, reads, updates and deletes, refuses requests that do not fit
// the document, and shapes every answer by the document's schemas. Package wire
// reads the requests: parameters of every style, JSON, forms and multipart forms.
// The same seed and requests give the same answers. It never calls anything.
//
// Where state lives follows from the paths: /pets/{petId} is an item of the
// collection /pets, whatever the parent's parameters are bound to.
package twin
