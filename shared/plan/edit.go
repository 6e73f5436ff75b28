package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

// base is the plan that a message may edit.
type base struct {
	id    string
	draft *draft.Draft
}

// base opens the conversation's last plan with the answers that were given. There
// is none, and the message is planned anew, where the plan has expired or one of
// its operations is no longer to be had.
func (s *Service) base(ctx context.Context, conv conversation, set *catalog.Set) (base, error) {
	if conv.Last == "" {
		return base{}, nil
	}
	rec, err := s.read(ctx, conv.Last)
	if apierr.CodeOf(err) == apierr.NotFound || err == nil && len(rec.Draft) == 0 {
		return base{}, nil
	}
	if err != nil {
		return base{}, err
	}
	d, err := draft.Decode(rec.Draft, set)
	if err != nil {
		s.log.InfoContext(ctx, "last plan cannot be edited", "plan", conv.Last, "error", err)
		return base{}, nil
	}
	if err := answersInto(d, rec.Workflow); err != nil {
		return base{}, err
	}
	return base{id: conv.Last, draft: d}, nil
}

// answersInto gives the draft's questions the answers that the stored workflow has
// as defaults of its inputs.
func answersInto(d *draft.Draft, stored json.RawMessage) error {
	doc, err := workflow.Stored(stored)
	if err != nil {
		return fmt.Errorf("plan: stored workflow: %w", err)
	}
	if len(doc.Input) == 0 {
		return nil
	}
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(doc.Input, &schema); err != nil {
		return fmt.Errorf("plan: stored input schema: %w", err)
	}
	for _, st := range d.Steps {
		for _, a := range st.Args {
			if in := a.Value.Input; in != nil && answered(schema.Properties[in.Name]) {
				in.Schema = schema.Properties[in.Name]
			}
		}
	}
	return nil
}

// answered says whether an input's schema holds the answer.
func answered(schema json.RawMessage) bool {
	var s struct {
		Default json.RawMessage `json:"default"`
	}
	return json.Unmarshal(schema, &s) == nil && len(s.Default) > 0
}

// unasked compares a model's draft with the last plan. Each difference must be
// named by an edit, and each edit must quote words of the message; without edits
// the draft must be another plan, not the last one over again. What is wrong is
// told in sentences for the model.
func unasked(message string, last *draft.Draft, res DraftResult) ([]draft.Change, []string) {
	if len(res.Edits) == 0 {
		for _, st := range res.Draft.Steps {
			if slices.ContainsFunc(last.Steps, func(old *draft.Step) bool {
				return st.Op != nil && old.Op == st.Op && old.Entry.Connection == st.Entry.Connection
			}) {
				return nil, []string{fmt.Sprintf("Step %q calls an operation of the last plan. What goes on from the last plan is given as edits of it.", draft.Clip(st.ID, 60))}
			}
		}
		return nil, nil
	}
	var wrong []string
	var moved []string
	said := words(message)
	for _, e := range res.Edits {
		if w := words(e.Words); w == "" || !strings.Contains(" "+said+" ", " "+w+" ") {
			wrong = append(wrong, fmt.Sprintf("The edit (%s) of step %q quotes %q, which is not in the message. Make only the edits that the message asks for.", e.Kind, draft.Clip(e.Step, 60), draft.Clip(e.Words, 100)))
		}
		if e.Kind == draft.Moved {
			moved = append(moved, e.Step)
		}
	}
	changes := draft.Diff(last, res.Draft, moved...)
	for _, c := range changes {
		if !slices.ContainsFunc(res.Edits, func(e Edit) bool { return e.Kind == c.Kind && e.Step == c.Step && e.Argument == c.Argument }) {
			wrong = append(wrong, fmt.Sprintf("Step %q was changed (%s) although no edit names it.", draft.Clip(c.Step, 60), c.Kind))
		}
	}
	if len(changes) == 0 {
		wrong = append(wrong, "The edits change nothing.")
	}
	return changes, wrong
}

// words are those of a text in small letters, one space apart, without signs.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }), " ")
}

// explainChanges tells what an edit did, and that it did no more.
func explainChanges(changes []draft.Change) string {
	var b strings.Builder
	b.WriteString("Changed in the last plan:\n")
	for _, c := range changes {
		fmt.Fprintf(&b, "- %s\n", changeSentence(c))
	}
	b.WriteString("Everything else is as it was.\n")
	return b.String()
}

func changeSentence(c draft.Change) string {
	_, argument, _ := strings.Cut(c.Argument, ":")
	if argument == "" {
		argument = "the body"
	}
	was := ""
	if c.From != "" {
		was = " (was " + c.From + ")"
	}
	switch c.Kind {
	case draft.Added:
		return fmt.Sprintf("Step %s is new: %s.", c.Step, c.To)
	case draft.Removed:
		return fmt.Sprintf("Step %s is gone: %s.", c.Step, c.From)
	case draft.Moved:
		return fmt.Sprintf("Step %s comes %s.", c.Step, c.To)
	case draft.Repeat:
		if c.To == "" {
			return fmt.Sprintf("Step %s runs once%s.", c.Step, was)
		}
		return fmt.Sprintf("Step %s runs for each of %s%s.", c.Step, c.To, was)
	case draft.Condition:
		if c.To == "" {
			return fmt.Sprintf("Step %s no longer has a condition%s.", c.Step, was)
		}
		return fmt.Sprintf("Step %s runs only if %s%s.", c.Step, c.To, was)
	}
	if c.To == "" {
		return fmt.Sprintf("Step %s no longer gives %s%s.", c.Step, argument, was)
	}
	return fmt.Sprintf("Step %s: %s is now %s%s.", c.Step, argument, c.To, was)
}
