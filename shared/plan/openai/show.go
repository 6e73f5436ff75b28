package openai

import (
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// shownPlan is a draft as the model is told of it, in the words of the answer's
// schema. What that schema has no words for is described: the model may keep it,
// and cannot make it.
type shownPlan struct {
	Name  string      `json:"name,omitempty"`
	Steps []shownStep `json:"steps"`
}

type shownStep struct {
	ID        string          `json:"id"`
	Operation string          `json:"operation,omitempty"`
	Pause     string          `json:"pause,omitempty"`
	ForEach   *place          `json:"for_each,omitempty"`
	OnlyIf    string          `json:"only_if,omitempty"`
	Arguments []shownArgument `json:"arguments,omitempty"`
}

type shownArgument struct {
	In     string   `json:"in"`
	Name   string   `json:"name"`
	Source string   `json:"source"`
	Value  string   `json:"value,omitempty"`
	Step   string   `json:"step,omitempty"`
	Path   []string `json:"path,omitempty"`
	Pick   string   `json:"pick,omitempty"`
}

func (o *offer) show(d *draft.Draft) shownPlan {
	p := shownPlan{Name: tidy(d.Name, maxTitle), Steps: []shownStep{}}
	for _, st := range d.Steps {
		s := shownStep{ID: st.ID, Pause: tidy(st.Approval, maxText)}
		if st.Op != nil {
			s.Operation = o.id(catalog.Hit{Entry: st.Entry, Op: st.Op})
		}
		if st.Loop != nil && placeable(st.Loop.Over.Path) {
			s.ForEach = &place{Step: st.Loop.Over.Step, Path: st.Loop.Over.Path}
		}
		if st.Guard != nil {
			s.OnlyIf = tidy(st.Guard.Text, maxText)
		}
		for _, a := range st.Args {
			if name := strings.Join(a.Path, "."); name == "" || plain(name) {
				s.Arguments = append(s.Arguments, showArgument(a, name))
			}
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

func showArgument(a draft.Arg, name string) shownArgument {
	s := shownArgument{In: a.In, Name: name}
	switch v := a.Value; {
	case v.Input != nil:
		s.Source = "input" // its question quotes the document
	case v.Ref != nil:
		s.Source = "step"
		if v.Ref.Item {
			s.Source = "item"
		}
		s.Step, s.Pick = v.Ref.Step, pickName(v.Ref.Pick)
		if placeable(v.Ref.Path) {
			s.Path = v.Ref.Path
		}
	default:
		s.Source, s.Value = "literal", draft.Clip(string(v.Literal), 4*maxText)
	}
	return s
}

func pickName(p draft.Pick) string {
	switch {
	case p.All:
		return "all"
	case p.Last:
		return "last"
	case p.Field != "":
		return tidy(fmt.Sprintf("the first whose %s is %q", p.Field, p.Equals), maxText)
	case p.Index > 0:
		return fmt.Sprintf("item %d", p.Index+1)
	}
	return "first"
}
