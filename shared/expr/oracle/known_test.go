package oracle

// known are the classes of differences that are left, and why. docs/expressions.md
// tells a person what to write instead.
var known = map[string]string{
	"no error of [filter]":     "a filter of nothing is not evaluated; the reference evaluates it once, over nothing, and may find an operand of the wrong type",
	"an error of $substring()": "a first argument that is no text is refused; the reference takes the context for it",
	"value of ~> $map()":       "[] before a $map does not keep its only item in an array",
}

// least is how many in a thousand free expressions agree at least.
const least = 990
