package openai

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

var (
	stepID   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)
	compares = []string{"=", "!=", ">", ">=", "<", "<=", "exists", "empty"}
)

// build makes the draft; a draft is given only where there are no problems.
// Whatever the schema promised is judged again: not every server keeps it.
func build(a answer, off *offer) (*draft.Draft, []string) {
	var p problems
	d := &draft.Draft{Name: clip(strings.TrimSpace(a.Name)), Coverage: 1}
	if d.Name == "" {
		d.Name = "Plan"
	}
	if r := strings.TrimSpace(a.Reason); r != "" {
		d.Notes = append(d.Notes, clip(r))
	}
	if len(a.Steps) == 0 {
		p.addf("There are no steps.")
	}
	for i, s := range a.Steps {
		at := fmt.Sprintf("steps[%d]", i)
		hit, ok := off.ops[s.Operation]
		if !ok {
			p.addf("%s: operation %q is not one of those offered.", at, clip(s.Operation))
			continue
		}
		if _, twice := d.Find(s.ID); twice || !stepID.MatchString(s.ID) || draft.Reserved(s.ID) {
			p.addf("%s: id %q is used twice, is a reserved word, or is not letters, digits and _.", at, clip(s.ID))
			continue
		}
		b := stepBuilder{draft: d, at: at, problems: &p, step: &draft.Step{ID: s.ID, Entry: hit.Entry, Op: hit.Op, Why: clip(s.Why)}}
		b.forEach(s.ForEach)
		b.onlyIf(s.OnlyIf)
		for _, arg := range s.Arguments {
			b.argument(arg)
		}
		d.Steps = append(d.Steps, b.step)
		b.missing()
	}
	if len(p) > 0 {
		return nil, p
	}
	return d, nil
}

type stepBuilder struct {
	draft    *draft.Draft
	at       string
	step     *draft.Step
	item     []string // the loop's array in the answer of its step
	problems *problems
}

// earlier finds the step that a place is in, and judges the place.
func (b *stepBuilder) earlier(pl place, what string) (draft.Ref, bool) {
	st, ok := b.draft.Find(pl.Step)
	if !ok || st.Op == nil {
		b.problems.addf("%s: %s names step %q, which is none before this one.", b.at, what, clip(pl.Step))
		return draft.Ref{}, false
	}
	path := split(pl.Path)
	if !lies(st.Op, path) {
		b.problems.addf("%s: %s: the answer of %q has no %q.", b.at, what, pl.Step, clip(strings.Join(path, "/")))
		return draft.Ref{}, false
	}
	return draft.Ref{Step: pl.Step, Path: path}, true
}

// split accepts a path given as one string too ("data/*/id").
func split(path []string) []string {
	if len(path) == 1 && strings.ContainsAny(path[0], "/") {
		return strings.Split(strings.Trim(path[0], "/"), "/")
	}
	return path
}

// lies says whether the path is in the answer, as far as the spec says anything.
func lies(op *catalog.Op, path []string) bool {
	if !op.Answer.Known() {
		return true
	}
	_, ok := op.Answer.At(path...)
	return ok
}

func (b *stepBuilder) forEach(pl *place) {
	if pl == nil {
		return
	}
	ref, ok := b.earlier(*pl, "for_each")
	if !ok {
		return
	}
	if n := len(ref.Path); n > 0 && ref.Path[n-1] == "*" {
		ref.Path = ref.Path[:n-1]
	}
	if slices.Contains(ref.Path, "*") {
		b.problems.addf("%s: for_each must name one array, without \"*\".", b.at)
		return
	}
	b.item = append(slices.Clone(ref.Path), "*")
	if n := len(b.draft.Steps); n > 0 { // steps over one list go together
		if l := b.draft.Steps[n-1].Loop; l != nil && l.Over.Step == ref.Step && slices.Equal(l.Over.Path, ref.Path) {
			b.step.Loop = l
			return
		}
	}
	b.step.Loop = &draft.Loop{Over: ref, As: "item_" + b.step.ID}
}

