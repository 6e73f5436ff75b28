package upkeep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// home are the stores of one machine, under a clock that is moved by hand.
type home struct {
	store  *table.Store
	trail  *audit.Trail
	blobs  *blob.Store
	keys   *secret.Envelope
	now    func() time.Time
	pass   func(time.Duration)
	places workspaces
}

func newHome(t *testing.T, ids ...string) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return &home{store: m.Store, trail: m.Trail, blobs: m.Blobs(t), keys: m.Sealer, now: m.Now, pass: m.Pass, places: ids}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func in(workspace string) context.Context { return tenant.With(context.Background(), workspace) }

// records are a workspace's, oldest first; the chain must be whole.
func (h *home) records(t *testing.T, workspace string) []audit.Record {
	t.Helper()
	v, err := h.trail.Verify(in(workspace))
	if err != nil || !v.OK {
		t.Fatalf("chain of %s: %+v, %v", workspace, v, err)
	}
	page, err := h.trail.List(in(workspace), audit.Filter{}, 1000, "")
	check(t, err)
	slices.Reverse(page.Records)
	return page.Records
}

// actions are those of a workspace's records.
func (h *home) actions(t *testing.T, workspace string) []string {
	t.Helper()
	var all []string
	for _, r := range h.records(t, workspace) {
		if r.Actor != "system" {
			t.Errorf("%s by %s", r.Action, r.Actor)
		}
		all = append(all, r.Action)
	}
	return all
}

// workspaces is a directory.
type workspaces []string

func (w workspaces) Workspaces(_ context.Context, after string, limit int) (ids []string, next string, err error) {
	for _, id := range w {
		if id <= after {
			continue
		}
		if len(ids) == limit {
			return ids, next, nil
		}
		ids, next = append(ids, id), id
	}
	return ids, "", nil
}

// task is a function's handler.
type task func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error)

// call calls a function as a state machine does.
func call[Out any](t *testing.T, f task, payload any) (Out, error) {
	t.Helper()
	raw, err := json.Marshal(payload)
	check(t, err)
	var out Out
	answer, err := f(context.Background(), raw)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(answer, &out)
}

func wantRefused(t *testing.T, err error) {
	t.Helper()
	var f *upkeep.Fault
	if !errors.As(err, &f) || f.Name != upkeep.Refused {
		t.Errorf("got %v, want it refused", err)
	}
}

// TestPayloads: what a function does not understand it refuses, and no store is touched.
func TestPayloads(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_1")
	for name, f := range map[string]task{
		"drift":    upkeep.NewDrift(h.places, nil, h.trail, slog.Default()).Handle,
		"rotation": upkeep.NewRotation(h.places, h.keys, upkeep.Holders{}, h.trail, h.store, nil).Handle,
		"archive":  upkeep.NewArchive(h.places, h.trail, h.blobs, h.store, nil).Handle,
	} {
		for _, payload := range []string{``, `[]`, `{}`, `{"op":""}`, `{"op":"x"}`, `{"op":"list","cursor":1}`, `{"op":"list","other":""}`, `{"op":"run","day":[]}`, `{"op":"refresh","connections":"x"}`} {
			t.Run(name+payload, func(t *testing.T) {
				t.Parallel()
				_, err := f(context.Background(), json.RawMessage(payload))
				wantRefused(t, err)
			})
		}
	}
}

// TestList pages through more workspaces than a page has.
func TestList(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 95 {
		ids = append(ids, fmt.Sprintf("wsp_%03d", i))
	}
	h := newHome(t, ids...)
	for name, f := range map[string]task{
		"rotation": upkeep.NewRotation(h.places, h.keys, upkeep.Holders{}, h.trail, h.store, nil).Handle,
		"archive":  upkeep.NewArchive(h.places, h.trail, h.blobs, h.store, nil).Handle,
	} {
		var got []string
		for cursor := ""; ; {
			page, err := call[upkeep.WorkspacePage](t, f, upkeep.ListCall{Op: "list", Cursor: cursor})
			check(t, err)
			if len(page.Workspaces) > 40 {
				t.Errorf("%s: a page of %d", name, len(page.Workspaces))
			}
			got = append(got, page.Workspaces...)
			if cursor = page.Cursor; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, append([]string{tenant.System}, ids...)) {
			t.Errorf("%s: %v", name, got)
		}
	}
	none, err := call[upkeep.WorkspacePage](t, upkeep.NewArchive(workspaces{}, h.trail, h.blobs, h.store, nil).Handle, upkeep.ListCall{Op: "list", Cursor: tenant.System})
	if err != nil || none.Workspaces == nil || none.Cursor != "" {
		t.Errorf("of none: %+v, %v", none, err)
	}
}
