// Package syntax reads JSONata 2.0.6 source into a tree with exact positions, so
// that expressions can be analysed and guarded before they run. It never
// evaluates anything.
package syntax

// Kind says what a Node is.
type Kind int

// The kinds. Kids are listed in source order.
const (
	Name        Kind = iota // a field of the context item; Value is its name
	String                  // Value is the unescaped text
	Number                  // Value is the source text
	Literal                 // true, false, null
	Regex                   // /…/flags
	Variable                // Value is the name without $; "" for $, "$" for $$
	Wildcard                // *
	Descendant              // **
	Parent                  // %
	Placeholder             // ? in a partial application
	Negate                  // -x: [x]
	Array                   // [a, b]: items
	Object                  // {k: v}: k, v, k, v …
	Block                   // (a; b): expressions
	Condition               // c ? t : e: [c, t] or [c, t, e]
	Bind                    // $v := x: [$v, x]
	Call                    // f(a, b): [f, a, b]
	Partial                 // f(a, ?): [f, a, ?]
	Lambda                  // function($a){b}: [b]; Params
	Binary                  // a op b: [a, b]; Value is the operator
	Path                    // a.b: [a, b]
	Predicate               // a[b]: [a, b]
	KeepArray               // a[]: [a]
	Group                   // a{k: v}: a, k, v, k, v …
	Sort                    // a^(t, …): a, terms
	Transform               // |p|u, d|: [p, u] or [p, u, d]
	Focus                   // a@$v: [a]; Value is v
	Index                   // a#$v: [a]; Value is v
)

// Node is one construct and the bytes [Start, End) of the source that it spans.
type Node struct {
	Kind       Kind
	Value      string
	Start, End int
	Kids       []*Node
	// Params are a lambda's parameters, without $.
	Params []string
}
