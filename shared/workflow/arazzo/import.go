package arazzo

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/workflow"
)

// ImportOptions of an import.
type ImportOptions struct {
	// Workflow is the workflowId that is imported. Defaults to the only one that no
	// other runs.
	Workflow string
	// Connections give sources, by name, the connection to use. Defaults to those
	// whose document came from the source's URL, or that have its name.
	Connections map[string]string
}

// Imported is a document, and what the description said that has no effect here.
type Imported struct {
	Document *workflow.Document
	Notes    []apierr.Problem
}

// Is says whether what an import was given is an Arazzo description: a JSON object
// with the field arazzo, or a JSON string, which holds the text of one.
func Is(document json.RawMessage) bool {
	if document = bytes.TrimSpace(document); len(document) > 0 && document[0] == '"' {
		return true
	}
	var outline struct {
		Arazzo json.RawMessage `json:"arazzo"`
	}
	return json.Unmarshal(document, &outline) == nil && len(outline.Arazzo) > 0
}

// Text is the description in what an import was given: see Is.
func Text(document json.RawMessage) []byte {
	var text string
	if json.Unmarshal(document, &text) == nil {
		return []byte(text)
	}
	return document
}

// description is an Arazzo description being imported.
type description struct {
	ctx         context.Context
	root        node
	f           *findings
	apis        APIs
	given       map[string]string
	connections []connection.Connection

	order     []*source
	byName    map[string]*source
	workflows map[string]node
	used      map[string]bool // workflows
	ids       map[string]bool // of steps, in the document that is made
}

// Import reads a description, JSON or YAML, and gives one of its workflows as a
// document that Parse accepts. The error is WORKFLOW_INVALID with each fault at its
// place in the description.
func Import(ctx context.Context, raw []byte, apis APIs, o *ImportOptions) (*Imported, error) {
	f := &findings{}
	root, err := read(raw, f)
	if err != nil {
		return nil, err
	}
	d := &description{ctx: ctx, root: root, f: f, apis: apis, byName: map[string]*source{}, workflows: map[string]node{}, used: map[string]bool{}, ids: map[string]bool{}}
	chosen := ""
	if o != nil {
		d.given, chosen = o.Connections, o.Workflow
	}
	d.head()
	d.sources()
	wf, ok := d.choose(chosen)
	if err := f.err(); err != nil || !ok {
		return nil, err
	}
	doc := d.document(wf)
	if err := f.err(); err != nil {
		return nil, err
	}
	for _, id := range sorted(d.workflows) {
		if !d.used[id] {
			d.workflows[id].note("workflow", "The workflow is not imported: ask for it by its workflowId.")
		}
	}
	text, err := workflow.Encode(doc)
	if err != nil {
		return nil, err
	}
	// Its own rules judge it once more: they know what an expression may name.
	if doc, err = workflow.Parse(text); err != nil {
		return nil, inOwnWords(err, wf)
	}
	return &Imported{Document: doc, Notes: f.notes}, nil
}

// inOwnWords tells faults of the document that was made, whose places mean nothing
// in the description, at the workflow.
func inOwnWords(err error, wf node) error {
	var out []apierr.Problem
	for _, p := range apierr.From(err).Problems {
		out = append(out, apierr.Problem{Path: wf.at, Code: p.Code, Message: "As a workflow document, at " + p.Path + ": " + p.Message})
	}
	if len(out) == 0 {
		return err
	}
	return refused(out...)
}

var versions = regexp.MustCompile(`^1\.[01]\.\d+$`)

// head judges what all descriptions have.
func (d *description) head() {
	d.root.object("arazzo", "$self", "info", "sourceDescriptions", "workflows", "components")
	if v := d.root.required("arazzo"); v != "" && !versions.MatchString(v) {
		d.root.child("arazzo").refuse("version", "Arazzo %s is not known here: 1.0 and 1.1 are.", cut(v))
	}
	if c := d.root.child("components"); d.root.has("components") {
		c.object("inputs", "parameters", "successActions", "failureActions")
	}
	if i := d.root.child("info"); d.root.has("info") {
		i.object("title", "summary", "description", "version")
	}
	for _, n := range d.root.list("workflows") {
		if !n.object("workflowId", "summary", "description", "inputs", "dependsOn", "steps", "successActions", "failureActions", "outputs", "parameters") {
			continue
		}
		id := n.required("workflowId")
		if _, taken := d.workflows[id]; taken {
			n.child("workflowId").refuse("duplicate", "There is another workflow of this id.")
		}
		d.workflows[id] = n
	}
	if len(d.workflows) == 0 && len(d.f.problems) == 0 {
		d.root.child("workflows").refuse("required", "At least one workflow is needed.")
	}
}

// choose finds the workflow to import.
func (d *description) choose(id string) (node, bool) {
	at := d.root.child("workflows")
	if id != "" {
		wf, ok := d.workflows[id]
		if !ok {
			at.refuse("workflow", "There is no workflow %s; there are %s.", cut(id), cut(strings.Join(sorted(d.workflows), ", ")))
		}
		return wf, ok
	}
	run := map[string]bool{}
	for _, wf := range d.workflows {
		for _, s := range wf.list("steps") {
			if m, ok := s.v.(map[string]any); ok {
				called, _ := m["workflowId"].(string)
				run[called] = true
			}
		}
	}
	var free []string
	for _, id := range sorted(d.workflows) {
		if !run[id] || len(d.workflows) == 1 {
			free = append(free, id)
		}
	}
	if len(free) != 1 {
		if len(free) == 0 {
			free = sorted(d.workflows)
		}
		at.refuse("workflow", "The description has several workflows: name one in workflowId, of %s.", cut(strings.Join(free, ", ")))
		return node{}, false
	}
	return d.workflows[free[0]], true
}

// document makes the document of a workflow.
func (d *description) document(wf node) *workflow.Document {
	doc := &workflow.Document{APIQ: workflow.Version, Input: d.inputs(wf)}
	doc.Name = shortened(wf, "summary", 200)
	if doc.Name == "" {
		doc.Name = short(wf.text("workflowId"), 200)
	}
	doc.Description = shortened(wf, "description", 4000)
	f := d.flow(wf, scope{inputs: "input", known: known(doc.Input)}, "", nil)
	if f == nil {
		return doc
	}
	steps, result := f.run()
	doc.Steps = steps
	if result != nil {
		doc.Output = encode(result)
	}
	if len(steps) == 0 && len(d.f.problems) == 0 {
		wf.child("steps").refuse("required", "At least one step is needed.")
	}
	return doc
}

// shortened is a text for people, cut to what there is room for.
func shortened(n node, field string, most int) string {
	s := n.text(field)
	if cut := short(s, most); cut != s {
		n.child(field).note("shortened", "The text is cut after %d characters.", most)
		return cut
	}
	return s
}

func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

var notID = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// fresh makes an id of the document from a name of the description.
func (d *description) fresh(name string) string {
	base := strings.TrimLeft(notID.ReplaceAllString(name, "_"), "_0123456789")
	if base == "" {
		base = "step"
	}
	base = base[:min(len(base), 56)]
	id := base
	for i := 2; d.ids[id] || slices.Contains([]string{"input", "index", "states", "response"}, id); i++ {
		id = base + "_" + strconv.Itoa(i)
	}
	d.ids[id] = true
	return id
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
