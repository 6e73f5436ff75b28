package gallery_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// house is a workspace with its own connections.
type house struct {
	ctx   context.Context
	flows *workflow.Service
	plans *plan.Service
	stage *rehearse.Service
	trail *audit.Trail
	apis  apis
}

func newHouse(t *testing.T, a apis) *house {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	objects, err := dir.Open(filepath.Join(t.TempDir(), "blobs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = objects.Close() })
	store := table.New(db, nil)
	trail := audit.New(store, nil)
	h := &house{ctx: tenant.WithActor(tenant.With(t.Context(), id.New(id.Workspace)), tenant.Actor{ID: "usr_1"}), trail: trail, apis: a}
	h.flows = workflow.New(store, blob.New(objects), trail, nil)
	h.stage = rehearse.New(h.flows, a, trail, &rehearse.Options{Time: time.Minute}) // the machine may be busy
	if h.plans, err = plan.New(store, trail, a, nil); err != nil {
		t.Fatal(err)
	}
	return h
}
