// Package retrieve finds the operations of connected APIs that a goal may need. What
// speaks for an operation, its words, its API and its neighbours, becomes numbers, and
// a forest that was grown from goals with known answers ranks by them. The forest is
// data, in weights.json; it knows no API, and apiq eval train grows it.
package retrieve
