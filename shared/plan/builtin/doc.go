// Package builtin plans without a model: the same goal over the same documents
// gives the same plan, in milliseconds. It cuts the goal into clauses, ranks
// operations for each, binds arguments from the words and from earlier answers,
// brings in the calls that yield what a path needs, and asks for what is left.
// It knows English, HTTP and OpenAPI, and nothing of any particular API. It
// never invents a value: what it cannot bind becomes a question, and a goal that
// nothing fits is refused.
package builtin
