package asl

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// null is an expression on purpose: a bare null in a field may be taken for no
// field at all.
const null = "{% null %}"

// quote writes a JSONata string literal, which is a JSON one.
func quote(s string) string {
	b, err := encode(s)
	if err != nil {
		return `""` // a string always encodes
	}
	return string(b)
}

// dynamic says whether a template has an expression, or text that the engine
// could take for one.
func dynamic(template json.RawMessage) bool {
	found := false
	workflow.Strings(template, "", func(_, text string) {
		found = found || strings.HasPrefix(text, "{%")
	})
	return found
}

// holdsNull says whether a template has a null in it, on which validators of
// definitions fail.
func holdsNull(template json.RawMessage) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(template))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return false
		}
		if token.Kind() == 'n' {
			return true
		}
	}
}

// value compiles a template for a field of a state. What is static stays JSON,
// unless it has a null; an object or array with expressions becomes one
// constructor, in which what is undefined drops out; a lone expression that is
// undefined gives null.
func (f *frame) value(template json.RawMessage) any {
	if !dynamic(template) {
		if holdsNull(template) {
			return expr.Wrap(f.constructor(template))
		}
		return template
	}
	if src, ok := whole(template); ok {
		return expr.Wrap(orNull(f.bound(src)))
	}
	return expr.Wrap(f.constructor(template))
}

// output makes a value fit for a state's Output: Step Functions takes any JSON
// there, validators of definitions only text and objects. Else it is an expression,
// unless it is too long for one.
func output(value any) any {
	static, ok := value.(json.RawMessage)
	if static = bytes.TrimSpace(static); !ok || len(static) == 0 || static[0] == '{' || static[0] == '"' || len(static) > expr.MaxLength {
		return value
	}
	return expr.Wrap(string(static))
}

// text compiles text for people that may be an expression; it is always a string.
func (f *frame) text(s string) string {
	if src, ok := expr.Unwrap(s); ok {
		return expr.Wrap("($v := " + f.bound(src) + `; $exists($v) ? $string($v) : "")`)
	}
	if strings.HasPrefix(s, "{%") {
		return expr.Wrap(quote(s))
	}
	return s
}

// orNull guards a lone expression. JSONata evaluates the right side of := before
// the name is bound, so that a step called v is still seen there.
func orNull(src string) string {
	return "($v := " + src + "; $exists($v) ? $v : null)"
}

// bound puts an expression in parentheses and gives its value to each name that
// is not the variable of that name: $index, and steps named like a function.
func (f *frame) bound(src string) string {
	var b strings.Builder
	for _, name := range f.reads(src) {
		if v := f.variable(name); v != name {
			b.WriteString("$" + name + " := $" + v + "; ")
		}
	}
	return "(" + b.String() + src + ")"
}

// reads are the names an expression reads; none for one that does not parse,
// which no validated document has.
func (f *frame) reads(src string) []string {
	p, err := expr.Compile(src, nil)
	if err != nil {
		return nil
	}
	names, _ := workflow.Reads(p, f.functions)
	return names
}

// variable is the state machine's variable for a name of the document.
func (f *frame) variable(name string) string {
	if name == "index" && len(f.loops) > 0 {
		return f.loops[len(f.loops)-1].index
	}
	if v, ok := f.renamed[name]; ok {
		return v
	}
	return name
}

// whole takes the expression out of a template that is nothing else.
func whole(template json.RawMessage) (string, bool) {
	var s string
	if err := json.Unmarshal(template, &s); err != nil {
		return "", false
	}
	return expr.Unwrap(s)
}

// constructor writes a template as one JSONata expression.
func (f *frame) constructor(template json.RawMessage) string {
	var b strings.Builder
	f.construct(&b, jsontext.NewDecoder(bytes.NewReader(template)), false)
	return b.String()
}

func (f *frame) construct(b *strings.Builder, dec *jsontext.Decoder, item bool) {
	switch dec.PeekKind() {
	case '{':
		f.members(b, dec)
	case '[':
		f.items(b, dec)
	case '"':
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		src, ok := expr.Unwrap(token.String())
		switch {
		case !ok:
			b.WriteString(quote(token.String()))
		case item:
			// An array constructor takes the items of an array, not the array; one more
			// pair of brackets keeps it whole.
			b.WriteString(`($v := ` + f.bound(src) + `; $type($v) = "array" ? [[$v]] : $v)`)
		default:
			b.WriteString(f.bound(src))
		}
	default:
		v, err := dec.ReadValue()
		if err != nil {
			return
		}
		b.Write(v)
	}
}

func (f *frame) members(b *strings.Builder, dec *jsontext.Decoder) {
	_, _ = dec.ReadToken() // the brace just peeked at
	b.WriteByte('{')
	for i := 0; dec.PeekKind() == '"'; i++ {
		name, err := dec.ReadToken()
		if err != nil {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(name.String()) + ": ")
		f.construct(b, dec, false)
	}
	_, _ = dec.ReadToken() // validated JSON: the closing brace
	b.WriteByte('}')
}

func (f *frame) items(b *strings.Builder, dec *jsontext.Decoder) {
	_, _ = dec.ReadToken()
	b.WriteByte('[')
	for i := 0; dec.PeekKind() != ']' && dec.PeekKind() != 0; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		f.construct(b, dec, true)
	}
	_, _ = dec.ReadToken()
	b.WriteByte(']')
}

// bare compiles a template that the call function evaluates: one expression as
// text, with $index left to the values that go along. "" means no template.
func bare(template json.RawMessage) string {
	if len(template) == 0 {
		return ""
	}
	if src, ok := whole(template); ok {
		return src
	}
	return (&frame{compiler: &compiler{}}).constructor(template)
}

// path is the expression of a step's place in its run: "each[3]/charge".
func (f *frame) path(step string) string {
	if len(f.loops) == 0 {
		return step
	}
	var parts []string
	prefix := ""
	for _, l := range f.loops {
		parts = append(parts, quote(prefix+l.id+"["), "$string($"+l.index+")")
		prefix = "]/"
	}
	return expr.Wrap(strings.Join(append(parts, quote(prefix+step)), " & "))
}

// vars are the values of the names that a step's bare expressions read, but $response
// and the step's own, which the call function has.
func (f *frame) vars(s *workflow.Step, sources ...string) string {
	seen := map[string]bool{"response": true, "states": true, s.ID: true}
	var b strings.Builder
	for _, src := range sources {
		if src == "" {
			continue
		}
		for _, name := range f.reads(src) {
			if seen[name] {
				continue
			}
			seen[name] = true
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(name) + ": $" + f.variable(name))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return expr.Wrap("{" + b.String() + "}")
}
