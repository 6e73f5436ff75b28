package gallery_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/workflow"
)

func templates(t *testing.T) []gallery.Template {
	t.Helper()
	all, err := gallery.Templates()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestForm: each template is a valid document, its slots are those that its steps
// use, and its input is described with what a try needs.
func TestForm(t *testing.T) {
	t.Parallel()
	all := templates(t)
	if len(all) != 10 {
		t.Errorf("%d templates, docs/user-guide.md speaks of ten", len(all))
	}
	idForm := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for i, x := range all {
		if !idForm.MatchString(x.ID) || i > 0 && all[i-1].ID == x.ID {
			t.Errorf("id %q", x.ID)
		}
		doc, err := workflow.Parse(x.Workflow)
		if err != nil {
			t.Errorf("%s: %v", x.ID, err)
			continue
		}
		if x.Title == "" || x.Title != doc.Name || !strings.HasSuffix(x.Sentence, ".") || len(x.Sentence) > 140 {
			t.Errorf("%s: title %q, name %q, sentence %q", x.ID, x.Title, doc.Name, x.Sentence)
		}
		var slots []string
		for _, a := range x.APIs {
			slots = append(slots, "con_"+a.Slot)
			if a.Name == "" || len(a.Titles) == 0 || len(a.Hosts) == 0 {
				t.Errorf("%s: slot %+v", x.ID, a)
			}
		}
		used := doc.Connections()
		slices.Sort(used)
		slices.Sort(slots)
		if !slices.Equal(slices.Compact(used), slots) {
			t.Errorf("%s: slots %q, steps use %q", x.ID, slots, used)
		}
		var input struct {
			Required   []string
			Properties map[string]struct {
				Type             string
				Example, Default any
			}
		}
		if err := json.Unmarshal(doc.Input, &input); err != nil {
			t.Fatal(err)
		}
		for name, p := range input.Properties {
			if p.Type == "" || p.Example == nil && p.Default == nil {
				t.Errorf("%s: input %s has no type, or neither example nor default", x.ID, name)
			}
		}
		for _, name := range input.Required {
			if _, ok := input.Properties[name]; !ok {
				t.Errorf("%s: input %s is required and not described", x.ID, name)
			}
		}
	}
}
