package plan_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// connections are those of one workspace, from files.
type connections struct {
	conns []connection.Connection
	docs  map[string]*spec.Document
}

func (c *connections) List(context.Context, int, string) ([]connection.Connection, string, error) {
	return c.conns, "", nil
}

func (c *connections) Document(_ context.Context, conID string) (connection.Connection, *spec.Document, error) {
	for _, x := range c.conns {
		if x.ID == conID {
			return x, c.docs[conID], nil
		}
	}
	return connection.Connection{}, nil, apierr.New(apierr.NotFound, "There is no such connection.")
}

func connect(t testing.TB, files ...string) *connections {
	t.Helper()
	c := &connections{docs: map[string]*spec.Document{}}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join("testdata", f))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := spec.Parse(context.Background(), raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := connection.Connection{ID: id.New(id.Connection), Name: doc.Info().Title, Status: connection.StatusActive, AuthType: connection.AuthNone,
			BaseURL: doc.Info().Servers[0].URL, SpecHash: doc.Info().Hash}
		c.conns, c.docs[x.ID] = append(c.conns, x), doc
	}
	return c
}

type house struct {
	*plan.Service
	ctx   context.Context
	conns *connections
	store *table.Store
	trail *audit.Trail
	clock *time.Time
}

func newHouse(t testing.TB, model plan.Model, conns *connections) *house {
	t.Helper()
	return newHouseWith(t, conns, plan.Options{Model: model})
}

func newHouseOver(t testing.TB, model plan.Model, conns *connections, stored plan.Catalogues) *house {
	t.Helper()
	return newHouseWith(t, conns, plan.Options{Model: model, Catalogues: stored})
}

func newHouseWith(t testing.TB, conns *connections, o plan.Options) *house {
	t.Helper()
	clock := time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	m := fixture.New(t, clock)
	store := table.New(m.DB, &table.Options{Now: now})
	trail := audit.New(store, &audit.Options{Now: now})
	o.Now = now
	s, err := plan.New(store, trail, conns, &o)
	if err != nil {
		t.Fatal(err)
	}
	return &house{Service: s, ctx: tenant.With(context.Background(), id.New(id.Workspace)), conns: conns, store: store, trail: trail, clock: &clock}
}

func (h *house) mustDraft(t *testing.T, message string) plan.Plan {
	t.Helper()
	p, err := h.Draft(h.ctx, plan.Request{Message: message})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func code(err error) apierr.Code { return apierr.CodeOf(err) }

func TestDraftRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	for _, tt := range []struct {
		name string
		req  plan.Request
		want apierr.Code
		path string
	}{
		{"no message", plan.Request{Message: "  "}, apierr.ValidationFailed, "/message"},
		{"long message", plan.Request{Message: strings.Repeat("é", plan.MaxMessage+1)}, apierr.ValidationFailed, "/message"},
		{"not UTF-8", plan.Request{Message: "list \xff"}, apierr.ValidationFailed, "/message"},
		{"conversation id", plan.Request{Message: "List the books", ConversationID: "nope"}, apierr.ValidationFailed, "/conversationId"},
		{"unknown conversation", plan.Request{Message: "List the books", ConversationID: id.New(id.Conversation)}, apierr.NotFound, ""},
		{"unknown connection", plan.Request{Message: "List the books", Connections: []string{id.New(id.Connection)}}, apierr.ValidationFailed, "/connections/0"},
		{"nothing fits", plan.Request{Message: "Order a pizza with olives"}, apierr.PlanNotPossible, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Draft(h.ctx, tt.req)
			if code(err) != tt.want {
				t.Fatalf("code %s, want %s (%v)", code(err), tt.want, err)
			}
			if tt.path != "" && (len(apierr.From(err).Problems) == 0 || apierr.From(err).Problems[0].Path != tt.path) {
				t.Errorf("problems %v, want one at %s", apierr.From(err).Problems, tt.path)
			}
		})
	}
	none := newHouse(t, nil, &connections{})
	if _, err := none.Draft(none.ctx, plan.Request{Message: "List the books"}); code(err) != apierr.PlanNotPossible {
		t.Errorf("without connections: %v, want PLAN_NOT_POSSIBLE", err)
	}
	if _, err := h.Draft(context.Background(), plan.Request{Message: "List the books"}); err == nil {
		t.Error("planned without a workspace")
	}
}