func (b *stepBuilder) onlyIf(c *comparison) {
	if c == nil {
		return
	}
	ref, ok := b.earlier(c.place, "only_if")
	if !ok {
		return
	}
	g := &draft.Guard{Left: ref, Op: c.Compare, Text: clip(strings.TrimSpace(strings.Join(ref.Path, " ") + " " + c.Compare + " " + c.Value))}
	if !slices.Contains(compares, c.Compare) {
		b.problems.addf("%s: only_if cannot compare by %q.", b.at, clip(c.Compare))
		return
	}
	if c.Compare != "exists" && c.Compare != "empty" {
		raw, ok := literal(c.Value)
		if !ok || raw[0] == '{' || raw[0] == '[' {
			b.problems.addf("%s: only_if compares with a text, number or boolean as JSON.", b.at)
			return
		}
		g.Right = raw
	}
	if n := len(b.draft.Steps); n > 0 { // steps under one condition go together
		if o := b.draft.Steps[n-1].Guard; o != nil && o.Text == g.Text && o.Left.Step == g.Left.Step {
			g = o
		}
	}
	b.step.Guard = g
}

func (b *stepBuilder) argument(a answerArgument) {
	f, ok := b.step.Op.Arg(a.In, a.Name)
	if !ok {
		if f, ok = b.step.Op.Arg("", a.Name); !ok {
			b.problems.addf("%s: the operation has no %s argument %q.", b.at, clip(a.In), clip(a.Name))
			return
		}
	}
	for _, done := range b.step.Args {
		if done.In == f.In && slices.Equal(done.Path, f.Path) {
			b.problems.addf("%s: argument %q is bound twice.", b.at, clip(a.Name))
			return
		}
	}
	arg := draft.Arg{In: f.In, Path: f.Path}
	switch a.Source {
	case "literal":
		raw, ok := literal(a.Value)
		if !ok {
			b.problems.addf("%s: the value of %q is not JSON.", b.at, clip(a.Name))
			return
		}
		arg.Value, arg.From = draft.Value{Literal: raw}, "your words"
	case "input":
		arg = draft.Ask(append(b.draft.Steps[:len(b.draft.Steps):len(b.draft.Steps)], b.step), b.step.Op, f)
	case "item":
		if b.step.Loop == nil {
			b.problems.addf("%s: %q takes from an item, but the step has no for_each.", b.at, clip(a.Name))
			return
		}
		path := split(a.Path)
		if st, found := b.draft.Find(b.step.Loop.Over.Step); found && !lies(st.Op, append(slices.Clone(b.item), path...)) {
			b.problems.addf("%s: the items have no %q.", b.at, clip(strings.Join(path, "/")))
			return
		}
		arg.Value, arg.From = draft.Value{Ref: &draft.Ref{Item: true, Path: path}}, "the item"
	case "step":
		ref, ok := b.earlier(a.place, "argument "+clip(a.Name))
		if !ok {
			return
		}
		switch a.Pick {
		case "all":
			ref.Pick.All = true
		case "last":
			ref.Pick.Last = true
		}
		ref.Wrap = f.Shape.Is("array") && !ref.Pick.All && slices.Contains(ref.Path, "*")
		arg.Value, arg.From = draft.Value{Ref: &ref}, "the answer of "+ref.Step
	default:
		b.problems.addf("%s: argument %q has no source %q.", b.at, clip(a.Name), clip(a.Source))
		return
	}
	b.step.Args = append(b.step.Args, arg)
}

// missing asks for the required arguments that the model left out.
func (b *stepBuilder) missing() {
	op := b.step.Op
	body := false
	for _, a := range b.step.Args {
		body = body || a.In == "body"
	}
	for _, f := range op.Required() {
		bound := slices.ContainsFunc(b.step.Args, func(a draft.Arg) bool { return a.In == f.In && slices.Equal(a.Path, f.Path) })
		if !bound {
			b.step.Args = append(b.step.Args, draft.Ask(b.draft.Steps, op, f))
			body = body || f.In == "body"
		}
	}
	if !body && op.Spec.Body != nil && op.Spec.Body.Required {
		b.step.Args = append(b.step.Args, draft.AskBody(b.draft.Steps, op))
	}
}

// literal reads JSON text; plain words, which models write without quotes, are a
// text. An expression is no literal: it would be evaluated.
func literal(text string) (json.RawMessage, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return json.RawMessage(`""`), true
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text), true
	}
	if strings.ContainsAny(text[:1], `{["`) {
		return nil, false
	}
	raw, err := json.Marshal(text)
	return raw, err == nil
}
