package plan

import (
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan/draft"
)

// explain tells the plan in plain words, from the plan itself.
func explain(d *draft.Draft, steps []Step, questions []Question) string {
	var b strings.Builder
	n := 0
	for _, s := range d.Steps {
		if s.Approval == "" {
			n++
		}
	}
	fmt.Fprintf(&b, "%s, using %s.\n", count(n, "call"), list(connections(d)))
	risk := map[string]string{}
	for _, s := range steps {
		risk[s.ID] = s.Risk
	}
	for i, s := range d.Steps {
		fmt.Fprintf(&b, "%d. %s\n", i+1, sentence(s, risk[s.ID]))
	}
	for _, note := range d.Notes {
		b.WriteString(note + "\n")
	}
	if len(questions) > 0 {
		fmt.Fprintf(&b, "Before it can run, answer %s below.\n", count(len(questions), "question"))
	}
	if ids := irreversible(steps); len(ids) > 0 {
		b.WriteString(cannotBeUndone(ids) + "\n")
	}
	b.WriteString("Nothing runs until you confirm.")
	return b.String()
}

// otherwise says that other plans may have been meant instead; what they are stands
// beside the plan.
func otherwise(others []Alternative) string {
	switch len(others) {
	case 0:
		return ""
	case 1:
		return "\nAnother reading of the goal is about as likely: see the alternative, and take it if that is what you mean."
	}
	return fmt.Sprintf("\n%s of the goal are about as likely: see the alternatives, and take one if that is what you mean.", count(len(others), "other reading"))
}

func cannotBeUndone(ids []string) string {
	needs := "needs its own confirmation"
	if len(ids) > 1 {
		needs = "need their own confirmation"
	}
	return fmt.Sprintf("%s cannot be undone and %s: %s.", count(len(ids), "step"), needs, strings.Join(ids, ", "))
}

func sentence(s *draft.Step, risk string) string {
	if s.Approval != "" {
		return "Wait for a person. " + s.Approval
	}
	var b strings.Builder
	if s.Guard != nil {
		b.WriteString("Only if " + s.Guard.Text + ": ")
	}
	if s.Loop != nil {
		b.WriteString("For each " + strings.ReplaceAll(s.Loop.As, "_", " ") + ": ")
	}
	fmt.Fprintf(&b, "“%s” in %s", draft.Title(s.Op), s.Entry.Name)
	switch risk {
	case "read":
		b.WriteString(" reads")
	case "write":
		b.WriteString(" changes data")
	case "irreversible":
		b.WriteString(" does what cannot be undone")
	}
	var parts []string
	for _, a := range s.Args {
		name := "the body"
		if len(a.Path) > 0 {
			name = strings.Join(a.Path, ".")
		}
		switch {
		case a.Value.Literal != nil:
			parts = append(parts, fmt.Sprintf("%s = %s", name, draft.Clip(string(a.Value.Literal), 60)))
		case a.Value.Input != nil:
			parts = append(parts, name+" from your answer")
		case a.From != "":
			parts = append(parts, name+" from "+a.From)
		}
	}
	if len(parts) > 0 {
		b.WriteString(", with " + strings.Join(parts, "; "))
	}
	b.WriteString(".")
	return b.String()
}

func connections(d *draft.Draft) []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range d.Steps {
		if s.Entry != nil && !seen[s.Entry.Connection] {
			seen[s.Entry.Connection] = true
			names = append(names, s.Entry.Name)
		}
	}
	return names
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func irreversible(steps []Step) []string {
	var ids []string
	for _, s := range steps {
		if s.Risk == riskIrreversible {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
