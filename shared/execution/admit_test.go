package execution_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// TestManyAtOnce: of a hundred starts in two processes never more than three runs are
// under way, and none is lost.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const n = 100
	h := newHall(t)
	both := []*execution.Service{h.process(nil, 0), h.process(nil, 0)}
	var starts, ends sync.WaitGroup
	for i := range n {
		starts.Go(func() { h.start(both[i%2], queued(3)) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	left := make(chan struct{}, n)
	for i := range 3 {
		ends.Go(func() {
			for {
				select {
				case run := <-h.engine.started:
					h.end(both[i%2], run)
					left <- struct{}{}
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for i := range n {
		select {
		case <-left:
		case <-ctx.Done():
			t.Fatalf("after %d runs nothing goes on; %d in the list", i, len(h.all(both[0])))
		}
	}
	starts.Wait()
	cancel()
	ends.Wait()
	for _, r := range h.all(both[0]) {
		if r.Status != execution.Completed {
			t.Errorf("%s is %s", r.ID, r.Status)
		}
	}
	if len(h.engine.given()) != n || h.engine.most > 3 {
		t.Errorf("%d runs, %d at once", len(h.engine.given()), h.engine.most)
	}
}

// TestInOrder: runs start in the order in which they were asked for, whichever ends first.
func TestInOrder(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	var asked []string
	for range 30 {
		asked = append(asked, h.start(s, queued(3)))
	}
	h.runs(asked[:3]...)
	d, err := s.Get(h.ctx, asked[4])
	if err != nil || d.Status != execution.Pending || d.Queue == nil || d.Queue.Position != 2 || d.Queue.Limit != 3 || !slices.Equal(d.Queue.Running, asked[:3]) {
		t.Errorf("%v: %s %+v", err, d.Status, d.Queue)
	}
	for open := h.engine.running(); len(open) > 0; open = h.engine.running() {
		h.end(s, open[rand.IntN(len(open))])
	}
	if !slices.Equal(h.engine.given(), asked) {
		t.Errorf("started %v\nasked for %v", h.engine.given(), asked)
	}
	if h.engine.most != 3 {
		t.Errorf("%d at once", h.engine.most)
	}
}

// TestApart: keys, workflows and workspaces have limits of their own.
func TestApart(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	a, b, none := h.start(s, request(workflow.PolicyQueue, 1, "=a")), h.start(s, request(workflow.PolicyQueue, 1, "=b")), h.start(s, queued(1))
	second := h.start(s, request(workflow.PolicyQueue, 1, "=a"))
	other := queued(1)
	other.WorkflowID = "wfl_2"
	flow := h.start(s, other)
	theirs, err := s.Start(tenant.With(t.Context(), "wsp_2"), queued(1))
	if err != nil {
		t.Fatal(err)
	}
	h.runs(a, b, none, flow, theirs.ID)
	h.end(s, b)
	h.runs(a, none, flow, theirs.ID)
	h.end(s, a)
	h.runs(none, flow, theirs.ID, second)
}

// TestSkip: there is no run, and it is said which one is under way.
func TestSkip(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	skip := request(workflow.PolicySkip, 1, "")
	first := h.start(s, skip)
	_, err := s.Start(h.ctx, skip)
	var skipped *execution.Skipped
	if !errors.As(err, &skipped) || !slices.Equal(skipped.Running, []string{first}) || apierr.CodeOf(err) != apierr.Conflict || apierr.From(err).Problems[0].Message != first {
		t.Errorf("%v", err)
	}
	if n := len(h.all(s)); n != 1 {
		t.Errorf("%d runs", n)
	}
	// The end that nobody has told of yet is seen by the next start.
	h.engine.end(first, "ExecutionFailed")
	if err := s.Sync(h.ctx, first); err != nil {
		t.Fatal(err)
	}
	h.runs(h.start(s, skip))
}

// TestReplay: a start that is repeated under its name takes no second slot.
func TestReplay(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	for _, policy := range []string{workflow.PolicyQueue, workflow.PolicySkip, workflow.PolicyCancel} {
		in := request(policy, 1, "="+policy)
		in.ID = "exe_" + policy
		h.start(s, in)
		if _, err := s.Start(h.ctx, in); !errors.Is(err, table.ErrCondition) {
			t.Errorf("%s: %v", policy, err)
		}
		h.end(s, in.ID)
		h.runs(h.start(s, request(workflow.PolicySkip, 1, "="+policy)))
		h.end(s, h.engine.running()[0])
	}
	wide := queued(2)
	wide.ID = "exe_wide"
	h.start(s, wide)
	if _, err := s.Start(h.ctx, wide); !errors.Is(err, table.ErrCondition) {
		t.Error(err)
	}
	second := h.start(s, queued(2))
	h.runs("exe_wide", second)
}

// TestCancelPrevious: the run before is cancelled as a person would cancel it, and so
// are those that have waited in vain; the newest starts when there is room.
func TestCancelPrevious(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	cancel := request(workflow.PolicyCancel, 1, "")
	a := h.start(s, cancel)
	b := h.start(s, cancel)
	h.status(s, a, execution.Cancelled)
	h.runs(b)
	// One that cannot be stopped now keeps its slot, and is stopped later.
	h.engine.stuck = table.ErrThrottled
	c, d := h.start(s, cancel), h.start(s, cancel)
	h.runs(b)
	h.status(s, b, execution.Running)
	h.status(s, c, execution.Cancelled)
	h.status(s, d, execution.Pending)
	h.engine.stuck = nil
	other := h.process(nil, 0)
	h.pass(10 * time.Minute)
	h.sweep(other)
	h.status(s, b, execution.Cancelled)
	h.runs(d)
	// Of three, the oldest goes.
	wide := request(workflow.PolicyCancel, 3, "=wide")
	var all []string
	for range 5 {
		all = append(all, h.start(s, wide))
	}
	h.runs(append([]string{d}, all[2:]...)...)
	if h.engine.most > 4 {
		t.Errorf("%d at once", h.engine.most)
	}
}

// TestWithdraw: who waits can be cancelled, has never begun, and may be retried when
// there is room.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 2)
	a, b, c := h.start(s, queued(1)), h.start(s, queued(1)), h.start(s, queued(1))
	if _, err := s.Start(h.ctx, queued(1)); apierr.CodeOf(err) != apierr.QuotaExceeded {
		t.Errorf("a queue without end: %v", err)
	}
	if _, err := s.Cancel(h.ctx, b); err != nil {
		t.Fatal(err)
	}
	h.status(s, b, execution.Cancelled)
	h.status(s, c, execution.Pending)
	ev, err := s.Events(h.ctx, b, 0, 10, 0)
	if err != nil || len(ev.Items) != 1 || !ev.Done {
		t.Errorf("%+v %v", ev, err)
	}
	if _, err := s.Retry(h.ctx, b); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("retried without a slot: %v", err)
	}
	h.end(s, a)
	h.runs(c)
	h.engine.end(c, "ExecutionFailed")
	if err := s.Sync(h.ctx, c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retry(h.ctx, b); err != nil { // it takes the slot
		t.Fatal(err)
	}
	h.runs(b)
	if _, err := s.Retry(h.ctx, c); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("two in one slot: %v", err)
	}
	waits := h.start(s, queued(1))
	h.end(s, b)
	h.runs(waits)
	h.end(s, waits)
	if _, err := s.Retry(h.ctx, c); err != nil {
		t.Fatal(err)
	}
	h.runs(c)
}

// TestLostSlots: slots of runs that are closed or were never there are found, and so
// are entries of the queue.
func TestLostSlots(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.process(nil, 0)
	over := h.start(s, queued(1))
	h.end(s, over)
	put := func(sk, data string) {
		t.Helper()
		if _, err := table.New(h.driver, nil).Put(h.ctx, table.Item{Key: table.Key{PK: "EXEGROUP#wfl_1", SK: sk}, Data: []byte(data)}, table.Always()); err != nil {
			t.Fatal(err)
		}
	}
	put("0", fmt.Sprintf(`{"running":["exe_gone",%q],"waiting":2,"last":5}`, over))
	put("Q#000000000003", `{"execution":"exe_gone"}`)
	put("Q#000000000004", fmt.Sprintf(`{"execution":%q}`, over))
	first := h.start(s, queued(2))
	second := h.start(s, queued(2))
	h.runs(first, second)
	h.status(s, h.start(s, queued(2)), execution.Pending)
}

// TestNestedInItsGroup: a run never waits for a slot that a run holds which waits for it.
func TestNestedInItsGroup(t *testing.T) {
	t.Parallel()
	for limit, refused := range map[int]bool{1: true, 2: false} {
		h := newHall(t)
		s := h.process(nil, 0)
		for _, policy := range []string{workflow.PolicyQueue, workflow.PolicyCancel, workflow.PolicySkip} {
			parent := h.start(s, request(policy, limit, policy))
			in := request(policy, limit, policy)
			in.Parent = &execution.Parent{Execution: parent, Path: "sub", Token: "token of " + policy}
			_, err := s.Start(h.ctx, in)
			var task *execution.TaskError
			if errors.As(err, &task) != refused || !refused && err != nil {
				t.Errorf("%s, %d: %v", policy, limit, err)
			}
			h.status(s, parent, execution.Running)
		}
	}
}

// TestDeath: wherever a process dies, the next goes on, whether it sweeps or is the
// only one and starts: no slot is lost or taken twice, no run is lost, and their order
// is kept.
func TestDeath(t *testing.T) {
	t.Parallel()
	for what, next := range map[string]func(*hall, *execution.Service){"swept": (*hall).sweep, "started": (*hall).restart} {
		for _, policy := range []string{workflow.PolicyQueue, workflow.PolicyCancel} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, after %t, %s", policy, after, what), func(t *testing.T) {
					t.Parallel()
					for n, died := 0, true; died; n++ {
						died = dies(t, policy, n, after, next)
					}
				})
			}
		}
	}
}

// dies lets a process die at its nth write, and says whether it had as many.
func dies(t *testing.T, policy string, n int, after bool, goOn func(*hall, *execution.Service)) bool {
	t.Helper()
	h := newHall(t)
	process := &mortal{Driver: h.driver, left: n, after: after}
	s := h.process(process, 0)
	ctx := context.WithoutCancel(h.ctx)
	var told []string
	for range 3 {
		if r, err := s.Start(ctx, request(policy, 1, "")); err == nil {
			told = append(told, r.ID)
		}
	}
	for _, run := range told {
		h.engine.end(run, "ExecutionSucceeded")
		_ = s.Sync(ctx, run) // it may be dead
	}
	if len(told) == 3 {
		_, _ = s.Cancel(ctx, told[2]) // it has ended, or is dead
	}
	next := h.process(nil, 0)
	for range 8 {
		h.pass(11 * time.Minute)
		goOn(h, next)
		for _, run := range h.engine.running() {
			h.end(next, run)
		}
	}
	all := h.all(next)
	for _, r := range all {
		if !r.Status.Ended() || policy == workflow.PolicyQueue && r.Status != execution.Completed && !(len(told) == 3 && r.ID == told[2]) {
			t.Errorf("dead at write %d: %s is %s", n, r.ID, r.Status)
		}
	}
	for _, id := range told {
		if !slices.ContainsFunc(all, func(r execution.Execution) bool { return r.ID == id }) {
			t.Errorf("dead at write %d: %s is lost", n, id)
		}
	}
	if h.engine.most > 1 || !slices.IsSorted(h.engine.given()) { // ids sort by time
		t.Errorf("dead at write %d: %d at once, %v", n, h.engine.most, h.engine.given())
	}
	h.runs(h.start(next, request(workflow.PolicySkip, 1, ""))) // the slot is free
	return process.dead
}
