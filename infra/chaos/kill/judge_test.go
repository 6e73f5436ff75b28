package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
)

// scene is a run as it should be, with what the peer heard, for a test to spoil.
type scene struct {
	records []record
	heard   []request
}

// quiet is a run of each class of request in a row.
func quiet() *scene {
	k := kind{
		name: queued, shown: 4, names: []string{"s", "i", "k", "u"},
		calls: []call{{effect.Safe, "s", "s", nil}, {effect.Idempotent, "i", "i", []string{"s"}}, {effect.Keyed, "k", "k", []string{"i"}}, {effect.Unsafe, "u", "u", []string{"k"}}},
	}
	s := &scene{}
	for _, tag := range []string{"r1", "r2"} {
		r := record{kind: k, tag: tag}
		r.ID, r.Status, r.Output = tag, execution.Completed, json.RawMessage(`["`+tag+`.s","`+tag+`.i","`+tag+`.k","`+tag+`.u"]`)
		for _, c := range k.calls {
			r.Steps = append(r.Steps, execution.Step{Path: c.path, Attempt: 1, Status: execution.StepCompleted, EndedAt: time.Unix(1, 0)})
			r.log = append(r.log, execution.Event{Type: execution.EventStep, Path: c.path, Status: string(execution.StepCompleted)})
			q := request{class: c.class, name: tag + "." + c.name, took: c.class != effect.Safe}
			if c.class == effect.Keyed {
				q.key = "key " + tag
			}
			s.heard = append(s.heard, q)
		}
		r.log = append(r.log, execution.Event{Type: execution.EventRun, Status: string(execution.Completed)})
		for i := range r.log {
			r.log[i].Seq = int64(i) + 1
		}
		s.records = append(s.records, r)
	}
	return s
}

// again lets the peer hear a request of the first run once more, at its end.
func (s *scene) again(i int, took bool) {
	q := s.heard[i]
	q.took = took
	s.heard = append(s.heard[:4], append([]request{q}, s.heard[4:]...)...)
	s.records[0].Steps[i].Attempt = 2
}

// TestJudge: a judge that finds nothing in what is right, and every fault in what is not.
func TestJudge(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(s *scene)
		want  string // "" is no fault
	}{
		"all well":                       {func(*scene) {}, ""},
		"unsafe, repeated after none":    {func(s *scene) { s.heard[3].took = false; s.again(3, true) }, ""},
		"unsafe, twice":                  {func(s *scene) { s.again(3, true) }, "r1.u: unsafe, and had its effect 2 times"},
		"unsafe, never":                  {func(s *scene) { s.heard[3].took = false }, "r1.u: unsafe, and had its effect 0 times"},
		"lost":                           {func(s *scene) { s.heard = s.heard[:7] }, "r2.u: lost"},
		"keyed, with another key":        {func(s *scene) { s.again(2, true); s.heard[4].key = "other" }, "r1.k: 2 keys"},
		"idempotent, without effect":     {func(s *scene) { s.heard[1].took = false }, "r1.i: idempotent, and had its effect 0 times"},
		"a finished step is asked again": {func(s *scene) { s.again(1, true) }, "r1.k: was asked for before the last request of i"},
		"out of order":                   {func(s *scene) { s.heard[0], s.heard[1] = s.heard[1], s.heard[0] }, "r1.i: was asked for before the last request of s"},
		"a request without a journal":    {func(s *scene) { s.again(3, false); s.records[0].Steps[3].Attempt = 1 }, "r1.u: 2 requests, and the journal knows of 1"},
		"a request of nobody":            {func(s *scene) { s.heard = append(s.heard, request{class: effect.Unsafe, name: "r1.x"}) }, "r1.x: no run was to ask for it"},
		"not ended":                      {func(s *scene) { s.records[0].Status = execution.Running }, `r1 r1: RUNNING "", must be COMPLETED ""`},
		"failed": {func(s *scene) {
			s.records[0].Status, s.records[0].Error = execution.Failed, &execution.Failure{Name: "X"}
		}, `r1 r1: FAILED "X", must be COMPLETED ""`},
		"another output":      {func(s *scene) { s.records[0].Output = json.RawMessage(`["r1.s"]`) }, `r1 r1: output ["r1.s"]`},
		"a step too many":     {func(s *scene) { s.records[0].Steps = append(s.records[0].Steps, s.records[0].Steps[0]) }, "r1 r1: shows 5 steps, must show 4"},
		"a step that is open": {func(s *scene) { s.records[0].Steps[1].EndedAt = time.Time{} }, "r1 r1: has ended, and step i is"},
		"a gap in the log":    {func(s *scene) { s.records[0].log[2].Seq = 4 }, "r1 r1: entry 3 of the log has the number 4"},
		"a step ends twice":   {func(s *scene) { s.records[0].log[1].Path = "s" }, "r1 r1: entry 2 of the log, step COMPLETED, is after the end of step s"},
		"failed, and continued": {func(s *scene) {
			r := &s.records[0]
			r.retried, r.log = true, append([]execution.Event{{Type: execution.EventRun, Status: string(execution.Failed)}, {Type: execution.EventRun, Status: string(execution.Running)}}, r.log...)
			for i := range r.log {
				r.log[i].Seq = int64(i) + 1
			}
		}, ""},
		"an answer after the end": {func(s *scene) {
			r := &s.records[0]
			r.log = append(r.log, execution.Event{Seq: 6, Type: execution.EventAttempt, Status: "succeeded"})
		}, "r1 r1: entry 6 of the log, attempt succeeded, is after the run's end"},
		"an answer after a failure": {func(s *scene) {
			r := &s.records[0]
			r.kind.status, r.Status, r.log[4].Status = execution.Failed, execution.Failed, string(execution.Failed)
			r.log = append(r.log, execution.Event{Seq: 6, Type: execution.EventAttempt, Status: "succeeded"})
		}, ""},
		"continued by nobody": {func(s *scene) {
			r := &s.records[0]
			r.log = append(r.log, execution.Event{Seq: 6, Type: execution.EventRun, Status: string(execution.Running)})
		}, "r1 r1: entry 6 of the log, run RUNNING, is after the run's end"},
		"cancelled halfway": {func(s *scene) {
			r := &s.records[1]
			r.kind.cancel, r.Status, r.Steps, s.heard = true, execution.Cancelled, r.Steps[:3], s.heard[:7]
		}, ""},
		"cancelled, and twice": {func(s *scene) {
			r := &s.records[1]
			r.kind.cancel, r.Status, s.heard = true, execution.Cancelled, append(s.heard, s.heard[7])
		}, "r2.u: unsafe, and had its effect 2 times"},
		"a log without its end": {func(s *scene) { s.records[0].log = s.records[0].log[:4] }, "r1 r1: its log does not tell its end"},
		"out of turn":           {func(s *scene) { s.heard[3], s.heard[4] = s.heard[4], s.heard[3] }, "r2: began before the run before it, r1, had ended"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet()
			c.spoil(s)
			v := judge(s.records, s.heard)
			found := strings.Join(v.faults, "\n")
			if c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

// TestTrap: the nth of the chosen moments springs it, once.
func TestTrap(t *testing.T) {
	t.Parallel()
	var all traps
	if all.step(atRequest) != nil {
		t.Error("no trap is set")
	}
	set := &trap{at: atAnswer, left: 2}
	all.set(set)
	for i, want := range []*trap{nil, nil, set, nil} {
		at := []point{atRequest, atHalf, atAnswer}
		if i == 0 {
			at = []point{atStart}
		}
		if got := all.step(at...); got != want {
			t.Errorf("step %d: %v, want %v", i, got, want)
		}
	}
}