func TestInactiveConnectionsAreNotUsed(t *testing.T) {
	t.Parallel()
	conns := connect(t, "library.yaml", "courier.yaml")
	conns.conns[0].Status = connection.StatusCredentialsInvalid
	h := newHouse(t, nil, conns)
	if p, err := h.Draft(h.ctx, plan.Request{Message: "List the books of crime genre"}); code(err) != apierr.PlanNotPossible {
		t.Errorf("planned %s over an inactive connection, err %v", p.Workflow, err)
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml", "courier.yaml"))
	p := h.mustDraft(t, `List crime books, delete each of them, then send an email to ann@example.org with subject "Done"`)
	if p.Planner != plan.PlannerBuiltin || !id.Is(p.PlanID, id.Plan) || !id.Is(p.ConversationID, id.Conversation) {
		t.Errorf("planner %q, ids %q %q", p.Planner, p.PlanID, p.ConversationID)
	}
	doc, err := workflow.Parse(p.Workflow)
	if err != nil {
		t.Fatalf("the workflow does not parse: %v\n%s", err, p.Workflow)
	}
	var got []string
	for _, s := range p.Steps {
		got = append(got, s.Type+" "+s.Operation+" "+s.Risk)
		for _, c := range s.Checks {
			if c.OK != nil && !*c.OK {
				t.Errorf("step %s is shown with a failed check %s: %s", s.ID, c.Name, c.Detail)
			}
		}
		if s.Why == "" || len(s.Checks) == 0 {
			t.Errorf("step %s: why %q, %d checks", s.ID, s.Why, len(s.Checks))
		}
	}
	want := []string{"api_call listBooks read", "loop  read", "api_call deleteBook irreversible", "api_call sendEmail irreversible"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s\n%s", diff, p.Workflow)
	}
	if len(p.Questions) != 1 || !strings.Contains(string(doc.Input), p.Questions[0].Field) {
		t.Errorf("questions %+v, input %s", p.Questions, doc.Input)
	}
	if p.Confidence <= 0.05 || p.Confidence >= 1 {
		t.Errorf("confidence %v", p.Confidence)
	}
	again, err := h.Get(h.ctx, p.PlanID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("stored plan differs (-drafted +stored):\n%s", diff)
	}
	page, err := h.trail.List(h.ctx, audit.Filter{}, 10, "")
	if err != nil || len(page.Records) != 1 || page.Records[0].Action != "plan.draft" || page.Records[0].Resource != p.PlanID {
		t.Errorf("trail %+v, err %v", page.Records, err)
	}
	elsewhere := tenant.With(context.Background(), id.New(id.Workspace))
	if _, err := h.Get(elsewhere, p.PlanID); code(err) != apierr.NotFound {
		t.Errorf("another workspace reads the plan: %v", err)
	}
	*h.clock = h.clock.Add(31 * 24 * time.Hour)
	if _, err := h.Get(h.ctx, p.PlanID); code(err) != apierr.NotFound {
		t.Errorf("an expired plan is read: %v", err)
	}
}

func TestWarm(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	if err := h.Warm(h.ctx); err != nil {
		t.Fatal(err)
	}
	h.conns.docs = nil // what was read is kept
	h.mustDraft(t, "List the books")
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	p := h.mustDraft(t, "Delete a book")
	if len(p.Questions) != 1 {
		t.Fatalf("questions %+v", p.Questions)
	}
	field, step := p.Questions[0].Field, p.Steps[0].ID
	problems := func(err error) []string {
		var out []string
		for _, pb := range apierr.From(err).Problems {
			out = append(out, pb.Path)
		}
		return out
	}
	_, err := h.Confirm(h.ctx, p.PlanID, nil, nil)
	if diff := cmp.Diff([]string{"/input/" + field, "/confirmIrreversible"}, problems(err)); code(err) != apierr.ValidationFailed || diff != "" {
		t.Errorf("nothing given: %v, problems (-want +got):\n%s", err, diff)
	}
	if _, err = h.Confirm(h.ctx, p.PlanID, json.RawMessage(`{"`+field+`": 42}`), nil); code(err) != apierr.ValidationFailed || !strings.Contains(apierr.From(err).Problems[0].Message, step) {
		t.Errorf("irreversible step not confirmed: %v", err)
	}
	if _, err = h.Confirm(h.ctx, p.PlanID, json.RawMessage(`{"`+field+`": "x"}`), []string{step}); code(err) != apierr.ValidationFailed {
		t.Errorf("wrong type: %v, want VALIDATION_FAILED", err)
	}
	if _, err = h.Confirm(h.ctx, p.PlanID, json.RawMessage(`[]`), []string{step}); code(err) != apierr.ValidationFailed {
		t.Errorf("input no object: %v", err)
	}
	c, err := h.Confirm(h.ctx, p.PlanID, json.RawMessage(`{"`+field+`": 42}`), []string{step})
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Input) != `{"`+field+`":42}` || c.Workflow.Steps[0].Operation != "deleteBook" || len(c.SpecHashes) != 1 {
		t.Errorf("confirmed %+v", c)
	}
	if _, err := h.Confirm(h.ctx, id.New(id.Plan), nil, nil); code(err) != apierr.NotFound {
		t.Errorf("unknown plan: %v", err)
	}
	h.conns.conns[0].Status = connection.StatusFailed
	if _, err := h.Confirm(h.ctx, p.PlanID, json.RawMessage(`{"`+field+`": 42}`), []string{step}); code(err) != apierr.WorkflowInvalid {
		t.Errorf("connection gone: %v, want WORKFLOW_INVALID", err)
	}
}

