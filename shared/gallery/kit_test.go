package gallery_test

import (
	"context"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/rehearse"
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
	m := fixture.New(t, time.Now())
	h := &house{ctx: tenant.WithActor(tenant.With(t.Context(), id.New(id.Workspace)), tenant.Actor{ID: "usr_1"}), trail: m.Trail, apis: a}
	h.flows = workflow.New(m.Store, m.Blobs(t), m.Trail, nil)
	h.stage = rehearse.New(h.flows, a, m.Trail, &rehearse.Options{Time: time.Minute}) // the machine may be busy
	var err error
	if h.plans, err = plan.New(m.Store, m.Trail, a, nil); err != nil {
		t.Fatal(err)
	}
	return h
}
