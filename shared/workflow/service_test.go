package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// kept is a Service over real stores, and what its tests look into.
type kept struct {
	*workflow.Service
	trail *audit.Trail
	store *table.Store
	blobs *blob.Store
	ctx   context.Context
}

func keep(t testing.TB, o *workflow.Options) kept {
	t.Helper()
	m := fixture.New(t, time.Now())
	blobs := m.Blobs(t)
	if o == nil {
		start, ticks := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC), new(atomic.Int64)
		o = &workflow.Options{Now: func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Second) }}
	}
	ctx := tenant.With(context.Background(), id.New(id.Workspace))
	return kept{
		Service: workflow.New(m.Store, blobs, m.Trail, o), trail: m.Trail, store: m.Store, blobs: blobs,
		ctx: tenant.WithActor(ctx, tenant.Actor{ID: "usr_1"}),
	}
}

func definition(n int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"apiq":"1","name":"W","steps":[{"id":"t","type":"transform","value":"%d & <>"}]}`, n))
}

func code(err error) apierr.Code { return apierr.CodeOf(err) }

func ptr[T any](v T) *T { return &v }

func TestServiceRefuses(t *testing.T) {
	t.Parallel()
	s := keep(t, nil)
	for name, in := range map[string]workflow.Input{
		"no definition":  {},
		"bad definition": {Definition: json.RawMessage(`{"apiq":"1"}`)},
		"empty name":     {Definition: definition(1), Name: ptr("")},
		"long name":      {Definition: definition(1), Name: ptr(strings.Repeat("é", 201))},
		"status":         {Definition: definition(1), Status: ptr(workflow.Status("LIVE"))},
	} {
		_, err := s.Create(s.ctx, in)
		if c := code(err); c != apierr.ValidationFailed && c != apierr.WorkflowInvalid {
			t.Errorf("%s: %v", name, err)
		}
		var e *apierr.Error
		if !errors.As(err, &e) || len(e.Problems) == 0 {
			t.Errorf("%s: no problem with a path", name)
			continue
		}
		for _, p := range e.Problems {
			if !strings.HasPrefix(p.Path, "/") {
				t.Errorf("%s: path %q", name, p.Path)
			}
		}
	}
	if list, _, err := s.List(s.ctx, 10, ""); err != nil || len(list) != 0 {
		t.Errorf("something was stored: %v %v", list, err)
	}
	if _, err := s.Create(context.Background(), workflow.Input{Definition: definition(1)}); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("without workspace: %v", err)
	}
	for name, err := range map[string]error{
		"get":      second(s.Get(s.ctx, "wfl_none")),
		"empty":    second(s.Get(s.ctx, "")),
		"update":   second(s.Update(s.ctx, "wfl_none", 1, workflow.Input{})),
		"rollback": second(s.Rollback(s.ctx, "wfl_none", 1, 1)),
		"delete":   s.Delete(s.ctx, "wfl_none", 1),
		"version":  second(s.Version(s.ctx, "wfl_none", 1)),
	} {
		if code(err) != apierr.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := s.List(s.ctx, 10, "garbage"); code(err) != apierr.ValidationFailed {
		t.Errorf("cursor: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestVersions(t *testing.T) {
	t.Parallel()
	s := keep(t, nil)
	w, err := s.Create(s.ctx, workflow.Input{Definition: definition(1)})
	if err != nil {
		t.Fatal(err)
	}
	if w.Version != 1 || w.Status != workflow.StatusDraft || w.Name != "W" || w.Steps != 1 || w.CreatedBy != "usr_1" || !id.Is(w.ID, id.Workflow) {
		t.Errorf("created %+v", w)
	}
	step := func(what string, want, latest int64, got workflow.Workflow, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got.Version != want || got.LatestVersion != latest {
			t.Errorf("%s: version %d latest %d, want %d %d", what, got.Version, got.LatestVersion, want, latest)
		}
		read, err := s.Get(s.ctx, w.ID)
		if err != nil || read.Version != got.Version || string(read.Definition) != string(got.Definition) || !read.UpdatedAt.Equal(got.UpdatedAt) {
			t.Errorf("%s: read back %+v %v", what, read, err)
		}
	}
	got, err := s.Update(s.ctx, w.ID, 1, workflow.Input{Definition: definition(2)})
	step("definition", 2, 2, got, err)
	got, err = s.Update(s.ctx, w.ID, 2, workflow.Input{Status: ptr(workflow.StatusActive)})
	step("status", 3, 2, got, err)
	got, err = s.Update(s.ctx, w.ID, 3, workflow.Input{Definition: definition(2), Status: ptr(workflow.StatusActive)})
	step("nothing", 3, 2, got, err)
	if _, err := s.Update(s.ctx, w.ID, 2, workflow.Input{Name: ptr("X")}); code(err) != apierr.VersionStale {
		t.Errorf("stale: %v", err)
	}
	if _, err := s.Rollback(s.ctx, w.ID, 3, 4); code(err) != apierr.NotFound {
		t.Errorf("rollback to the future: %v", err)
	}
	got, err = s.Rollback(s.ctx, w.ID, 3, 1)
	step("rollback", 4, 4, got, err)
	got, err = s.Update(s.ctx, w.ID, workflow.AnyVersion, workflow.Input{Name: ptr("X")})
	step("name", 5, 5, got, err)

	for n, want := range map[int64]string{1: "1", 2: "2", 3: "2", 4: "1", 5: "1", 0: "1"} {
		f, err := s.Version(s.ctx, w.ID, n)
		if err != nil || !strings.Contains(string(f.Definition), `"`+want+" &") || f.Document.Steps[0].ID != "t" {
			t.Errorf("version %d: %s %v", n, f.Definition, err)
		}
	}
	if _, err := s.Version(s.ctx, w.ID, 6); code(err) != apierr.NotFound {
		t.Errorf("version 6: %v", err)
	}
	var numbers []int64
	for cursor := ""; ; {
		list, next, err := s.Versions(s.ctx, w.ID, 3, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			numbers = append(numbers, v.Version)
		}
		if cursor = next; next == "" {
			break
		}
	}
	if fmt.Sprint(numbers) != "[5 4 2 1]" {
		t.Errorf("versions %v", numbers)
	}
	if err := s.Delete(s.ctx, w.ID, 4); code(err) != apierr.VersionStale {
		t.Errorf("delete stale: %v", err)
	}
	if err := s.Delete(s.ctx, w.ID, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Version(s.ctx, w.ID, 1); code(err) != apierr.NotFound {
		t.Errorf("after delete: %v", err)
	}
	page, err := s.store.Query(s.ctx, table.Query{PK: "WFL#" + w.ID})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("left behind: %d %v", len(page.Items), err)
	}
	trail, err := audit.New(s.store, nil).List(s.ctx, audit.Filter{}, 100, "")
	if err != nil || len(trail.Records) != 6 { // create, 3 updates that changed something, rollback, delete
		t.Errorf("%d audit records, %v", len(trail.Records), err)
	}
}