// What undoes a plan's steps is offered with them, and taken where it is asked for.
func TestUndoing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	confirmed := func(goal string) (plan.Plan, plan.Confirmed) {
		t.Helper()
		p := h.mustDraft(t, goal)
		input := map[string]any{}
		for _, q := range p.Questions {
			if input[q.Field] = "x"; strings.HasSuffix(q.Field, "genre") {
				input[q.Field] = "crime"
			}
		}
		c, err := h.Confirm(h.ctx, p.PlanID, mustJSON(t, input), steps(p))
		if err != nil {
			t.Fatal(err, apierr.From(err).Problems)
		}
		return p, c
	}
	p, c := confirmed("Add a book")
	if o := p.Steps[0].UndoOffer; o == nil || o.Operation != "deleteBook" || o.Path != "/books/{bookId}" {
		t.Fatalf("offered %+v for %+v", o, p.Steps)
	}
	if c.Workflow.Steps[0].Undo != nil || c.Workflow.OnFailure != "" {
		t.Errorf("nobody asked for it: %+v", c.Workflow)
	}
	c, err := h.Undoing(h.ctx, c)
	if err != nil || c.Workflow.OnFailure != "undo" || c.Workflow.Steps[0].Undo.Operation != "deleteBook" || len(c.Workflow.Validate()) > 0 {
		t.Errorf("%v %+v", err, c.Workflow)
	}
	if _, c = confirmed("List books"); code(errorOf(h.Undoing(h.ctx, c))) != apierr.ValidationFailed {
		t.Error("a plan that changes nothing can be undone")
	}
}

func errorOf(_ plan.Confirmed, err error) error { return err }

func TestAnswersInConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	p := h.mustDraft(t, "Add a book")
	next, err := h.Draft(h.ctx, plan.Request{Message: "book_title: Emma\nbook_genre: poetry", ConversationID: p.ConversationID})
	if err != nil {
		t.Fatal(err)
	}
	if len(next.Questions) != 0 || next.PlanID == p.PlanID || next.Confidence < p.Confidence {
		t.Errorf("questions %+v, confidence %v after %v", next.Questions, next.Confidence, p.Confidence)
	}
	c, err := h.Confirm(h.ctx, next.PlanID, nil, nil)
	if err != nil || string(c.Input) != `{"book_genre":"poetry","book_title":"Emma"}` {
		t.Errorf("input %s, err %v", c.Input, err)
	}
	one := h.mustDraft(t, "Delete a book")
	next, err = h.Draft(h.ctx, plan.Request{Message: "42", ConversationID: one.ConversationID})
	if err != nil || len(next.Questions) != 0 {
		t.Errorf("one answer: questions %+v, err %v", next.Questions, err)
	}
	also, err := h.Draft(h.ctx, plan.Request{Message: "Also list the members", ConversationID: one.ConversationID})
	if err != nil || len(also.Steps) < 1 {
		t.Errorf("follow-up: %+v, err %v", also.Steps, err)
	}
}
