// Package undo finds, in an API's document, the operation that takes back what
// another does: DELETE /pets/{petId} for POST /pets, POST …/unarchive for POST
// …/archive. It only offers: a person takes the offer or not. What is not surely
// typed, or could be meant in two ways, is no offer. It calls and stores nothing.
package undo
