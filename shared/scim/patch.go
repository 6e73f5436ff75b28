package scim

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

const (
	maxOperations = 1000
	maxPath       = 512
)

// The kinds of operations; directories write them in any case ("Add").
const (
	opAdd     = "add"
	opReplace = "replace"
	opRemove  = "remove"
)

var errPanicked = errors.New("scim: the parser gave up")

// Operation is one of a PATCH (RFC 7644, 3.5.2).
type Operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// readPatch reads a PATCH's body.
func readPatch(body json.RawMessage) ([]Operation, error) {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, fault(invalidSyntax, "", "The body must be a PatchOp message.")
	}
	var ops []Operation
	for name, raw := range sent {
		if strings.EqualFold(name, "Operations") {
			if err := json.Unmarshal(raw, &ops); err != nil {
				return nil, fault(invalidSyntax, "/Operations", "Operations must be a list of {op, path, value}.")
			}
		}
	}
	if len(ops) == 0 || len(ops) > maxOperations {
		return nil, fault(invalidSyntax, "/Operations", "Give 1 to 1,000 Operations.")
	}
	return ops, nil
}

// patch applies operations to a document of known attributes, in order; a fault in one
// undoes all, since the caller throws the document away.
func (a attributes) patch(doc map[string]any, ops []Operation) error {
	for _, op := range ops {
		var value any
		if len(op.Value) > 0 {
			if err := json.Unmarshal(op.Value, &value); err != nil {
				return fault(invalidSyntax, "/Operations", "A value is not valid JSON.")
			}
		}
		kind := strings.ToLower(op.Op)
		if kind != opAdd && kind != opReplace && kind != opRemove {
			return fault(invalidSyntax, "/Operations", "op must be add, replace or remove.")
		}
		if op.Path != "" {
			if err := a.apply(doc, kind, op.Path, value); err != nil {
				return err
			}
			continue
		}
		// Without a path the value is an object of attributes; each of its names may be
		// a path itself, as Entra sends them.
		all, ok := value.(map[string]any)
		if !ok || kind == opRemove {
			return fault(noTarget, "/Operations", "An operation without a path needs an object of attributes as its value.")
		}
		for path, v := range all {
			if err := a.apply(doc, kind, path, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// target is a path, read.
type target struct {
	name   string // as the client wrote it
	sub    string
	filter filter.Expression
}

func (a attributes) target(path string) (target, error) {
	refused := fault(invalidPath, "/Operations", `A path cannot be read: write it like name.givenName or members[value eq "…"].`)
	if len(path) > maxPath || nested(path) > 2 {
		return target{}, refused
	}
	if len(path) > len(a.schema) && strings.EqualFold(path[:len(a.schema)+1], a.schema+":") {
		path = path[len(a.schema)+1:]
	}
	p, err := parsed(func() (filter.Path, error) { return filter.ParsePath([]byte(path)) })
	if err != nil || terms(p.ValueExpression) > maxTerms {
		return target{}, refused
	}
	t := target{name: p.AttributePath.AttributeName, filter: p.ValueExpression}
	switch {
	case p.SubAttribute != nil:
		t.sub = *p.SubAttribute
	case p.AttributePath.SubAttribute != nil:
		t.sub = *p.AttributePath.SubAttribute
	}
	return t, nil
}

func (a attributes) apply(doc map[string]any, kind, path string, value any) error {
	if a.extension(path) {
		return nil
	}
	t, err := a.target(path)
	if err != nil {
		return err
	}
	if _, ok := fold(a.ignored, t.name); ok {
		return nil
	}
	if name, ok := fold(a.plain, t.name); ok && t.sub == "" && t.filter == nil {
		if kind == opRemove {
			delete(doc, name)
		} else {
			doc[name] = value
		}
		return nil
	}
	if name, ok := foldKey(a.single, t.name); ok && t.filter == nil {
		return a.applySingle(doc, kind, name, t.sub, value)
	}
	if name, ok := foldKey(a.many, t.name); ok {
		return a.applyMany(doc, kind, name, t, value)
	}
	return fault(invalidPath, "/Operations", "There is no attribute "+clip(t.name)+" that could be changed.")
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func (a attributes) applySingle(doc map[string]any, kind, name, sub string, value any) error {
	have, _ := doc[name].(map[string]any)
	next := map[string]any{}
	for k, v := range have {
		next[k] = v
	}
	switch {
	case sub == "" && kind == opRemove:
		next = map[string]any{}
	case sub == "":
		m, ok := value.(map[string]any)
		if !ok {
			return fault(invalidValue, "/Operations", name+" must be an object.")
		}
		for k, v := range part(m, a.single[name]) {
			next[k] = v
		}
	default:
		canonical, ok := fold(a.single[name], sub)
		if !ok {
			return nil // a part that is not kept, such as name.middleName
		}
		next[canonical] = value
		if kind == opRemove {
			delete(next, canonical)
		}
	}
	doc[name] = next
	return nil
}

func (a attributes) applyMany(doc map[string]any, kind, name string, t target, value any) error {
	have, _ := doc[name].([]any)
	if t.filter == nil && t.sub == "" {
		given, err := a.given(name, value)
		if err != nil {
			return err
		}
		switch {
		case kind == opRemove && value == nil:
			have = nil
		case kind == opRemove:
			have = without(have, given)
		case kind == opReplace:
			have = given
		default:
			have = append(without(have, given), given...)
		}
		doc[name] = have
		return nil
	}
	matches := func(v any) bool {
		m, ok := v.(map[string]any)
		return ok && (t.filter == nil || holds(t.filter, m))
	}
	if kind == opRemove && t.sub == "" {
		doc[name] = slices.DeleteFunc(slices.Clone(have), matches)
		return nil
	}
	change, err := a.partChange(name, t.sub, kind, value)
	if err != nil || change == nil {
		return err
	}
	next, found := make([]any, len(have)), false
	for i, v := range have {
		if next[i] = v; matches(v) {
			m, _ := v.(map[string]any)
			next[i], found = change(m), true
		}
	}
	if !found && kind != opRemove {
		// What a filter says its target is, a new one is: emails[type eq "work"].value
		// of somebody who has no address yet.
		typ, ok := equalTo(t.filter, "type")
		if !ok {
			return fault(noTarget, "/Operations", "Nothing of "+name+" is as the path's filter says.")
		}
		next = append(next, change(map[string]any{"type": typ}))
	}
	doc[name] = next
	return nil
}

func (a attributes) given(name string, value any) ([]any, error) {
	if value == nil {
		return nil, nil
	}
	return a.values(name, value)
}

// partChange is a change of a complex value: of one part, or of those given; nil where
// the part is not kept.
func (a attributes) partChange(name, sub, kind string, value any) (func(map[string]any) map[string]any, error) {
	set := map[string]any{}
	if sub == "" {
		m, ok := value.(map[string]any)
		if !ok {
			return nil, fault(invalidValue, "/Operations", "A value of "+name+" must be an object.")
		}
		set = part(m, a.many[name])
	} else {
		canonical, ok := fold(a.many[name], sub)
		if !ok {
			return nil, nil
		}
		if set[canonical] = value; kind == opRemove {
			set[canonical] = nil
		}
	}
	return func(m map[string]any) map[string]any {
		out := map[string]any{}
		for k, v := range m {
			out[k] = v
		}
		for k, v := range set {
			if out[k] = v; v == nil {
				delete(out, k)
			}
		}
		return out
	}, nil
}

// without leaves out the values that are given, each told by its "value".
func without(have, given []any) []any {
	drop := map[any]bool{}
	for _, v := range given {
		if text, ok := valueOf(v); ok {
			drop[text] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(have), func(v any) bool {
		text, ok := valueOf(v)
		return ok && drop[text]
	})
}

func valueOf(v any) (string, bool) {
	m, _ := v.(map[string]any)
	text, ok := m["value"].(string)
	return text, ok
}
