package plan_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// Connection and Spec make connections what rehearsals read.
func (c *connections) Connection(ctx context.Context, id string) (connection.Connection, error) {
	x, _, err := c.Document(ctx, id)
	return x, err
}

func (c *connections) Spec(ctx context.Context, id string) (*spec.Document, error) {
	_, doc, err := c.Document(ctx, id)
	return doc, err
}

// connectAny is connect with a credential of some kind, and somewhere to call.
func connectAny(t *testing.T, file string) *connections {
	t.Helper()
	c := connect(t, file)
	for i := range c.conns {
		c.conns[i].AuthType, c.conns[i].Auth = connection.AuthCustom, connection.AuthView{Set: []string{"headers.x"}}
		c.conns[i].BaseURL = "https://api.example"
		c.conns[i].Origins = []string{c.conns[i].BaseURL}
	}
	return c
}

// TestAnswersComplete: whatever is asked, its answers make a plan that asks no more, is
// confirmed, and runs to its end on twins of its APIs.
func TestAnswersComplete(t *testing.T) {
	t.Parallel()
	goals := map[string][]string{
		"library.yaml": {"Add a book", "Get a book", "Delete a book", "Lend a book to a member", "Update a book", "List the books of a genre", "Find members by email and lend a book to the first one"},
		"courier.yaml": {"Send a message to a channel", "Send an email", "Send an email and a message to a channel", "Delete the workspace"},
		"../../../infra/local/samples/museum.yaml":   {"Buy museum tickets", "Create a special event", "Update a special event", "Delete a special event", "Get a special event", "List special events"},
		"../../../infra/local/samples/petstore.yaml": {"Add a pet", "Update a pet", "Get a pet by id", "Place an order for a pet", "Find pets by status", "Find pets by tags", "Delete an order", "Create a user", "Log in a user"},
		"../../../infra/hometest/testdata/shop.json": {"Get an item", "Rename an item", "Delete an item", "Place an order"},
	}
	asked := 0
	for file, all := range goals {
		t.Run(filepath.Base(file), func(t *testing.T) {
			h := newHouse(t, nil, connectAny(t, file))
			stage := newStage(t, h)
			for _, goal := range all {
				p, err := h.Draft(h.ctx, plan.Request{Message: goal})
				if code(err) == apierr.PlanNotPossible {
					t.Logf("%s: %v", goal, err)
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				asked += len(p.Questions)
				h.answerAll(t, goal, &p)
				c, err := h.Confirm(h.ctx, p.PlanID, nil, steps(p))
				if err != nil {
					t.Errorf("%s: %v %+v\n%s", goal, err, apierr.From(err).Problems, p.Workflow)
					continue
				}
				stage.run(t, goal, p, c)
			}
		})
	}
	if asked < 20 {
		t.Errorf("%d questions were asked: too few to tell", asked)
	}
}

// answerAll answers a plan's questions in the conversation, all but the last at once.
func (h *house) answerAll(t *testing.T, goal string, p *plan.Plan) {
	t.Helper()
	var lines []string
	schemas := plantest.Inputs(t, p.Workflow)
	for _, q := range p.Questions {
		lines = append(lines, q.Field+": "+plantest.Answer(t, schemas[q.Field]))
	}
	if len(lines) == 0 {
		return
	}
	last := plantest.Answer(t, schemas[p.Questions[len(lines)-1].Field])
	messages := []string{last}
	if len(lines) > 1 {
		messages = []string{strings.Join(lines[:len(lines)-1], "\n"), last}
	}
	if strings.Contains(last, " ") && last[0] != '{' && last[0] != '[' {
		messages[len(messages)-1] = lines[len(lines)-1]
	}
	for i, m := range messages {
		next, err := h.Draft(h.ctx, plan.Request{Message: m, ConversationID: p.ConversationID})
		if err != nil {
			t.Fatalf("%s: answer %q: %v %+v", goal, m, err, apierr.From(err).Problems)
		}
		if left := len(messages) - 1 - i; len(next.Questions) != left {
			t.Fatalf("%s: answer %q leaves %+v", goal, m, next.Questions)
		}
		*p = next
	}
}

type stage struct {
	ctx   context.Context
	flows *workflow.Service
	stage *rehearse.Service
}

func newStage(t *testing.T, h *house) *stage {
	t.Helper()
	m := fixture.New(t, time.Now())
	s := &stage{ctx: tenant.WithActor(h.ctx, tenant.Actor{ID: "usr_1"}), flows: workflow.New(m.Store, m.Blobs(t), m.Trail, nil)}
	s.stage = rehearse.New(s.flows, h.conns, m.Trail, &rehearse.Options{Time: time.Minute})
	return s
}

func (s *stage) run(t *testing.T, goal string, p plan.Plan, c plan.Confirmed) {
	t.Helper()
	w, err := s.flows.Create(s.ctx, workflow.Input{Definition: p.Workflow})
	if err != nil {
		t.Errorf("%s: %v", goal, err)
		return
	}
	r, err := s.stage.Rehearse(s.ctx, w.ID, rehearse.Request{Input: c.Input, Faults: []rehearse.Fault{}})
	if err != nil {
		t.Errorf("%s: %v", goal, err)
		return
	}
	if r.Run.Status != rehearse.Completed {
		t.Errorf("%s: with %s ends %s at %s: %s\n%s", goal, c.Input, r.Run.Status, r.Run.At, r.Run.Cause, p.Workflow)
	}
	if len(r.Samples) > 0 {
		t.Errorf("%s: no answer was asked for %v", goal, r.Samples)
	}
}

// TestAnswersRefused: what does not fit is refused with what would, and nothing is stored.
func TestAnswersRefused(t *testing.T) {
	t.Parallel()
	const museum = "../../../infra/local/samples/museum.yaml"
	for name, tt := range map[string]struct {
		file, goal, answer string
		want               string // in the problem
	}{
		"no number":         {"library.yaml", "Delete a book", "abc", "bookId: “abc” is not a whole number."},
		"too large":         {"library.yaml", "Delete a book", "12345678901234567", "bookId: The number cannot be kept exactly"},
		"half a number":     {"library.yaml", "Delete a book", "bookId: 1.5", "bookId: “1.5” is not a whole number."},
		"none of the enum":  {"library.yaml", "Add a book", "book_genre: romance", "book_genre: “romance” is none of crime, poetry and science."},
		"no UUID":           {"library.yaml", "Lend a book to a member", "member_id: ann", "uuid"},
		"no date":           {"library.yaml", "Lend a book to a member", "due_date: tomorrow", "dueDate: 'tomorrow' is not valid date: not a date. Write it as in 2026-05-01."},
		"no e-mail address": {"courier.yaml", "Send an email", "email_to: ann", "ann@example.org"},
		"no object":         {museum, "Update a special event", "event: x", "object"},
		"wrong member":      {museum, "Update a special event", `event: {"name": 5}`, "name"},
		"no list":           {museum, "Create a special event", "event_dates: 5", "2026-05-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil, connectAny(t, tt.file))
			p := h.mustDraft(t, tt.goal)
			field, _, named := strings.Cut(tt.answer, ":")
			i := slices.IndexFunc(p.Questions, func(q plan.Question) bool {
				return strings.ReplaceAll(strings.ToLower(q.Field), "_", "") == strings.ReplaceAll(strings.ToLower(field), "_", "")
			})
			if named && i < 0 {
				t.Fatalf("%s asks %+v", tt.goal, p.Questions)
			}
			next, err := h.Draft(h.ctx, plan.Request{Message: tt.answer, ConversationID: p.ConversationID})
			e := apierr.From(err)
			if code(err) != apierr.ValidationFailed || !strings.Contains(e.Detail, "Answer again") || len(e.Problems) == 0 || e.Problems[0].Path != "/message" || !strings.Contains(e.Problems[0].Message, tt.want) {
				t.Fatalf("%+v, err %v, want VALIDATION_FAILED with %q", next, err, tt.want)
			}
			if _, said, _ := strings.Cut(tt.answer, ": "); said != "" && strings.Contains(e.Detail, said) {
				t.Errorf("the detail, which is kept in the trail, quotes the answer: %s", e.Detail)
			}
			page, err := h.trail.List(h.ctx, audit.Filter{}, 10, "")
			if err != nil || len(page.Records) != 1 {
				t.Errorf("%d records, err %v: a refused answer is stored", len(page.Records), err)
			}
			if !named || i < 0 {
				return
			}
			raw, ok := strings.CutPrefix(tt.answer, field+": ")
			if !ok || !json.Valid([]byte(raw)) {
				raw = string(mustJSON(t, raw))
			}
			input := map[string]json.RawMessage{p.Questions[i].Field: json.RawMessage(raw)}
			for _, q := range p.Questions {
				if _, given := input[q.Field]; !given {
					input[q.Field] = mustJSON(t, plantest.Value(t, plantest.Inputs(t, p.Workflow)[q.Field]))
				}
			}
			_, err = h.Confirm(h.ctx, p.PlanID, mustJSON(t, input), steps(p))
			if e := apierr.From(err); code(err) != apierr.ValidationFailed || !strings.HasPrefix(e.Problems[0].Path, "/input/"+p.Questions[i].Field) {
				t.Errorf("confirmed with %s: %v %+v", raw, err, e.Problems)
			}
		})
	}
}

