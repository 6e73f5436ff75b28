package plan

import (
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

func TestOtherwise(t *testing.T) {
	t.Parallel()
	reading := func(likely float64, titles ...string) *draft.Draft {
		d := &draft.Draft{Likely: likely}
		for _, title := range titles {
			d.Steps = append(d.Steps, &draft.Step{Op: &catalog.Op{Spec: &spec.Operation{Summary: spec.Summary{Summary: title}}}})
		}
		return d
	}
	for name, tt := range map[string]struct {
		shown  *draft.Draft
		others []*draft.Draft
		want   string
	}{
		"as likely":   {reading(0.4, "List pets"), []*draft.Draft{reading(0.3, "List owners", "Get owner")}, "\nAbout as likely you mean: “List owners”, then “Get owner”. If so, say it in more words."},
		"much less":   {reading(0.4, "List pets"), []*draft.Draft{reading(0.1, "List owners")}, ""},
		"not known":   {reading(0, "List pets"), []*draft.Draft{reading(0.1, "List owners")}, ""},
		"none others": {reading(0.4, "List pets"), nil, ""},
	} {
		if got := otherwise(tt.shown, tt.others); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
