package expr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// signatures are those of the functions of JSONata 2.0.6. They give functions the
// context and word errors: whether a call is one stays the function's to say.
var signatures = map[string]string{
	"sum": "a<n>", "count": "a", "max": "a<n>", "min": "a<n>", "average": "a<n>", "string": "x-b?",
	"substring": "s-nn?", "substringBefore": "s-s", "substringAfter": "s-s", "lowercase": "s-", "uppercase": "s-",
	"length": "s-", "trim": "s-", "pad": "s-ns?", "match": "s-fn?", "contains": "s-(sf)", "replace": "s-(sf)(sf)n?",
	"split": "s-(sf)n?", "join": "a<s>s?", "formatNumber": "n-so?", "formatBase": "n-n?", "formatInteger": "n-s",
	"parseInteger": "s-s", "number": "(nsb)-", "floor": "n-", "ceil": "n-", "round": "n-n?", "abs": "n-", "sqrt": "n-",
	"power": "n-n", "random": "", "boolean": "x-", "not": "x-", "map": "af", "zip": "a+", "filter": "af",
	"single": "af?", "reduce": "afj?", "sift": "o-f?", "keys": "x-", "lookup": "x-s", "append": "xx", "exists": "x",
	"spread": "x-", "merge": "a<o>", "reverse": "a", "each": "o-f", "error": "s?", "assert": "bs?", "type": "x",
	"sort": "af?", "shuffle": "a", "distinct": "x", "base64encode": "s-", "base64decode": "s-",
	"encodeUrlComponent": "s-", "encodeUrl": "s-", "decodeUrlComponent": "s-", "decodeUrl": "s-", "toMillis": "s-s?",
	"fromMillis": "n-s?s?", "now": "s?s?",
}

// parameter is one of a signature.
type parameter struct {
	symbols string // of the types that it takes
	times   string // how often, as in a pattern
	array   bool
	subtype string
	context bool // the context item is taken where the argument is missing
}

func (p parameter) pattern() string { return "[" + p.symbols + "]" + p.times }

func (p parameter) takes(v any) bool { return strings.Contains(p.symbols, symbol(v)) }

var parameterText = regexp.MustCompile(`(\([a-z]+\)|[a-z])(<([a-z])>)?([-?+]?)`)

func parameters(signature string) []parameter {
	var out []parameter
	for _, m := range parameterText.FindAllStringSubmatch(signature, -1) {
		p := parameter{times: m[4], array: m[1] == "a", subtype: m[3]}
		switch t := m[1]; t {
		case "a", "x":
			p.symbols = "asnblfom"
		case "j":
			p.symbols = "asnblom"
		case "f":
			p.symbols = "f"
		default:
			p.symbols = strings.Trim(t, "()") + "m"
		}
		if p.times == "-" {
			p.context, p.times = true, "?"
		}
		out = append(out, p)
	}
	return out
}

// symbol is how signatures write a value's type.
func symbol(v any) string {
	switch v.(type) {
	case nil:
		return "m"
	case string:
		return "s"
	case bool:
		return "b"
	case float64, json.Number:
		return "n"
	case []any:
		return "a"
	case object:
		return "o"
	}
	if IsNull(v) {
		return "l"
	}
	return "f"
}

// mismatch words arguments that do not fit a function's signature as the reference
// does; nil where they fit.
func mismatch(name string, args []any, focus any) *Error {
	signature, ok := signatures[name]
	if !ok {
		return nil
	}
	params := parameters(signature)
	var supplied strings.Builder
	for _, a := range args {
		supplied.WriteString(symbol(a))
	}
	fail := func(code, format string, index int, more ...any) *Error {
		return &Error{Code: code, Message: fmt.Sprintf(format, append([]any{index + 1, name}, more...)...), Pos: -1}
	}
	whole := "^"
	for _, p := range params {
		whole += "(" + p.pattern() + ")"
	}
	match := regexp.MustCompile(whole + "$").FindStringSubmatch(supplied.String())
	if match == nil {
		pattern, good := "^", 0
		for _, p := range params {
			pattern += p.pattern()
			m := regexp.MustCompile(pattern).FindStringIndex(supplied.String())
			if m == nil {
				break
			}
			good = m[1]
		}
		return fail("T0410", "Argument %d of function %q does not match function signature", good)
	}
	at := 0
	for i, p := range params {
		got := match[i+1]
		if got == "" && p.context {
			if !p.takes(focus) {
				return fail("T0411", "Context value is not a compatible type with argument %d of function %q", at)
			}
			continue
		}
		if got == "" {
			at++
			continue
		}
		for range got {
			if p.array && p.subtype != "" && at < len(args) && !listOf(args[at], p.subtype) {
				return fail("T0412", "Argument %d of function %q must be an array of %q", at, plural[p.subtype])
			}
			at++
		}
	}
	return nil
}

var plural = map[string]string{"n": "numbers", "s": "strings", "o": "objects"}

// listOf says whether a value counts as an array of one type: undefined does.
func listOf(v any, subtype string) bool {
	list, ok := v.([]any)
	if !ok {
		s := symbol(v)
		return s == "m" || s == subtype
	}
	for _, x := range list {
		if symbol(x) != subtype {
			return false
		}
	}
	return true
}

// worded gives a function's errors the reference's words, where the arguments
// tell them.
func worded(name string, f function) function {
	return func(b *budget, c call) (any, error) {
		v, err := f(b, c)
		if err == nil || b.spent != nil {
			return v, err
		}
		e, ok := fromEngine(err).(*Error)
		if !ok {
			return nil, err
		}
		switch e.Code {
		case "T0410", "T0411", "T0412", "D3006", "T1006":
			if m := mismatch(name, c.args, c.focus); m != nil {
				return nil, m
			}
		case "D3060", "D3061", "D3100", "D3110":
			return nil, &Error{Code: e.Code, Message: refusal(e.Code, c), Pos: -1}
		case "D3137":
			if strings.HasSuffix(name, "Url") || strings.HasSuffix(name, "UrlComponent") {
				return nil, &Error{Code: "D3140", Message: "Malformed URL passed to $" + name + "(): " + shown(c, 0), Pos: -1}
			}
		case "D3141":
			if c.arg(1) == nil {
				return nil, &Error{Code: e.Code, Message: "$assert() statement failed", Pos: -1}
			}
		}
		return nil, err
	}
}

// refusal words what a function says of the values of its arguments.
func refusal(code string, c call) string {
	switch code {
	case "D3060":
		return "The sqrt function cannot be applied to a negative number: " + shown(c, 0)
	case "D3061":
		return "The power function has resulted in a value that cannot be represented as a JSON number: base=" + shown(c, 0) + ", exponent=" + shown(c, 1)
	case "D3100":
		return "The radix of the formatBase function must be between 2 and 36.  It was given " + shown(c, 1)
	}
	return "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given " + shown(c, 0)
}

// shown is an argument as JSON; where it is missing, what the function took instead.
func shown(c call, i int) string {
	v := c.arg(i)
	if v == nil {
		v = c.focus
	}
	raw, err := Encode(v, 1000)
	if err != nil {
		return "a value too long to show"
	}
	return string(raw)
}
