package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
)

// person is who uses a home: starts runs, decides, looks. What is cut off by a kill
// they ask for again.
type person struct {
	h      *house
	rng    *rand.Rand
	client *http.Client
	token  string

	kinds map[string]kind
	flows map[string]string // workflow by kind
	runs  []*run
	// unknowns are the outcomes that were shown as unknown, with what became of them.
	unknowns map[string]string
	faults   []string
}

// run is one that a person has started, or tries to.
type run struct {
	kind kind
	tag  string
	// id is known once a start was answered; another is tried at next.
	id    string
	next  time.Time
	ended bool
	// retried: it was let fail, and then go on.
	retried bool
}

func newPerson(h *house, seed uint64) *person {
	return &person{h: h, rng: rand.New(rand.NewPCG(seed, ^uint64(h.number))), client: &http.Client{Timeout: askTime}, //nolint:gosec // chance, not secrets
		kinds: map[string]kind{}, flows: map[string]string{}, unknowns: map[string]string{}}
}

const askTime = 20 * time.Second

// errCut: the process was killed before it answered.
var errCut = errors.New("cut off")

// answer is what came back.
type answer struct {
	status     int
	retryAfter time.Duration
	data       json.RawMessage
	next       string // where a list goes on
	text       string
}

// ask sends a request once: errCut where the process dies.
func (p *person) ask(ctx context.Context, method, path string, body any, key string) (answer, error) {
	var sent io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.h.child.URL()+path, sent)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return answer{}, errors.Join(errCut, ctx.Err())
	}
	raw, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // what was read is judged
	if err != nil {
		return answer{}, errors.Join(errCut, ctx.Err())
	}
	a := answer{status: res.StatusCode, text: string(raw)}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		a.retryAfter = time.Duration(n) * time.Second
	}
	var envelope struct {
		Data json.RawMessage
		Meta struct{ NextCursor string }
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return a, fmt.Errorf("%s %s: %d %s: %w", method, path, a.status, raw, err)
	}
	a.data, a.next = envelope.Data, envelope.Meta.NextCursor
	if a.status >= http.StatusInternalServerError {
		p.faults = append(p.faults, fmt.Sprintf("%s %s: %d %s", method, path, a.status, raw))
	}
	return a, nil
}

// must asks while no process is killed, and reads the answer, which must be a success.
func (p *person) must(ctx context.Context, method, path string, body, into any) (next string, err error) {
	a, err := p.ask(ctx, method, path, body, "")
	switch {
	case err != nil:
		return "", fmt.Errorf("%s %s: %w", method, path, err)
	case a.status >= http.StatusBadRequest:
		return "", fmt.Errorf("%s %s: %d %s", method, path, a.status, a.text)
	}
	return a.next, json.Unmarshal(a.data, into)
}

