package plan

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

// read is a draft that calls an operation of each title; "?" is a pause.
func read(likely float64, titles ...string) *draft.Draft {
	entry := &catalog.Entry{Connection: "con_1", Name: "Pets"}
	d := &draft.Draft{Likely: likely}
	for _, title := range titles {
		if title == "?" {
			d.Steps = append(d.Steps, &draft.Step{Approval: "Go on?"})
			continue
		}
		op := &catalog.Op{Spec: spec.Summary{ID: title, Summary: title, Method: "GET", Path: "/" + title}}
		d.Steps = append(d.Steps, &draft.Step{Op: op, Entry: entry})
	}
	return d
}

func TestOffer(t *testing.T) {
	t.Parallel()
	huge := read(0.3, "List owners")
	huge.Description = strings.Repeat("x", maxPlanBytes)
	for name, tt := range map[string]struct {
		shown  *draft.Draft
		others []*draft.Draft
		want   string
	}{
		"as likely":       {read(0.4, "List pets"), []*draft.Draft{read(0.3, "List owners", "Get owner")}, "“List owners”, then “Get owner” +List owners +Get owner -List pets"},
		"half as likely":  {read(0.4, "List pets"), []*draft.Draft{read(0.2, "List owners")}, "“List owners” +List owners -List pets"},
		"less":            {read(0.4, "List pets"), []*draft.Draft{read(0.19, "List owners")}, ""},
		"not known":       {read(0, "List pets"), []*draft.Draft{read(0.1, "List owners")}, ""},
		"no others":       {read(0.4, "List pets"), nil, ""},
		"a step more":     {read(0.4, "A"), []*draft.Draft{read(0.4, "B", "A")}, "“B”, then “A” +B"},
		"a step less":     {read(0.4, "A", "B", "A"), []*draft.Draft{read(0.4, "A", "B")}, "“A”, then “B” -A"},
		"another order":   {read(0.4, "A", "B"), []*draft.Draft{read(0.4, "B", "A")}, "“B”, then “A” reordered"},
		"without a pause": {read(0.4, "?", "A"), []*draft.Draft{read(0.4, "A")}, "“A” -Wait for a person. Go on?"},
		"likely before":   {read(0.4, "A"), []*draft.Draft{read(0.3, "B"), read(0.4, "C")}, "“C” +C -A|“B” +B -A"},
		"three at most":   {read(0.4, "A"), []*draft.Draft{read(0.4, "B"), read(0.4, "C"), read(0.4, "D"), read(0.4, "E")}, "“B” +B -A|“C” +C -A|“D” +D -A"},
		"no room":         {read(0.4, "A"), []*draft.Draft{huge}, ""},
	} {
		r := record{}
		if err := r.offer(tt.shown, tt.others, nil); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range r.Alternatives {
			s := a.Title
			for _, x := range a.Added {
				s += " +" + x.Summary
			}
			for _, x := range a.LeftOut {
				s += " -" + x.Summary
			}
			if a.Reordered {
				s += " reordered"
			}
			got = append(got, s)
		}
		if strings.Join(got, "|") != tt.want || len(r.Readings) != len(got) {
			t.Errorf("%s: %q, %d stored, want %q", name, got, len(r.Readings), tt.want)
		}
	}
}
