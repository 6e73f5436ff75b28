package oracle

// known are the classes of differences that are left, and why. docs/expressions.md
// tells a person what to write instead.
var known = map[string]string{
	"no error of [filter]":        "a filter of nothing is not evaluated; the reference evaluates it once, over nothing, and may find an operand of the wrong type",
	"an error of $substring()":    "a first argument that is no text is refused; the reference takes the context for it",
	"an error of $base64decode()": "what is no base64 is refused; the reference decodes what it can",
	"an error of $fromMillis()":   "as $substring()",
	"an error of .object with %":  "% within the arguments of a function is not seen",
	"value of $formatNumber()":    "#,###.## of a whole number ends in a point, there in .0",
	"value of in":                 "objects and arrays are compared by what they hold, there by identity",
	"value of $fromMillis()":      "the reference is an hour off west of Greenwich in zones of a half hour",
	"value of ~> $map()":          "[] before a $map does not keep its only item in an array",
}

// least is how many in a thousand free expressions agree at least.
const least = 990
