package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
)

// Bounds of a prompt.
const (
	maxOffer     = 64 << 10 // bytes of operations
	maxArguments = 30       // per operation, required ones first
	maxAnswers   = 40       // per operation
	maxText      = 240
	maxHistory   = 6
)

// offer is what the model may choose among.
type offer struct {
	ids  []string
	ops  map[string]catalog.Hit
	said []function
}

// function is an operation as the model is told of it.
type function struct {
	ID          string     `json:"id"`
	API         string     `json:"api"`
	Call        string     `json:"call"`
	Summary     string     `json:"summary,omitempty"`
	Description string     `json:"description,omitempty"`
	Arguments   []argument `json:"arguments,omitempty"`
	Answers     []string   `json:"answers,omitempty"`
}

type argument struct {
	In          string            `json:"in"`
	Name        string            `json:"name"`
	Type        string            `json:"type,omitempty"`
	Format      string            `json:"format,omitempty"`
	Required    bool              `json:"required,omitempty"`
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Description string            `json:"description,omitempty"`
}

// offerOf describes the operations, best first, until the bound is reached.
func offerOf(req plan.DraftRequest) *offer {
	o := &offer{ops: map[string]catalog.Hit{}}
	apis := map[string]string{}
	used := 0
	for _, h := range req.Offered {
		alias, ok := apis[h.Entry.Connection]
		if !ok {
			alias = fmt.Sprintf("api%d", len(apis)+1)
			apis[h.Entry.Connection] = alias
		}
		f := describe(alias+"/"+h.Op.ID(), h)
		raw, err := json.Marshal(f)
		if err != nil || used+len(raw) > maxOffer && used > 0 {
			continue
		}
		if _, twice := o.ops[f.ID]; twice {
			continue
		}
		used += len(raw)
		o.ids, o.said = append(o.ids, f.ID), append(o.said, f)
		o.ops[f.ID] = h
	}
	return o
}

func describe(id string, h catalog.Hit) function {
	f := function{ID: id, API: h.Entry.Name, Call: h.Op.Method() + " " + h.Op.Spec.Path,
		Summary: clip(h.Op.Spec.Summary.Summary), Description: clip(h.Op.Spec.Description)}
	for _, required := range []bool{true, false} {
		for i := range h.Op.Args {
			a := &h.Op.Args[i]
			if a.Required != required || len(f.Arguments) >= maxArguments {
				continue
			}
			shape := a.Shape
			enum := shape.Enum()
			if len(enum) > 20 {
				enum = enum[:20]
			}
			f.Arguments = append(f.Arguments, argument{In: a.In, Name: strings.Join(a.Path, "."), Type: strings.Join(shape.Types(), "|"),
				Format: shape.Format(), Required: required, Enum: enum, Description: clip(a.Description)})
		}
	}
	for i := range h.Op.Yields {
		if len(f.Answers) >= maxAnswers {
			break
		}
		y := &h.Op.Yields[i]
		f.Answers = append(f.Answers, strings.Join(y.Path, "/")+": "+strings.Join(y.Shape.Types(), "|"))
	}
	return f
}

// message is the user message: data only.
func (o *offer) message(req plan.DraftRequest) map[string]any {
	m := map[string]any{"goal": req.Goal, "today": req.Today.Format("2006-01-02"), "operations": o.said}
	var before []string
	for _, t := range req.History {
		if t.Role == "user" {
			before = append(before, t.Text)
		}
	}
	if n := len(before); n > maxHistory {
		before = before[n-maxHistory:]
	}
	if len(before) > 0 {
		m["said_before"] = before
	}
	if c := o.candidate(req); len(c) > 0 {
		m["candidate"] = c
	}
	if len(req.Problems) > 0 {
		m["previous"], m["problems"] = req.Previous, req.Problems
	}
	return m
}

// candidate is the order of operations that planning without a model came to.
func (o *offer) candidate(req plan.DraftRequest) []string {
	if req.Candidate == nil {
		return nil
	}
	var ids []string
	for _, st := range req.Candidate.Steps {
		for _, id := range o.ids {
			if h := o.ops[id]; st.Op != nil && h.Op == st.Op && h.Entry.Connection == st.Entry.Connection {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

func clip(s string) string {
	rs := []rune(s)
	if len(rs) <= maxText {
		return s
	}
	return string(rs[:maxText]) + "…"
}
