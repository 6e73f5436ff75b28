package gallery

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// files hold a template each, named for its id.
//
//go:embed templates/*.json
var files embed.FS

// Template is a workflow whose connections are left open.
type Template struct {
	// ID names it in paths: lower case with dashes.
	ID    string `json:"id"`
	Title string `json:"title"`
	// Sentence says what it does, as a person would ask for it.
	Sentence string `json:"sentence"`
	APIs     []API  `json:"apis"`
	// Workflow is a workflow document in which "con_" and a slot stands for the
	// connection that will take the slot.
	Workflow json.RawMessage `json:"workflow"`
}

// API is a slot: what a template needs connected.
type API struct {
	Slot string `json:"slot"`
	// Name is the vendor's.
	Name string `json:"name"`
	// Titles and Hosts are how a connection is known to be of this API: its
	// document's title, or its base URL's host, subdomains included.
	Titles []string `json:"titles"`
	Hosts  []string `json:"hosts"`
}

// prefix stands before a slot's name in a template's workflow.
const prefix = "con_"

// Templates reads those that ship, by id.
func Templates() ([]Template, error) {
	names, err := fs.Glob(files, "templates/*.json")
	if err != nil {
		return nil, err
	}
	all := make([]Template, 0, len(names))
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var t Template
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, fmt.Errorf("gallery: %s: %w", name, err)
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// bind gives the document with a connection in each slot. The connections are
// known to be complete.
func (t Template) bind(connections map[string]string) (*workflow.Document, error) {
	doc, err := workflow.Parse(t.Workflow)
	if err != nil {
		return nil, fmt.Errorf("gallery: %s: %w", t.ID, err)
	}
	set := func(to *string) {
		if *to != "" {
			*to = connections[strings.TrimPrefix(*to, prefix)]
		}
	}
	doc.Walk(func(_ string, s *workflow.Step) {
		set(&s.Connection)
		if s.Undo != nil {
			set(&s.Undo.Connection)
		}
	})
	return doc, nil
}

// slots are the names of the slots, in order.
func (t Template) slots() []string {
	names := map[string]bool{}
	for _, a := range t.APIs {
		names[a.Slot] = true
	}
	return slices.Sorted(maps.Keys(names))
}
