package arazzo

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// value turns what Arazzo lets a value be (a constant, a runtime expression, text
// with expressions in it, a selector, and objects and lists of these) into a
// template. given is false where it reads only what does not run on this way.
func (s scope) value(n node) (v any, given bool) {
	switch x := n.v.(type) {
	case string:
		return s.text(n, x)
	case map[string]any:
		if isSelector(x) {
			src, skipped := s.selector(n)
			return expr.Wrap(src), !skipped && src != ""
		}
		out := make(map[string]any, len(x))
		for _, name := range n.names() {
			if v, given := s.value(n.child(name)); given {
				out[name] = v
			}
		}
		return out, true
	case []any:
		out := make([]any, 0, len(x))
		for i := range x {
			if v, given := s.value(n.item(i, x[i])); given {
				out = append(out, v)
			} else {
				out = append(out, nil)
			}
		}
		return out, true
	}
	return n.v, true
}

// text is a template of a text.
func (s scope) text(n node, text string) (any, bool) {
	if isRuntime(text) {
		src, skipped := s.expression(n, text)
		return expr.Wrap(src), !skipped && src != ""
	}
	if !strings.Contains(text, "{$") {
		return literal(text), true
	}
	parts, ok := s.embedded(n, text)
	if !ok {
		return text, true
	}
	return expr.Wrap(concat(parts)), true
}

// literal keeps a text a text: what looks like an expression becomes one that
// gives it.
func literal(text string) string {
	if strings.Contains(text, "{%") {
		return expr.Wrap(string(encode(text)))
	}
	return text
}

// expression is a text that is one runtime expression.
func (s scope) expression(n node, text string) (src string, skipped bool) {
	r, length := scan(text, false)
	// Names of inputs that the grammar does not allow are in use: those of parameters,
	// such as filter[state]. One that is declared is known.
	if name, ptr, _ := strings.Cut(strings.TrimPrefix(text, "$inputs."), "#"); length < len(text) && strings.HasPrefix(text, "$inputs.") &&
		slices.Contains(s.known, name) && (ptr == "" || ptr[0] == '/') {
		r, length = ref{root: "inputs", name: name, path: segments(ptr)}, len(text)
	}
	if length == 0 {
		n.refuse("expression", "%s cannot be mapped: what is known here is $inputs, $steps.….outputs, $outputs, $statusCode, $response.header and $response.body.", cut(text))
		return "", false
	}
	if length != len(text) {
		n.refuse("expression", "%s is not a runtime expression: what follows %s cannot be read.", cut(text), cut(text[:length]))
		return "", false
	}
	return s.source(n, text, r)
}

// part is a piece of a text: a constant or an expression.
type part struct {
	text string
	src  string
}

// embedded takes a text with {expressions} apart.
func (s scope) embedded(n node, text string) (parts []part, ok bool) {
	for rest := text; rest != ""; {
		i := strings.Index(rest, "{$")
		if i < 0 {
			return append(parts, part{text: rest}), true
		}
		if i > 0 {
			parts = append(parts, part{text: rest[:i]})
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 || !isRuntime(rest[i+1:i+end]) {
			n.refuse("expression", "%s has a { that begins no runtime expression.", cut(rest[i:]))
			return nil, false
		}
		src, skipped := s.expression(n, rest[i+1:i+end])
		if src == "" && !skipped {
			return nil, false
		}
		if !skipped {
			parts = append(parts, part{src: src})
		}
		rest = rest[i+end+1:]
	}
	return parts, true
}

// concat joins parts as text.
func concat(parts []part) string {
	if len(parts) == 1 && parts[0].src != "" {
		return "$string(" + parts[0].src + ")"
	}
	if len(parts) == 0 {
		return `""`
	}
	var out []string
	for _, p := range parts {
		if p.src != "" {
			out = append(out, p.src)
		} else {
			out = append(out, string(encode(p.text)))
		}
	}
	return strings.Join(out, " & ")
}

func isSelector(m map[string]any) bool {
	_, context := m["context"].(string)
	_, selector := m["selector"].(string)
	return context && selector && m["type"] != nil && len(m) == 3
}

// selector is a Selector Object of Arazzo 1.1: pointers, and JSONPath that names
// one place.
func (s scope) selector(n node) (src string, skipped bool) {
	kind := n.kind()
	r, ok := ref{}, false
	context := n.text("context")
	switch kind {
	case "jsonpointer", "jsonpath":
		var length int
		if r, length = scan(context, false); length == 0 || length != len(context) {
			n.child("context").refuse("expression", "%s cannot be mapped.", cut(context))
			return "", false
		}
		var more []segment
		if more, ok = place(n.text("selector"), kind); !ok {
			n.child("selector").refuse("selector", "Only a selector that names one place can be mapped, such as $.items[0].id.")
			return "", false
		}
		r.path = append(r.path, more...)
	default:
		n.child("type").refuse("selector", "A selector of type %s cannot be mapped: XML is not taken apart here.", cut(kind))
		return "", false
	}
	return s.source(n, context, r)
}

// place reads a pointer, or a JSONPath of names and indexes alone.
func place(text, kind string) ([]segment, bool) {
	if kind == "jsonpointer" {
		if text != "" && text[0] != '/' {
			return nil, false
		}
		return segments(text), true
	}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, false
	}
	var out []segment
	for rest != "" {
		m := reMember.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		out, rest = append(out, member(m)), rest[len(m[0]):]
	}
	return out, true
}

// cut shortens a text of the description for a message.
func cut(s string) string { return short(s, 80) }

// payload is a body. A text that is JSON, with expressions in it, is that JSON: an
// expression that is a whole string there, or stands without quotes, keeps its type.
func (s scope) payload(n node, isJSON bool) (any, bool) {
	text, ok := n.v.(string)
	if !ok || !isJSON || isRuntime(strings.TrimSpace(text)) {
		if ok && isRuntime(strings.TrimSpace(text)) {
			n.v = strings.TrimSpace(text)
		}
		return s.value(n)
	}
	dec := json.NewDecoder(strings.NewReader(quoted(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return s.value(n)
	}
	return s.typed(node{at: n.at, v: v, f: n.f})
}

// typed is value, but for strings that are one {expression}.
func (s scope) typed(n node) (any, bool) {
	switch x := n.v.(type) {
	case string:
		if strings.HasPrefix(x, "{$") && strings.IndexByte(x, '}') == len(x)-1 {
			n.v = x[1 : len(x)-1]
		}
		return s.value(n)
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			if v, given := s.typed(node{at: n.at, v: member, f: n.f}); given {
				out[name] = v
			}
		}
		return out, true
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i], _ = s.typed(node{at: n.at, v: x[i], f: n.f})
		}
		return out, true
	}
	return n.v, true
}

// quoted puts quotes around expressions that stand outside of strings.
func quoted(text string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inside && c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
			c = text[i]
		case c == '"':
			inside = !inside
		case !inside && strings.HasPrefix(text[i:], "{$"):
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				b.WriteString(string(encode(text[i : i+end+1])))
				i += end
				continue
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
