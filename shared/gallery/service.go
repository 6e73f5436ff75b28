package gallery

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// Connections lists those of the workspace in the context, a page at a time.
type Connections interface {
	// List returns a page; an empty cursor begins, an empty next ends.
	List(ctx context.Context, limit int, cursor string) (page []connection.Connection, next string, err error)
}

// Service offers the templates to the workspace in the context.
type Service struct {
	templates   func() ([]shipped, error) // read once
	connections Connections
	apis        check.Resolver
	workflows   *workflow.Service
}

// New makes a Service. The resolver is asked when a template is used.
func New(connections Connections, apis check.Resolver, workflows *workflow.Service) *Service {
	return &Service{templates: sync.OnceValues(ship), connections: connections, apis: apis, workflows: workflows}
}

// shipped is a template with what its workflow tells of itself.
type shipped struct {
	Template
	steps int
	input json.RawMessage
}

// ship reads the templates and their workflows.
func ship() ([]shipped, error) {
	templates, err := Templates()
	if err != nil {
		return nil, err
	}
	out := make([]shipped, 0, len(templates))
	for _, t := range templates {
		doc, err := workflow.Parse(t.Workflow)
		if err != nil {
			return nil, err
		}
		s := shipped{Template: t, input: doc.Input}
		doc.Walk(func(string, *workflow.Step) { s.steps++ })
		out = append(out, s)
	}
	return out, nil
}

// Card is a template as a person chooses it.
type Card struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Sentence string `json:"sentence"`
	APIs     []Slot `json:"apis"`
	// Ready says that each slot has a connection that fits it.
	Ready bool `json:"ready"`
	// Steps is how many steps its workflow has.
	Steps int `json:"steps"`
	// Input is the JSON Schema of what a run is given.
	Input json.RawMessage `json:"input"`
}

// Slot is one API that a template needs.
type Slot struct {
	Slot string `json:"slot"`
	Name string `json:"name"`
	// Connections are those of the workspace that fit.
	Connections []Candidate `json:"connections"`
}

// Candidate is a connection that fits a slot.
type Candidate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

const (
	pageOfConnections = 100
	maxConnections    = 1000
)

// List tells each template, with the connections that fit it.
func (s *Service) List(ctx context.Context) ([]Card, error) {
	var all []connection.Connection
	for cursor := ""; len(all) < maxConnections; {
		page, next, err := s.connections.List(ctx, pageOfConnections, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	templates, err := s.templates()
	if err != nil {
		return nil, err
	}
	cards := make([]Card, 0, len(templates))
	for _, t := range templates {
		c := Card{ID: t.ID, Title: t.Title, Sentence: t.Sentence, APIs: []Slot{}, Ready: true, Input: t.input, Steps: t.steps}
		for _, a := range t.APIs {
			slot := Slot{Slot: a.Slot, Name: a.Name, Connections: []Candidate{}}
			for _, x := range all {
				if a.Fits(x) {
					slot.Connections = append(slot.Connections, Candidate{ID: x.ID, Name: x.Name})
				}
			}
			c.Ready = c.Ready && len(slot.Connections) > 0
			c.APIs = append(c.APIs, slot)
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// Use makes a draft of a template, with a connection for each of its slots. Any
// connection may be given: the checks judge whether it has the operations. Errors:
// NOT_FOUND; VALIDATION_FAILED for the slots; WORKFLOW_INVALID with what does not
// fit the connections' documents.
func (s *Service) Use(ctx context.Context, id string, connections map[string]string) (workflow.Workflow, error) {
	templates, err := s.templates()
	if err != nil {
		return workflow.Workflow{}, err
	}
	i := slices.IndexFunc(templates, func(t shipped) bool { return t.ID == id })
	if i < 0 {
		return workflow.Workflow{}, apierr.New(apierr.NotFound, "There is no such template.")
	}
	t := templates[i]
	if problems := t.judge(connections); len(problems) > 0 {
		return workflow.Workflow{}, apierr.New(apierr.ValidationFailed, "The template needs one connection for each of its APIs.").With(problems...)
	}
	doc, err := t.bind(connections)
	if err != nil {
		return workflow.Workflow{}, err
	}
	if err := check.Run(ctx, doc, s.apis, nil).Err(); err != nil {
		return workflow.Workflow{}, err
	}
	definition, err := workflow.Encode(doc)
	if err != nil {
		return workflow.Workflow{}, err
	}
	return s.workflows.Create(ctx, workflow.Input{Definition: definition})
}

// judge says what is wrong with the connections given.
func (t Template) judge(connections map[string]string) []apierr.Problem {
	var problems []apierr.Problem
	slots := t.slots()
	for _, slot := range slots {
		if connections[slot] == "" {
			problems = append(problems, apierr.Problem{Path: "/connections/" + slot, Code: "required", Message: "Choose a connection."})
		}
	}
	for slot := range connections {
		if !slices.Contains(slots, slot) {
			problems = append(problems, apierr.Problem{Path: "/connections", Code: "unknown", Message: "The template has no such API: it has others."})
		}
	}
	return problems
}