func TestLargeDefinition(t *testing.T) {
	t.Parallel()
	s := keep(t, nil)
	big := json.RawMessage(`{"apiq":"1","name":"W","steps":[{"id":"t","type":"transform","value":"` + strings.Repeat("&", 400<<10) + `"}]}`)
	medium := json.RawMessage(`{"apiq":"1","name":"W","steps":[{"id":"t","type":"transform","value":"` + strings.Repeat("&", 190<<10) + `"}]}`)
	for name, raw := range map[string]json.RawMessage{"blob": big, "inline": medium} {
		w, err := s.Create(s.ctx, workflow.Input{Definition: raw})
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := s.Get(s.ctx, w.ID)
		if err != nil || string(got.Definition) != string(raw) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got.Definition), len(raw), err)
		}
		objects, err := s.blobs.List(s.ctx, "workflows/"+w.ID+"/", "", 10)
		if err != nil || (len(objects) == 1) != (name == "blob") {
			t.Errorf("%s: objects %v %v", name, objects, err)
		}
		if err := s.Delete(s.ctx, w.ID, 1); err != nil {
			t.Fatal(err)
		}
		if objects, _ = s.blobs.List(s.ctx, "workflows/", "", 10); len(objects) != 0 {
			t.Errorf("%s: left %v", name, objects)
		}
	}
}

// Of many changes to one version exactly one succeeds; the others are stale.
func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	s := keep(t, nil)
	w, err := s.Create(s.ctx, workflow.Input{Definition: definition(0)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.Update(s.ctx, w.ID, 1, workflow.Input{Definition: definition(i + 1)})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case code(err) != apierr.VersionStale:
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d changes won", won)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := keep(t, nil)
	var want []string
	for i := range 5 {
		w, err := s.Create(s.ctx, workflow.Input{Definition: definition(i)})
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{w.ID}, want...)
	}
	var got []string
	for cursor := ""; ; {
		list, next, err := s.List(s.ctx, 2, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range list {
			got = append(got, w.ID)
			if w.Definition != nil || w.Version != 1 {
				t.Errorf("listed %+v", w)
			}
		}
		if cursor = next; next == "" {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	other := tenant.With(context.Background(), id.New(id.Workspace))
	if _, err := s.Get(other, want[0]); code(err) != apierr.NotFound {
		t.Errorf("another workspace: %v", err)
	}
}

type strict struct{}

func (strict) Check(context.Context, *workflow.Document) ([]apierr.Problem, error) {
	return []apierr.Problem{{Path: "/steps/0", Code: "operation", Message: "gone"}}, nil
}

func TestActivationIsChecked(t *testing.T) {
	t.Parallel()
	s := keep(t, &workflow.Options{Checker: strict{}})
	_, err := s.Create(s.ctx, workflow.Input{Definition: definition(1), Status: ptr(workflow.StatusActive)})
	var e *apierr.Error
	if !errors.As(err, &e) || e.Code != apierr.WorkflowInvalid || e.Problems[0].Path != "/definition/steps/0" {
		t.Errorf("active at once: %v", err)
	}
	w, err := s.Create(s.ctx, workflow.Input{Definition: definition(1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(s.ctx, w.ID, 1, workflow.Input{Status: ptr(workflow.StatusActive)}); code(err) != apierr.WorkflowInvalid {
		t.Errorf("activation: %v", err)
	}
	if _, err := s.Update(s.ctx, w.ID, 1, workflow.Input{Status: ptr(workflow.StatusInactive)}); err != nil {
		t.Errorf("deactivation: %v", err)
	}
}
