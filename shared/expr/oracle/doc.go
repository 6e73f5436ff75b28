// Package oracle holds shared/expr against the reference implementation, jsonata
// 2.0.6 for Node.js, over generated expressions: what the compiler and the planner
// write must give the same values and errors; what a person may write besides may
// differ in the ways that known_test.go lists, and in no other. It has tests only, which
// `make test/oracle` runs; nothing of it is in the product.
package oracle
