package patch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// proposal gathers what mends a workflow.
type proposal struct {
	doc      *workflow.Document
	con      string
	old, now *spec.Document

	ops []Op
	why []string
}

func (p *proposal) add(op Op, format string, args ...any) {
	p.ops = append(p.ops, op)
	p.why = append(p.why, fmt.Sprintf(format, args...))
}

// sent is what a step, its undo or its reconcile sends.
type sent struct {
	at, step, operation string
	parameters          map[string]json.RawMessage
	body                json.RawMessage
}

func (p *proposal) make() {
	p.doc.Walk(func(at string, s *workflow.Step) {
		if s.Type != workflow.TypeAPICall {
			return
		}
		if s.Connection == p.con {
			before, after := p.call(sent{at, s.ID, s.Operation, s.Parameters, s.Body})
			if before != nil && after != nil {
				p.answer(at, s, before, after)
			}
		}
		if u := s.Undo; u != nil && (u.Connection == p.con || u.Connection == "" && s.Connection == p.con) {
			p.call(sent{at + "/undo", s.ID, u.Operation, u.Parameters, u.Body})
		}
		if r := s.Reconcile; r != nil && s.Connection == p.con {
			p.call(sent{at: at + "/reconcile", step: s.ID, operation: r.Operation, parameters: r.Parameters})
		}
	})
}

// call mends what is sent, and returns the operation as it was and is.
func (p *proposal) call(s sent) (before, after *spec.Operation) {
	before, err := p.old.Operation(s.operation)
	if err != nil {
		return nil, nil // it was broken before
	}
	if after, err = p.now.Operation(s.operation); err != nil {
		if after = p.successor(before); after == nil {
			return nil, nil
		}
		value, _ := json.Marshal(name(s.operation, after)) // a string has no error
		p.add(Op{Op: "replace", Path: s.at + "/operation", Value: value}, "%s: the operation %s is %s now.", s.step, s.operation, name(s.operation, after))
	}
	p.parameters(s, before, after)
	p.body(s, before, after)
	return before, after
}

// name calls an operation in the manner in which it was called.
func name(was string, op *spec.Operation) string {
	if strings.Contains(was, " /") {
		return op.Method + " " + op.Path
	}
	return op.ID
}

// successor is the operation of the new document that took the place of one:
// at the same method and path, or of the same operationId.
func (p *proposal) successor(op *spec.Operation) *spec.Operation {
	if next, err := p.now.Operation(op.Method + " " + op.Path); err == nil {
		return next
	}
	if next, err := p.now.Operation(op.ID); err == nil && !strings.Contains(op.ID, " /") {
		return next
	}
	return nil
}

func (p *proposal) parameters(s sent, before, after *spec.Operation) {
	has := func(list []spec.Parameter, name string) bool {
		return slices.ContainsFunc(list, func(q spec.Parameter) bool { return q.Name == name })
	}
	var gone, fresh []candidate
	for _, q := range before.Parameters {
		if !has(after.Parameters, q.Name) {
			gone = append(gone, candidate{q.Name, q.Description, q.In, p.old.Shape(q.Schema)})
		}
	}
	for _, q := range after.Parameters {
		if !has(before.Parameters, q.Name) {
			fresh = append(fresh, candidate{q.Name, q.Description, q.In, p.now.Shape(q.Schema)})
		}
	}
	set := maps.Clone(s.parameters)
	for _, r := range renames(gone, fresh) {
		if _, bound := set[r.from]; !bound {
			continue
		}
		set[r.to] = set[r.from]
		delete(set, r.from)
		p.add(Op{Op: "move", From: s.at + "/parameters" + workflow.Pointer(r.from), Path: s.at + "/parameters" + workflow.Pointer(r.to)},
			"%s: the parameter %s is called %s now.", s.step, r.from, r.to)
	}
	none := len(s.parameters) == 0
	for _, q := range after.Parameters {
		value := given(p.now.Shape(q.Schema))
		if _, bound := set[q.Name]; bound || !q.Required || value == nil || was(before.Parameters, q) {
			continue
		}
		op := Op{Op: "add", Path: s.at + "/parameters" + workflow.Pointer(q.Name), Value: value}
		if none {
			op = Op{Op: "add", Path: s.at + "/parameters", Value: object(q.Name, value)}
			none = false
		}
		p.add(op, "%s: the parameter %s is required now; %s is what the document gives for it.", s.step, q.Name, value)
	}
}

// was says whether a parameter was required already.
func was(list []spec.Parameter, q spec.Parameter) bool {
	return slices.ContainsFunc(list, func(x spec.Parameter) bool { return x.Name == q.Name && x.In == q.In && x.Required })
}

func (p *proposal) body(s sent, before, after *spec.Operation) {
	_, old, had := before.BodySchema()
	_, now, has := after.BodySchema()
	if had && has {
		p.value(s.at+"/body", s.step, s.body, p.old.Shape(old), p.now.Shape(now), 0)
	}
}

// maxDepth bounds how deep a body is looked into.
const maxDepth = 12

// value mends an object that is written out, and those inside it; what comes from
// an expression is not ours to mend.
func (p *proposal) value(at, step string, raw json.RawMessage, old, now spec.Shape, depth int) {
	if depth > maxDepth {
		return
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for i, item := range list {
			p.value(fmt.Sprintf("%s/%d", at, i), step, item, old.Items(), now.Items(), depth+1)
		}
		return
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil || len(old.Variants())+len(now.Variants()) > 0 {
		return
	}
	moved := map[string]string{}
	for _, r := range renames(fieldsBeside(old, now)) {
		if _, set := members[r.from]; !set {
			continue
		}
		members[r.to], moved[r.to] = members[r.from], r.from
		delete(members, r.from)
		p.add(Op{Op: "move", From: at + workflow.Pointer(r.from), Path: at + workflow.Pointer(r.to)}, "%s: the field %s is called %s now.", step, r.from, r.to)
	}
	for _, name := range now.Required() {
		field, described := now.Property(name)
		if _, set := members[name]; set || !described || field.ReadOnly || slices.Contains(old.Required(), name) {
			continue
		}
		if value := given(field.Shape); value != nil {
			p.add(Op{Op: "add", Path: at + workflow.Pointer(name), Value: value}, "%s: the field %s is required now; %s is what the document gives for it.", step, name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		from := name
		if moved[name] != "" {
			from = moved[name]
		}
		inner, ok := old.Property(from)
		next, still := now.Property(name)
		if ok && still {
			p.value(at+workflow.Pointer(name), step, members[name], inner.Shape, next.Shape, depth+1)
		}
	}
}

// given is the value that the document itself gives: a default, or the only one
// there is. One that reads like an expression is left to a person.
func given(s spec.Shape) json.RawMessage {
	value := s.Default()
	if only := s.Enum(); value == nil && len(only) == 1 {
		value = only[0]
	}
	expression := false
	workflow.Strings(value, "", func(_, text string) {
		expression = expression || expr.IsExpression(text) || strings.Contains(text, "{%")
	})
	if expression || string(value) == "null" {
		return nil
	}
	return value
}

func object(name string, value json.RawMessage) json.RawMessage {
	raw, _ := json.Marshal(map[string]json.RawMessage{name: value}) // value was read from a valid document
	return raw
}
