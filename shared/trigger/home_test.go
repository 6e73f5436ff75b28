package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/local"
	"github.com/apiq/apiq/shared/trigger/triggertest"
	"github.com/apiq/apiq/shared/workflow"
)

// home is triggers over real stores, with workflows and runs that are only noted.
type home struct {
	*trigger.Service
	t       *testing.T
	ctx     context.Context
	store   *table.Store
	trail   *audit.Trail
	sealer  *secret.Envelope
	time    *triggertest.Time
	clocks  *local.Scheduler
	bus     *local.Bus
	flow    string
	ports   trigger.Ports
	mu      sync.Mutex
	status  map[string]workflow.Status
	starts  []trigger.Start
	refuse  error // what a start is refused with
	halfway bool  // a start is made, and its answer lost
}

func newHome(t *testing.T) *home {
	t.Helper()
	m := fixture.New(t, triggertest.Began())
	h := &home{t: t, time: triggertest.NewTime(triggertest.Began()), flow: id.New(id.Workflow), status: map[string]workflow.Status{}}
	h.store = table.New(m.DB, &table.Options{Now: h.time.Now})
	h.trail = audit.New(h.store, &audit.Options{Now: h.time.Now})
	h.sealer = m.Sealer
	h.status[h.flow] = workflow.StatusActive
	h.ctx = tenant.WithActor(tenant.With(t.Context(), id.New(id.Workspace)), tenant.Actor{ID: "usr_ada", RequestID: "req_1"})
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h.Service = trigger.New(h.store, h.trail, h.sealer, &trigger.Options{Now: h.time.Now, Log: log})
	h.clocks = local.NewScheduler(h.store, h.Tick, &local.Options{Time: h.time, Log: log})
	h.bus = local.NewBus(h.store, h.Consume, &local.Options{Time: h.time, Log: log})
	h.ports = trigger.Ports{Workflows: h, Launcher: h, Scheduler: h.clocks, Bus: h.bus}
	h.Use(h.ports)
	return h
}

// Status implements trigger.Workflows.
func (h *home) Status(_ context.Context, wid string) (workflow.Status, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.status[wid]; ok {
		return s, nil
	}
	return "", apierr.New(apierr.NotFound, "There is no such workflow.")
}

// Fire implements trigger.Launcher: it writes what the trigger adds, and notes the run.
func (h *home) Fire(ctx context.Context, in trigger.Start) error {
	if status, err := h.Status(ctx, in.WorkflowID); err != nil || status != workflow.StatusActive {
		return errors.Join(err, apierr.New(apierr.Conflict, "not active"))
	}
	h.mu.Lock()
	refuse, halfway := h.refuse, h.halfway
	h.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	if err := h.trail.Commit(ctx, in.Ops, in.Entry); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts = append(h.starts, in)
	if halfway {
		return errors.New("the answer is lost")
	}
	return nil
}

func (h *home) workspace() string {
	w, err := tenant.From(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	return w
}

func (h *home) create(in trigger.Input) trigger.Made {
	h.t.Helper()
	made, err := h.Create(h.ctx, h.flow, in)
	if err != nil {
		h.t.Fatalf("%+v", err)
	}
	return made
}

// settle hands over what waits, as time goes on for a while.
func (h *home) settle(d time.Duration) {
	h.t.Helper()
	to := h.time.Now().Add(d)
	for {
		tick, err := h.clocks.Due(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		event, err := h.bus.Due(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		next := tick
		if next.IsZero() || !event.IsZero() && event.Before(next) {
			next = event
		}
		if next.IsZero() || next.After(to) {
			h.time.Set(to)
			return
		}
		h.time.Set(next)
	}
}

// inputs are the inputs of the runs that were started since, in order.
func (h *home) inputs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, s := range h.starts {
		out = append(out, string(s.Input))
	}
	h.starts = nil
	return out
}

func (h *home) expect(want ...string) {
	h.t.Helper()
	if have := h.inputs(); !slices.Equal(have, want) {
		h.t.Errorf("started with %q, want %q", have, want)
	}
}

// deliveries are a trigger's, newest first, as "status code".
func (h *home) deliveries(tid string) []string {
	h.t.Helper()
	all, _, err := h.Deliveries(h.ctx, h.flow, tid, 100, "")
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, d := range all {
		word := string(d.Status)
		if d.Code != "" {
			word += " " + d.Code
		}
		out = append(out, word)
	}
	return out
}

// actions are those of the trail, newest first, as "action outcome actor".
func (h *home) actions() []string {
	h.t.Helper()
	got, err := h.trail.List(h.ctx, audit.Filter{}, 100, "")
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, r := range got.Records {
		out = append(out, r.Action+" "+string(r.Outcome)+" "+r.Actor)
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func code(err error) apierr.Code { return apierr.CodeOf(err) }

func raw(s string) json.RawMessage { return json.RawMessage(s) }
