package arazzo

import (
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// body makes the request's body.
func (f *flow) body(n node, sc scope, op *spec.Operation, s *workflow.Step) {
	b := n.child("requestBody")
	if !n.has("requestBody") || !b.object("contentType", "payload", "replacements") {
		return
	}
	contentType := b.text("contentType")
	usual, _, _ := op.BodySchema()
	if contentType == "" {
		contentType = usual
	} else if op.Body != nil && !strings.EqualFold(usual, contentType) {
		if _, ok := op.Body.For(contentType); !ok {
			b.child("contentType").refuse("content_type", "%s %s takes no body of this type.", op.Method, op.Path)
		}
		bind(&s.Headers, "Content-Type", contentType)
	}
	if !b.has("payload") {
		if b.has("replacements") {
			b.child("replacements").refuse("replacement", "There is no payload to replace anything in.")
		}
		return
	}
	v, given := sc.payload(b.child("payload"), contentType == "" || spec.IsJSON(contentType))
	if !given {
		v = nil
	}
	for _, r := range b.list("replacements") {
		v = sc.replace(r, v)
	}
	s.Body = encode(v)
}

// replace sets a value at a place of the body that is being made.
func (s scope) replace(r node, body any) any {
	if !r.object("target", "targetSelectorType", "value") {
		return body
	}
	kind, target := "jsonpointer", r.text("target")
	if r.has("targetSelectorType") {
		kind, _ = r.child("targetSelectorType").v.(string)
	}
	at, ok := place(target, kind)
	if !ok || kind != "jsonpointer" && kind != "jsonpath" {
		r.child("target").refuse("replacement", "Only a JSON Pointer, or a JSONPath of names and indexes, can be mapped.")
		return body
	}
	v, given := s.value(r.child("value"))
	if !given {
		return body
	}
	out, ok := set(body, at, v)
	if !ok {
		r.child("target").refuse("replacement", "The payload has no such place.")
	}
	return out
}

// set puts a value into a template; into an expression, only as a member of what it
// gives.
func set(v any, at []segment, to any) (any, bool) {
	if len(at) == 0 {
		return to, true
	}
	first := at[0]
	switch x := v.(type) {
	case map[string]any:
		name := first.name
		if first.item {
			name = strconv.Itoa(first.index)
		}
		inner, ok := set(x[name], at[1:], to)
		x[name] = inner
		return x, ok
	case []any:
		if !first.item || first.index >= len(x) {
			return x, false
		}
		inner, ok := set(x[first.index], at[1:], to)
		x[first.index] = inner
		return x, ok
	case string:
		src, isExpr := expr.Unwrap(x)
		value, whole := to.(string)
		if !isExpr || first.item || len(at) > 1 {
			return x, false
		}
		written := string(encode(to))
		if e, ok := expr.Unwrap(value); whole && ok {
			written = e
		} else if strings.Contains(written, "{%") {
			return x, false
		}
		return expr.Wrap("$merge([" + src + ", {" + string(encode(first.name)) + ": " + written + "}])"), true
	}
	return v, false
}
