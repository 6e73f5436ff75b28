package draft

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Expression is the JSONata of a reference, between the marks of a template.
func (r Ref) Expression(loop *Loop) string { return "{% " + r.jsonata(loop) + " %}" }

func (r Ref) jsonata(loop *Loop) string {
	var b strings.Builder
	b.WriteByte('$')
	if r.Item && loop != nil {
		b.WriteString(loop.As)
	} else {
		b.WriteString(r.Step)
	}
	picked := false
	for _, p := range r.Path {
		if p != "*" {
			b.WriteByte('.')
			b.WriteString(quoteName(p))
			continue
		}
		switch {
		case picked || r.Item:
			if !r.Pick.All {
				b.WriteString("[0]")
			}
		case r.Pick.All:
		case r.Pick.Field != "":
			b.WriteString("[" + quoteName(r.Pick.Field) + " = " + quoteText(r.Pick.Equals) + "][0]")
		case r.Pick.Last:
			b.WriteString("[-1]")
		default:
			b.WriteString("[" + strconv.Itoa(r.Pick.Index) + "]")
		}
		picked = true
	}
	if r.Text {
		return "$string(" + b.String() + ")"
	}
	if r.Pick.All && picked || r.Wrap {
		return "[" + b.String() + "]" // one item stays an array: JSONata would unwrap it
	}
	return b.String()
}

// over is the JSONata of a loop's array.
func (l *Loop) over() string { return "{% " + l.Over.jsonata(nil) + " %}" }

// expression is the JSONata of a guard; what is missing makes it false.
func (g *Guard) expression() string {
	left := g.Left.jsonata(nil)
	if g.Count {
		left = "$count(" + left + ")"
	}
	switch g.Op {
	case "exists":
		return "{% $count(" + left + ") > 0 %}"
	case "empty":
		return "{% $count(" + left + ") = 0 %}"
	}
	right := string(g.Right)
	var text string
	if json.Unmarshal(g.Right, &text) == nil {
		right = quoteText(text)
	}
	if g.Op == "=" || g.Op == "!=" || g.Count {
		return "{% " + left + " " + g.Op + " " + right + " %}"
	}
	// Order comparisons of a missing value would be undefined, which no template may be.
	return "{% $exists(" + left + ") and " + left + " " + g.Op + " " + right + " %}"
}

// quoteName writes a property name as JSONata has it: in backquotes unless it is
// plain. A backquote cannot be escaped there; such a name is looked up instead.
func quoteName(name string) string {
	plain := name != "" && !keywords[name]
	for i, r := range name {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			plain = false
		}
	}
	if plain {
		return name
	}
	if strings.ContainsRune(name, '`') {
		return "$lookup(" + quoteText(name) + ")"
	}
	return "`" + name + "`"
}

// keywords cannot be plain names in JSONata.
var keywords = map[string]bool{"and": true, "or": true, "in": true, "true": true, "false": true, "null": true, "function": true}

// quoteText writes a string literal. JSON's escapes are JSONata's.
func quoteText(s string) string {
	raw, _ := json.Marshal(s) // a string always encodes
	return string(raw)
}
