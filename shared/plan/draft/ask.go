package draft

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// maxName bounds the name of an input.
const maxName = 40

// Ask makes the question for an argument that nothing binds, beside the
// questions that the steps already have. Identifiers of one thing are asked for
// once, however many calls need them.
func Ask(steps []*Step, op *catalog.Op, f *catalog.Field) Arg {
	entity := op.Names(f)
	name := inputName(op, f, entity)
	schema := InputSchema(f.Shape(), f.Description)
	for n, base := 2, name; ; n++ {
		other := findInput(steps, name)
		if other == nil {
			break
		}
		if f.Identifier() && sameType(other.Schema, schema) {
			return Arg{In: f.In, Path: f.Path, Value: Value{Input: other}, From: fromAnswer}
		}
		name = fmt.Sprintf("%s%d", base, n)
	}
	return Arg{In: f.In, Path: f.Path, Value: Value{Input: &Input{Name: name, Question: question(op, f, entity), Schema: schema}}, From: fromAnswer}
}

const fromAnswer = "your answer"

// AskBody asks for a whole body.
func AskBody(steps []*Step, op *catalog.Op) Arg {
	name := "body"
	if op.Entity != "" {
		name = op.Entity
	}
	name = plainName(name)
	for n, base := 2, name; findInput(steps, name) != nil; n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	var hint string
	if fields := bodyNames(op, 8); fields != "" {
		hint = " Its fields: " + fields + "."
	}
	in := &Input{Name: name, Schema: InputSchema(op.BodySchema(), ""),
		Question: fmt.Sprintf("What should be sent with “%s”?%s", Title(op), hint)}
	return Arg{In: "body", Value: Value{Input: in}, From: fromAnswer}
}

func bodyNames(op *catalog.Op, most int) string {
	var names []string
	for i := range op.Args {
		if op.Args[i].In == "body" && len(names) < most {
			names = append(names, strings.Join(op.Args[i].Path, "."))
		}
	}
	return strings.Join(names, ", ")
}

func findInput(steps []*Step, name string) *Input {
	for _, st := range steps {
		for _, a := range st.Args {
			if a.Value.Input != nil && a.Value.Input.Name == name {
				return a.Value.Input
			}
		}
	}
	return nil
}

func sameType(a, b json.RawMessage) bool {
	var x, y struct {
		Type any `json:"type"`
	}
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && fmt.Sprint(x.Type) == fmt.Sprint(y.Type)
}

// inputName tells whose property it is: a plain "id" or "name" gets its thing's noun.
func inputName(op *catalog.Op, f *catalog.Field, entity string) string {
	ws := catalog.Split(f.Name)
	if len(ws) > 1 || f.In == "query" && !f.Identifier() {
		return plainName(f.Name)
	}
	if entity == "" {
		entity = op.Entity
	}
	if entity == "" || len(ws) == 1 && ws[0] == entity {
		return plainName(f.Name)
	}
	return plainName(entity + "_" + strings.Join(ws, "_"))
}

func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, s)
	s = strings.Trim(s, "_")
	if s == "" {
		return "value"
	}
	return s[:min(len(s), maxName)]
}

// question asks in plain words, with what the spec says of the argument.
func question(op *catalog.Op, f *catalog.Field, entity string) string {
	what := strings.Join(catalog.Split(f.Name), " ")
	if entity != "" && f.Identifier() && !strings.Contains(what, entity) {
		what = entity + " " + what
	}
	q := fmt.Sprintf("Which %s should “%s” use?", what, Title(op))
	if d := strings.TrimSpace(f.Description); d != "" && len(d) <= 160 {
		q += " " + strings.TrimSuffix(d, ".") + "."
	}
	shape := f.Shape()
	if shape.Is("array") {
		shape = shape.Items()
	}
	if enum := shape.Enum(); len(enum) > 0 && len(enum) <= 12 {
		var members []string
		for _, e := range enum {
			members = append(members, plainText(e))
		}
		q += " One of: " + strings.Join(members, ", ") + "."
	}
	return q
}

// Title is what a person reads for an operation.
func Title(op *catalog.Op) string {
	t := strings.Join(strings.Fields(op.Spec.Summary), " ")
	if t == "" || len(t) > 80 {
		t = op.ID()
	}
	return strings.TrimSuffix(t, ".")
}

// plainText is a JSON value as a person writes it.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