// moveIn makes an account, connects the peer and saves the workflows.
func (p *person) moveIn(ctx context.Context) error {
	var session struct{ Token string }
	if _, err := p.must(ctx, "POST", "/api/auth/register", obj{"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}, &session); err != nil {
		return err
	}
	p.token = session.Token
	var con struct{ ID string }
	at := p.h.peer.url
	if _, err := p.must(ctx, "POST", "/api/apis", obj{"name": "Effects", "specUrl": at + "/openapi.json", "baseUrl": at, "authType": "NONE"}, &con); err != nil {
		return err
	}
	find := func(kind string) string { return p.flows[kind] }
	for i := range kinds(con.ID, find) {
		k := kinds(con.ID, find)[i] // it may name a workflow that is saved by now
		var flow struct{ ID string }
		if _, err := p.must(ctx, "POST", "/api/workflows", obj{"definition": k.document(), "status": "ACTIVE"}, &flow); err != nil {
			return err
		}
		p.kinds[k.name], p.flows[k.name] = k, flow.ID
		if !k.told {
			continue
		}
		var trigger struct{ ID string }
		if _, err := p.must(ctx, "POST", "/api/workflows/"+flow.ID+"/triggers", obj{"type": "event", "event": eventName}, &trigger); err != nil {
			return err
		}
	}
	return nil
}

// eventName is what starts the runs that are told.
const eventName = "chaos.told"

const (
	// inFlight is how many runs a person has under way.
	inFlight = 16
	// lookEvery is how long they rest between two looks.
	lookEvery = 2 * time.Millisecond
	// patience is how long they wait, when no more kills come, for some run to end.
	patience = 3 * time.Minute
)

// work keeps runs under way until more says that there are to be no new ones, then
// sees to it that they end.
func (p *person) work(ctx context.Context, more func() bool) error {
	last := time.Now()
	for {
		if err := p.h.awake(ctx); err != nil {
			return err
		}
		open := 0
		for _, r := range p.runs {
			if !r.ended {
				open++
			}
		}
		if more() {
			last = time.Now()
			for ; open < inFlight; open++ {
				p.add()
			}
		}
		if open == 0 {
			return nil
		}
		if time.Since(last) > patience {
			return nil // the judge finds what has not ended
		}
		for _, r := range p.runs {
			if r.ended {
				continue
			}
			err := p.look(ctx, r)
			if errors.Is(err, errCut) && ctx.Err() == nil {
				after(ctx, lookEvery, nil)
				break
			}
			if err != nil {
				return err
			}
			if r.ended {
				last = time.Now()
			}
			after(ctx, lookEvery, nil)
		}
	}
}

// add notes a run to be started, of any kind.
func (p *person) add() {
	all := kinds("", func(string) string { return "" })
	k := all[1+p.rng.IntN(len(all)-1)] // the first is started by others
	p.runs = append(p.runs, &run{kind: p.kinds[k.name], tag: fmt.Sprintf("h%d-%d-%s", p.h.number, len(p.runs), k.name)})
}

// look does for a run what there is to do at the moment.
func (p *person) look(ctx context.Context, r *run) error {
	switch {
	case r.id != "":
	case time.Now().Before(r.next):
		return nil
	case r.kind.told:
		return p.tellEvent(ctx, r)
	default:
		return p.start(ctx, r)
	}
	var d execution.Detail
	a, err := p.ask(ctx, "GET", "/api/executions/"+r.id, nil, "")
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		p.faults = append(p.faults, fmt.Sprintf("%s is not there: %d %s", r.tag, a.status, a.text))
		r.ended = true
		return nil
	}
	if err := json.Unmarshal(a.data, &d); err != nil {
		return err
	}
	if d.Status == execution.Failed && d.Error != nil && d.Error.Name == givenUp {
		r.retried = true
		_, err := p.ask(ctx, "POST", "/api/executions/"+r.id+"/retry", nil, "")
		return err
	}
	if r.ended = d.Status.Ended(); r.ended {
		return nil
	}
	if r.kind.cancel && p.rng.IntN(cancelOneIn) == 0 {
		p.near(atDecision)
		_, err := p.ask(ctx, "POST", "/api/executions/"+r.id+"/cancel", nil, "")
		return err
	}
	return p.decide(ctx, r.kind, r.tag, d)
}

const (
	// givenUp is how a run fails of which a person has said that a request failed.
	givenUp = "Outcome.Unknown"
	// giveUpOneIn and cancelOneIn are how often a person does so, or cancels what is to
	// be cancelled, when they look at it.
	giveUpOneIn, cancelOneIn = 4, 20
)

// tellEvent tells an event, as often as it takes until somebody has heard it, and then
// looks for the run that it has started.
func (p *person) tellEvent(ctx context.Context, r *run) error {
	p.near(atStart)
	a, err := p.ask(ctx, "POST", "/api/events", obj{"name": eventName, "id": r.tag, "data": obj{"tag": r.tag}}, "")
	if err != nil {
		return err
	}
	if a.status != http.StatusAccepted {
		p.faults = append(p.faults, fmt.Sprintf("event of %s: %d %s", r.tag, a.status, a.text))
	}
	r.next = time.Now().Add(lookEvery)
	if a, err = p.ask(ctx, "GET", "/api/executions?limit=100&workflowId="+p.flows[r.kind.name], nil, ""); err != nil {
		return err
	}
	var runs []execution.Execution
	if err := json.Unmarshal(a.data, &runs); err != nil {
		return err
	}
	for _, e := range runs {
		var input struct{ Tag string }
		if json.Unmarshal(e.Input, &input) == nil && input.Tag == r.tag {
			r.id = e.ID
		}
	}
	return nil
}

