package arazzo

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// criteria reads a list of criteria as one condition; nil where there are none.
// ok is false where one was refused.
func (s scope) criteria(list []node) (c *cond, ok bool) {
	var conds []*cond
	ok = true
	for _, n := range list {
		if one := s.criterion(n); one != nil {
			conds = append(conds, one)
		} else {
			ok = false
		}
	}
	return all(conds), ok
}

func (s scope) criterion(n node) *cond {
	if !n.object("context", "condition", "type") {
		return nil
	}
	text := n.required("condition")
	kind := n.kind()
	switch kind {
	case "", "simple":
		return s.simple(n.child("condition"), text)
	case "regex":
		return s.regex(n, text)
	case "jsonpath":
		return s.jsonpath(n, text)
	}
	n.child("type").refuse("criterion", "A criterion of type %s cannot be mapped: write it as a simple condition.", cut(kind))
	return nil
}

// context is the expression that a criterion applies to.
func (s scope) context(n node) string {
	text := n.required("context")
	if text == "" {
		return ""
	}
	src, skipped := s.expression(n.child("context"), text)
	if skipped {
		n.child("context").refuse("not_before", "%s: the step does not run on this way.", cut(text))
	}
	return src
}

// raw is a condition that is JSONata already.
func raw(src string) *cond { return &cond{op: "raw", text: src} }

// regex: JSONata has expressions of the same kind, if not of the same dialect.
func (s scope) regex(n node, pattern string) *cond {
	src := s.context(n)
	if src == "" {
		return nil
	}
	if strings.Contains(pattern, "{$") {
		n.child("condition").refuse("criterion", "A pattern with runtime expressions in it cannot be mapped.")
		return nil
	}
	if _, err := regexp.Compile(pattern); err != nil || pattern == "" || strings.ContainsAny(pattern, "\n\r") {
		n.child("condition").refuse("criterion", "The pattern cannot be mapped: it must be a regular expression of RE2.")
		return nil
	}
	test := "$contains($string(" + src + "), /" + slashes.ReplaceAllString(pattern, `$1\/`) + "/)"
	if _, err := expr.Compile(test, nil); err != nil {
		n.child("condition").refuse("criterion", "The pattern cannot be mapped.")
		return nil
	}
	return raw(test)
}

var slashes = regexp.MustCompile(`((?:^|[^\\])(?:\\\\)*)/`)

// jsonpath: a path of names, indexes and [*] holds where it finds anything. Filters
// are no paths of ours.
func (s scope) jsonpath(n node, text string) *cond {
	src := s.context(n)
	if src == "" {
		return nil
	}
	segments, ok := place(strings.TrimSuffix(strings.TrimSpace(text), "[*]"), "jsonpath")
	if ok {
		found, named := path(src, segments...)
		if strings.HasSuffix(strings.TrimSpace(text), "[*]") {
			// An object's members count as well as an array's items.
			found = "($v := " + found + `; $type($v) = "object" ? $count($keys($v)) > 0 : $type($v) = "array" ? $count($v) > 0 : false)`
		} else {
			found = "$exists(" + found + ")"
		}
		if named {
			return raw(found)
		}
	}
	n.child("condition").refuse("criterion", "Only a JSONPath without filters can be mapped; write the rest as a simple condition, such as $response.body#/items/0 != null.")
	return nil
}

// simple reads a simple condition.
func (s scope) simple(n node, text string) *cond {
	p := &simpleParser{cursor: cursor{text: text}, scope: s, at: n}
	c := p.or(0)
	p.space()
	switch {
	case p.failed:
		return nil
	case c == nil || p.pos < len(text):
		n.refuse("criterion", "The condition cannot be read at character %d: %s", p.pos+1, cut(text))
		return nil
	}
	return c
}

// maxNested bounds how deep a condition's parentheses and negations may go.
const maxNested = 50

type simpleParser struct {
	cursor
	scope  scope
	at     node
	failed bool // told already
}

func (p *simpleParser) chain(op, token string, next func(int) *cond, depth int) *cond {
	first := next(depth)
	if first == nil || !p.take(token) {
		return first
	}
	args := []*cond{first}
	for {
		c := next(depth)
		if c == nil {
			return nil
		}
		if args = append(args, c); !p.take(token) {
			break
		}
	}
	for _, a := range args {
		if a.op == "lit" {
			return nil // a constant is no condition
		}
	}
	return &cond{op: op, args: args}
}

func (p *simpleParser) or(depth int) *cond  { return p.chain("or", "||", p.and, depth) }
func (p *simpleParser) and(depth int) *cond { return p.chain("and", "&&", p.compare, depth) }

func (p *simpleParser) compare(depth int) *cond {
	l := p.unary(depth)
	if l == nil {
		return nil
	}
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if !p.take(op) {
			continue
		}
		r := p.unary(depth)
		if r == nil || !operand(l) || !operand(r) {
			return nil
		}
		return &cond{op: op, args: []*cond{l, r}}
	}
	return l
}

func operand(c *cond) bool { return c.op == "ref" || c.op == "lit" }

func (p *simpleParser) unary(depth int) *cond {
	p.space()
	rest := p.text[p.pos:]
	switch {
	case depth > maxNested || rest == "":
		return nil
	case strings.HasPrefix(rest, "!") && !strings.HasPrefix(rest, "!="):
		p.pos++
		if c := p.unary(depth + 1); c != nil && c.op != "lit" {
			return &cond{op: "not", args: []*cond{c}}
		}
		return nil
	case rest[0] == '(':
		p.pos++
		if c := p.or(depth + 1); c != nil && p.take(")") {
			return c
		}
		return nil
	case rest[0] == '\'':
		return p.quoted()
	case rest[0] == '$':
		return p.ref(rest)
	}
	m := constant.FindString(rest)
	p.pos += len(m)
	if m == "" {
		return nil
	}
	return &cond{op: "lit", lit: json.RawMessage(m)}
}

var constant = regexp.MustCompile(`^(?:-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?\b|true\b|false\b|null\b)`)

// quoted reads a text in single quotes, a quote in it being doubled.
func (p *simpleParser) quoted() *cond {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		if p.text[i] != '\'' {
			b.WriteByte(p.text[i])
			continue
		}
		if i+1 < len(p.text) && p.text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		p.pos = i + 1
		return &cond{op: "lit", lit: encode(b.String())}
	}
	return nil
}

func (p *simpleParser) ref(rest string) *cond {
	r, n := scan(rest, true)
	if n == 0 {
		return nil
	}
	src, skipped := p.scope.source(p.at, rest[:n], r)
	if src == "" && !skipped {
		p.failed = true
		return nil
	}
	p.pos += n
	if skipped { // what has not run is null
		return &cond{op: "lit", lit: json.RawMessage("null")}
	}
	return &cond{op: "ref", text: src, status: r.root == "status"}
}