// TestAnswersRead: what is said for a field is read whole, as what it is.
func TestAnswersRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ goal, answer, want string }{
		"commas":        {"Add a book", "book_title: War, and peace, book_genre: Crime", `{"book_genre":"crime","book_title":"War, and peace"}`},
		"is":            {"Add a book", "book title is Emma; book genre is poetry", `{"book_genre":"poetry","book_title":"Emma"}`},
		"quoted":        {"Add a book", "book_genre: science\nbook_title: \"A: b\nc.\"", `{"book_genre":"science","book_title":"A: b\nc."}`},
		"large number":  {"Delete a book", "9007199254740991", `{"bookId":9007199254740991}`},
		"zeros":         {"Delete a book", "book id = 007", `{"bookId":7}`},
		"once more":     {"Delete a book", "7\x00book_id: 8", `{"bookId":8}`},
		"the last line": {"Add a book", "book_title: Emma\nbook_genre: crime\nthank you", `{"book_genre":"crime","book_title":"Emma"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil, connect(t, "library.yaml"))
			p := h.mustDraft(t, tt.goal)
			for _, m := range strings.Split(tt.answer, "\x00") {
				var err error
				if p, err = h.Draft(h.ctx, plan.Request{Message: m, ConversationID: p.ConversationID}); err != nil {
					t.Fatalf("%v %+v", err, apierr.From(err).Problems)
				}
			}
			c, err := h.Confirm(h.ctx, p.PlanID, nil, steps(p))
			if err != nil || string(c.Input) != tt.want {
				t.Errorf("input %s, err %v, want %s", c.Input, err, tt.want)
			}
		})
	}
}