// start starts a run under a key: however often it is asked for, it is one run.
func (p *person) start(ctx context.Context, r *run) error {
	p.near(atStart)
	a, err := p.ask(ctx, "POST", "/api/workflows/"+p.flows[r.kind.name]+"/execute", obj{"input": obj{"tag": r.tag}}, "start "+r.tag)
	if err != nil {
		return err
	}
	var started struct{ ExecutionID string }
	switch a.status {
	case http.StatusAccepted:
		if err := json.Unmarshal(a.data, &started); err != nil {
			return err
		}
		r.id = started.ExecutionID
	case http.StatusConflict, http.StatusTooManyRequests:
		r.next = time.Now().Add(a.retryAfter)
	default:
		p.faults = append(p.faults, fmt.Sprintf("start of %s: %d %s", r.tag, a.status, a.text))
		r.ended = true
	}
	return nil
}

// near springs the trap that is set for something a person does.
func (p *person) near(at point) {
	if t := p.h.traps.step(at); t != nil {
		close(t.sprung)
	}
}

// decide answers the steps of a run, and of the run nested in it, that wait for a person.
func (p *person) decide(ctx context.Context, k kind, tag string, d execution.Detail) error {
	for _, st := range d.Steps {
		switch {
		case st.Status == execution.StepUnknown:
			if err := p.resolve(ctx, k, tag, d.ID, st); err != nil {
				return err
			}
		case st.Type == "approval" && st.Status == execution.StepWaiting:
			if err := p.tell(ctx, d.ID, st.Path, obj{"decision": k.ask}); err != nil {
				return err
			}
		case st.Type == "workflow" && st.Status == execution.StepWaiting && st.ExecutionID != "":
			a, err := p.ask(ctx, "GET", "/api/executions/"+st.ExecutionID, nil, "")
			if err != nil {
				return err
			}
			var nested execution.Detail
			if err := json.Unmarshal(a.data, &nested); err != nil {
				return err
			}
			if err := p.decide(ctx, p.kinds[k.nested], tag+".in", nested); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolve says of a request whose outcome is unknown what the peer has counted.
func (p *person) resolve(ctx context.Context, k kind, tag, id string, st execution.Step) error {
	for _, c := range k.calls {
		if c.path != st.Path {
			continue
		}
		name := tag + "." + c.name
		if c.class != effect.Unsafe {
			p.faults = append(p.faults, fmt.Sprintf("%s is %s, and shown as unknown", name, c.class))
		}
		decision := obj{"decision": execution.Retry}
		if p.h.peer.took(name) {
			decision = obj{"decision": execution.Done, "output": obj{"name": name}}
		}
		p.unknowns[fmt.Sprintf("%s %d", name, st.Attempt)] = fmt.Sprint(decision["decision"])
		// What is handled, waits for others or is waited for by them ends in another way.
		if k.name != inner && k.name != queued && k.name != caught && !k.cancel && p.rng.IntN(giveUpOneIn) == 0 {
			decision = obj{"decision": execution.Fail}
		}
		return p.tell(ctx, id, st.Path, decision)
	}
	p.faults = append(p.faults, fmt.Sprintf("%s: step %s is shown as unknown, and calls nobody", tag, st.Path))
	return nil
}

// tell sends a decision. A refusal is none of the run's: what it looks like is looked
// at again.
func (p *person) tell(ctx context.Context, id, path string, decision obj) error {
	p.near(atDecision)
	_, err := p.ask(ctx, "POST", "/api/executions/"+id+"/steps/"+url.PathEscape(path)+"/resolve", decision, "")
	return err
}
