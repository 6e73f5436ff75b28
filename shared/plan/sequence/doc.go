// Package sequence decides which operations a plan calls, in which order, and how
// many. It is a model of the next step: given a goal, the operations that may serve
// it and the steps so far, it gives each operation, and the end, a probability. A
// search keeps the likeliest plans, and what a plan is worth is its probability.
//
//	goal, candidates ─→ features of each (static) ─┐
//	steps so far     ─→ features of each (context) ─┴→ weights ─→ p(next | goal, steps)
//
// The weights come from training (package train) and hold nothing of any API. It
// binds no argument and calls nothing.
package sequence
