package hometest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Execution is a run as clients see it.
type Execution struct {
	ID, Status, WorkflowID string
	ReplayOf               string
	Version                int64
	Input, Output          json.RawMessage
	Error                  *Failure
	CreatedAt, CompletedAt time.Time
	Steps                  []Step
	Queue                  *Queue
	Undo                   *Undo
}

// Undo tells what a run undid.
type Undo struct {
	Steps []struct{ Path, Status, Reason string }
}

// Queue is where a run stands that waits for its turn.
type Queue struct {
	Position, Limit int
	Running         []string
}

// Failure is why a run or a step failed.
type Failure struct{ Name, Cause string }

// Step is one step of a run.
type Step struct {
	ID, Path, Type, Name, Status  string
	Attempt                       int
	StartedAt, EndedAt, ResumesAt time.Time
	ExpiresAt                     time.Time
	Output, Request, Response     json.RawMessage
	Error                         *Failure
	Message, ExecutionID, Effect  string
	Undoes                        string
	Attempts                      []struct {
		Number            int
		Status            string
		EndedAt           time.Time
		Request, Response json.RawMessage
		Error             *Failure
		Reconcile         bool
	}
}

// Step gives a step's status.
func (e Execution) Step(t testing.TB, path string) (status string) {
	t.Helper()
	for _, s := range e.Steps {
		if s.Path == path {
			return s.Status
		}
	}
	t.Fatalf("no step %s in %+v", path, e.Steps)
	return ""
}

// Execution loads a run.
func (p Person) Execution(id string) Execution {
	p.t.Helper()
	var e Execution
	p.Must(200, "GET", "/api/executions/"+id, nil).Into(p.t, &e)
	return e
}

// stretch is a piece of a run's log.
type stretch struct {
	Items        []struct{ Seq int64 }
	Next         int64
	Done         bool
	RetryAfterMS int64
}

// events asks for what happened after a cursor, and where there is nothing waits
// as long as the home asks of pollers.
func (p Person) events(run string, after int64, wait int) stretch {
	p.t.Helper()
	var ev stretch
	p.Must(200, "GET", fmt.Sprintf("/api/executions/%s/events?after=%d&wait=%d", run, after, wait), nil).Into(p.t, &ev)
	for i, e := range ev.Items {
		if e.Seq != after+int64(i)+1 {
			p.t.Fatalf("events after %d: number %d is %d: a gap or a repeat", after, i, e.Seq)
		}
	}
	if !ev.Done {
		p.pause(time.Duration(ev.RetryAfterMS) * time.Millisecond)
	}
	return ev
}

// Wait follows a run to its end, or until it has one of the named statuses.
func (p Person) Wait(run string, until ...string) Execution {
	p.t.Helper()
	end := time.Now().Add(patience(p.home))
	for after := int64(0); time.Now().Before(end); {
		ev := p.events(run, after, 5)
		after = ev.Next
		e := p.Execution(run)
		for _, u := range until {
			if e.Status == u {
				return e
			}
		}
		if ev.Done {
			return e
		}
	}
	p.t.Fatalf("run %s did not come to an end: %+v", run, p.Execution(run))
	return Execution{}
}

// Until follows a run until it is as wanted.
func (p Person) Until(run string, is func(Execution) bool) Execution {
	p.t.Helper()
	end := time.Now().Add(patience(p.home))
	for after := int64(0); ; {
		e := p.Execution(run)
		if is(e) {
			return e
		}
		if time.Now().After(end) {
			p.t.Fatalf("run %s is %s: %+v", run, e.Status, e.Steps)
		}
		after = p.events(run, after, 1).Next
	}
}

// Pauses of poll: short at first, for most is there soon.
const firstPause, lastPause = 5 * time.Millisecond, 500 * time.Millisecond

// poll asks again and again for what no event tells of.
func (p Person) poll(what string, is func() bool) {
	p.t.Helper()
	end := time.Now().Add(patience(p.home))
	for wait := firstPause; !is(); wait = min(2*wait, lastPause) {
		if time.Now().After(end) {
			p.t.Fatalf("%s did not come to be", what)
		}
		p.pause(wait)
	}
}

// cancel stops a run.
func (p Person) cancel(run string) {
	p.t.Helper()
	p.insist("POST", "/api/executions/"+run+"/cancel", nil)
}

// retry lets a run go on.
func (p Person) retry(run string) {
	p.t.Helper()
	p.insist("POST", "/api/executions/"+run+"/retry", nil)
}

// decide answers a step that waits for a person.
func (p Person) decide(run, step string, decision Obj) {
	p.t.Helper()
	p.insist("POST", DecisionPath(run, step), decision)
}

// insist asks something of a run, which may be busy with its own for a moment: the
// CONFLICT says then when to ask again.
func (p Person) insist(method, path string, body any) {
	p.t.Helper()
	for end := time.Now().Add(patience(p.home)); ; {
		a := p.Send(method, path, body)
		if a.Status == http.StatusConflict && a.Header.Get("Retry-After") != "" && time.Now().Before(end) {
			p.pause(a.retryAfter(p.t))
			continue
		}
		if a.Status != http.StatusOK {
			p.t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Raw)
		}
		return
	}
}
