package openai

import (
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

// build makes a new draft; it is given only where there are no problems. Whatever
// the schema promised is judged again: not every server keeps it.
func build(a answer, off *offer) (*draft.Draft, []string) {
	var p problems
	d := &draft.Draft{Name: tidy(a.Name, maxText), Coverage: 1}
	if d.Name == "" {
		d.Name = "Plan"
	}
	if r := tidy(a.Reason, maxText); r != "" {
		d.Notes = append(d.Notes, r)
	}
	if len(a.Steps) == 0 {
		p.addf("There are no steps.")
	}
	for i, s := range a.Steps {
		if st, ok := newStep(s, fmt.Sprintf("steps[%d]", i), d.Steps, d.Steps, off, &p); ok {
			d.Steps = append(d.Steps, st)
		}
	}
	if len(p) > 0 {
		return nil, p
	}
	return d, nil
}

// newStep makes a step that runs after the earlier ones; others are all there are
// in the plan.
func newStep(s answerStep, at string, earlier, others []*draft.Step, off *offer, p *problems) (*draft.Step, bool) {
	hit, ok := off.ops[s.Operation]
	if !ok {
		p.addf("%s: operation %q is not one of those offered.", at, tidy(s.Operation, maxName))
		return nil, false
	}
	if _, twice := (&draft.Draft{Steps: others}).Find(s.ID); twice || !stepID.MatchString(s.ID) || draft.Reserved(s.ID) {
		p.addf("%s: id %q is used twice, is a reserved word, or is not letters, digits and _.", at, tidy(s.ID, maxName))
		return nil, false
	}
	b := stepBuilder{draft: &draft.Draft{Steps: earlier}, others: others, at: at, problems: p,
		step: &draft.Step{ID: s.ID, Entry: hit.Entry, Op: hit.Op, Why: tidy(s.Why, maxText)}}
	b.forEach(s.ForEach)
	b.onlyIf(s.OnlyIf)
	for _, arg := range s.Arguments {
		b.argument(arg)
	}
	b.missing()
	return b.step, true
}

type stepBuilder struct {
	draft    *draft.Draft // of the earlier steps
	others   []*draft.Step
	at       string
	step     *draft.Step
	problems *problems
}

// asked are the steps whose questions there are already.
func (b *stepBuilder) asked() []*draft.Step { return append(slices.Clone(b.others), b.step) }

// items is the place of the loop's items in the answer that it goes over.
func (b *stepBuilder) items() []string { return append(slices.Clone(b.step.Loop.Over.Path), "*") }

// earlier finds the step that a place is in, and judges the place.
func (b *stepBuilder) earlier(pl place, what string) (draft.Ref, bool) {
	st, ok := b.draft.Find(pl.Step)
	if !ok || st.Op == nil {
		b.problems.addf("%s: %s names step %q, which is none before this one.", b.at, what, tidy(pl.Step, maxName))
		return draft.Ref{}, false
	}
	path := split(pl.Path)
	if !lies(st.Op, path) {
		b.problems.addf("%s: %s: the answer of %q has no %q.", b.at, what, pl.Step, tidy(strings.Join(path, "/"), maxText))
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
	if !op.Answer().Known() {
		return true
	}
	_, ok := op.Answer().At(path...)
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
	g := &draft.Guard{Left: ref, Op: c.Compare, Text: tidy(strings.Join(ref.Path, " ")+" "+c.Compare+" "+c.Value, maxText)}
	if !slices.Contains(compares, c.Compare) {
		b.problems.addf("%s: only_if cannot compare by %q.", b.at, tidy(c.Compare, maxName))
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
