package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// Compose writes the document. Its input schema has one property for each
// question, in the order of the steps.
func (d *Draft) Compose() (workflow.Document, error) {
	doc := workflow.Document{APIQ: workflow.Version, Name: d.Name, Description: d.Description}
	var err error
	if doc.Input, err = d.inputSchema(); err != nil {
		return doc, err
	}
	if doc.Steps, err = nest(d.Steps); err != nil {
		return doc, err
	}
	doc.Output = d.output()
	return doc, nil
}

// Inputs are the questions in the order of the steps, each property once.
func (d *Draft) Inputs() []*Input {
	var out []*Input
	seen := map[string]bool{}
	for _, s := range d.Steps {
		for _, a := range s.Args {
			if in := a.Value.Input; in != nil && !seen[in.Name] {
				seen[in.Name] = true
				out = append(out, in)
			}
		}
	}
	return out
}

func (d *Draft) inputSchema() (json.RawMessage, error) {
	inputs := d.Inputs()
	if len(inputs) == 0 {
		return nil, nil
	}
	required := make([]string, 0, len(inputs))
	properties := map[string]json.RawMessage{}
	for _, in := range inputs {
		required = append(required, in.Name)
		properties[in.Name] = in.Schema
	}
	raw, err := json.Marshal(map[string]any{"type": "object", "required": required, "properties": properties})
	if err != nil {
		return nil, fmt.Errorf("draft: input schema: %w", err)
	}
	return raw, nil
}

// output is the last call's answer, where it is sure to have run.
func (d *Draft) output() json.RawMessage {
	for i := len(d.Steps) - 1; i >= 0; i-- {
		s := d.Steps[i]
		if s.Approval != "" {
			continue
		}
		if s.Guard != nil || s.Loop != nil || !s.Op.Answer().Known() {
			return nil
		}
		raw, _ := json.Marshal("{% $" + s.ID + " %}") // a string always encodes
		return raw
	}
	return nil
}

// nest puts consecutive steps of one guard into one condition, and within it
// those of one loop into one loop.
func nest(steps []*Step) ([]workflow.Step, error) {
	var out []workflow.Step
	for i := 0; i < len(steps); {
		g := steps[i].Guard
		j := i + 1
		for j < len(steps) && g != nil && steps[j].Guard == g {
			j++
		}
		inner, err := loops(steps[i:j])
		if err != nil {
			return nil, err
		}
		if g == nil {
			out = append(out, inner...)
		} else {
			out = append(out, workflow.Step{ID: "if_" + steps[i].ID, Type: workflow.TypeCondition, Name: Clip("If "+g.Text, 100),
				If: g.expression(), Then: inner, Else: []workflow.Step{}})
		}
		i = j
	}
	return out, nil
}

func loops(steps []*Step) ([]workflow.Step, error) {
	var out []workflow.Step
	for i := 0; i < len(steps); {
		l := steps[i].Loop
		j := i + 1
		for j < len(steps) && l != nil && steps[j].Loop == l {
			j++
		}
		var inner []workflow.Step
		for _, s := range steps[i:j] {
			w, err := s.step()
			if err != nil {
				return nil, err
			}
			inner = append(inner, w)
		}
		if l == nil {
			out = append(out, inner...)
		} else {
			out = append(out, workflow.Step{ID: "each_" + steps[i].ID, Type: workflow.TypeLoop, Name: "For each " + strings.ReplaceAll(l.As, "_", " "),
				Over: l.over(), As: l.As, Do: inner})
		}
		i = j
	}
	return out, nil
}

func (s *Step) step() (workflow.Step, error) {
	if s.Approval != "" {
		return workflow.Step{ID: s.ID, Type: workflow.TypeApproval, Name: "Ask before going on", Message: s.Approval}, nil
	}
	w := workflow.Step{ID: s.ID, Type: workflow.TypeAPICall, Name: s.title(), Connection: s.Entry.Connection, Operation: s.Op.ID()}
	body := &tree{}
	for _, a := range s.Args {
		raw := a.Value.template(s.Loop)
		switch {
		case a.In == "body" && len(a.Path) == 0:
			w.Body = raw
		case a.In == "body":
			body.set(a.Path, raw)
		default:
			if w.Parameters == nil {
				w.Parameters = map[string]json.RawMessage{}
			}
			w.Parameters[a.Path[0]] = raw
		}
	}
	if body.children != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return w, fmt.Errorf("draft: body of %s: %w", s.ID, err)
		}
		w.Body = raw
	}
	return w, nil
}

func (s *Step) title() string {
	t := strings.TrimSpace(s.Op.Spec.Summary)
	if t == "" {
		t = strings.ReplaceAll(s.ID, "_", " ")
		t = strings.ToUpper(t[:1]) + t[1:]
	}
	return Clip(t, 100)
}

func (v Value) template(loop *Loop) json.RawMessage {
	var text string
	switch {
	case v.Input != nil:
		text = "{% $input." + quoteName(v.Input.Name) + " %}"
	case v.Ref != nil:
		text = v.Ref.Expression(loop)
	default:
		return literalTemplate(v.Literal)
	}
	raw, _ := json.Marshal(text) // a string always encodes
	return raw
}

// literalTemplate keeps text, at any depth, from being read as an expression.
func literalTemplate(raw json.RawMessage) json.RawMessage {
	if !bytes.Contains(raw, []byte("{%")) && !bytes.Contains(raw, []byte(`\u`)) {
		return raw
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return json.RawMessage("null")
	}
	out, err := json.Marshal(inert(v))
	if err != nil {
		return json.RawMessage("null")
	}
	return out
}

func inert(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "{%") {
			return "{% " + quoteText(v) + " %}"
		}
	case []any:
		for i := range v {
			v[i] = inert(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = inert(v[k])
		}
	}
	return v
}

// tree is a JSON object that is filled by paths.
type tree struct {
	order    []string
	children map[string]*tree
	leaf     json.RawMessage
}

func (t *tree) set(path []string, raw json.RawMessage) {
	for _, p := range path {
		if t.children == nil {
			t.children = map[string]*tree{}
		}
		next, ok := t.children[p]
		if !ok {
			next = &tree{}
			t.children[p] = next
			t.order = append(t.order, p)
		}
		t = next
	}
	t.leaf = raw
}

// MarshalJSON writes the object with its names in the order in which they were set.
func (t *tree) MarshalJSON() ([]byte, error) {
	if t.children == nil {
		return t.leaf, nil
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range t.order {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteText(name))
		b.WriteByte(':')
		raw, err := t.children[name].MarshalJSON()
		if err != nil {
			return nil, err
		}
		b.Write(raw)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// Clip shortens a text to so many characters, and shows that it did.
func Clip(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	return string(rs[:n-1]) + "…"
}
