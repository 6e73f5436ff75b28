package arazzo

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// term is an expression of the part of JSONata that runtime expressions and simple
// conditions can say.
type term struct {
	// op is and, or, =, !=, <, <=, >, >=, & (text), call, path, lit.
	op   string
	args []*term
	name string // call: the function; path: the variable
	path []segment
	lit  json.RawMessage
}

// parse reads an expression; nil for one that says more.
func parse(src string) *term {
	p := &termParser{cursor{text: src}}
	t := p.chain("or", p.conjunction, 0)
	p.space()
	if t == nil || p.pos != len(src) {
		return nil
	}
	return t
}

type termParser struct{ cursor }

func (p *termParser) word(w string) bool {
	p.space()
	rest := p.text[p.pos:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && strings.IndexByte(" \t\r\n($", rest[len(w)]) < 0 {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *termParser) chain(op string, next func(int) *term, depth int) *term {
	first := next(depth)
	if first == nil {
		return nil
	}
	args := []*term{first}
	for {
		if op == "&" && !p.take(op) || op != "&" && !p.word(op) {
			break
		}
		t := next(depth)
		if t == nil {
			return nil
		}
		args = append(args, t)
	}
	if len(args) == 1 {
		return first
	}
	return &term{op: op, args: args}
}

func (p *termParser) conjunction(depth int) *term { return p.chain("and", p.comparison, depth) }
func (p *termParser) joined(depth int) *term      { return p.chain("&", p.atom, depth) }

func (p *termParser) comparison(depth int) *term {
	l := p.joined(depth)
	if l == nil {
		return nil
	}
	for _, op := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if !p.take(op) {
			continue
		}
		r := p.joined(depth)
		if r == nil {
			return nil
		}
		return &term{op: op, args: []*term{l, r}}
	}
	return l
}

var (
	reCall     = regexp.MustCompile(`^\$(not|exists|lowercase|string)\(`)
	reVariable = regexp.MustCompile(`^\$([A-Za-z][A-Za-z0-9_]*)`)
	reField    = regexp.MustCompile("^\\s*(?:\\.\\s*(?:([A-Za-z_][A-Za-z0-9_]*)|`([^`]*)`)|\\[(\\d{1,6})\\])")
	reString   = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`)
	reConstant = regexp.MustCompile(`^(?:-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?|true|false|null)`)
)

func (p *termParser) atom(depth int) *term {
	p.space()
	rest := p.text[p.pos:]
	if depth > maxNested {
		return nil
	}
	if m := reCall.FindStringSubmatch(rest); m != nil {
		p.pos += len(m[0])
		arg := p.chain("or", p.conjunction, depth+1)
		if arg == nil || !p.take(")") {
			return nil
		}
		return &term{op: "call", name: m[1], args: []*term{arg}}
	}
	if p.take("(") {
		t := p.chain("or", p.conjunction, depth+1)
		if t == nil || !p.take(")") {
			return nil
		}
		return t
	}
	if m := reVariable.FindStringSubmatch(rest); m != nil {
		p.pos += len(m[0])
		t := &term{op: "path", name: m[1]}
		for m := reField.FindStringSubmatch(p.text[p.pos:]); m != nil; m = reField.FindStringSubmatch(p.text[p.pos:]) {
			p.pos += len(m[0])
			if m[3] != "" {
				i, _ := strconv.Atoi(m[3]) // at most six digits
				t.path = append(t.path, segment{item: true, index: i})
			} else {
				t.path = append(t.path, segment{name: m[1] + m[2]})
			}
		}
		return t
	}
	if m := reString.FindString(rest); m != "" {
		p.pos += len(m)
		return stringTerm(m)
	}
	m := reConstant.FindString(rest)
	p.pos += len(m)
	if m == "" {
		return nil
	}
	return &term{op: "lit", lit: json.RawMessage(m)}
}

// stringTerm reads a string literal; single quotes as JSONata has them.
func stringTerm(m string) *term {
	if m[0] == '\'' {
		m = `"` + strings.ReplaceAll(strings.ReplaceAll(m[1:len(m)-1], `\'`, `'`), `"`, `\"`) + `"`
	}
	var s string
	if json.Unmarshal([]byte(m), &s) != nil {
		return nil
	}
	return &term{op: "lit", lit: encode(s)}
}

// text is a literal's text; ok is false for other terms.
func (t *term) text() (string, bool) {
	var s string
	if t.op != "lit" || len(t.lit) == 0 || t.lit[0] != '"' || json.Unmarshal(t.lit, &s) != nil {
		return "", false
	}
	return s, true
}

// call takes the argument of a function's call.
func (t *term) call(name string) *term {
	if t.op == "call" && t.name == name {
		return t.args[0]
	}
	return nil
}

func (t *term) null() bool { return t.op == "lit" && string(t.lit) == "null" }

// same says whether two terms are the same path.
func (t *term) same(o *term) bool {
	if t.op != "path" || o.op != "path" || t.name != o.name || len(t.path) != len(o.path) {
		return false
	}
	for i, s := range t.path {
		if s != o.path[i] {
			return false
		}
	}
	return true
}
