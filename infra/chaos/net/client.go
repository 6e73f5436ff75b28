package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// obj is a JSON object.
type obj = map[string]any

// client is somebody signed in, with a workspace of their own.
type client struct {
	base, token string
	http        *http.Client
}

// refusal is an answer that is not a success.
type refusal struct {
	status int
	Code   string
	Detail string
	after  time.Duration // when to ask again
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.Code, r.Detail) }

// signUp makes an account at a home.
func signUp(ctx context.Context, base string) (*client, error) {
	c := &client{base: base, http: &http.Client{Timeout: time.Minute}}
	var session struct{ Token string }
	err := c.ask(ctx, "POST", "/api/auth/register", obj{"email": "chaos@example.com", "name": "Chaos", "password": "correct horse battery"}, &session)
	c.token = session.Token
	return c, err
}

// ask makes one request and reads the answer's data into out, where that is wanted.
// It waits as it is told, for what is busy or comes too often.
func (c *client) ask(ctx context.Context, method, path string, in, out any) error {
	for {
		err := c.once(ctx, method, path, in, out)
		var no *refusal
		if !errors.As(err, &no) || no.after == 0 {
			return err
		}
		if err := wait(ctx, no.after); err != nil {
			return err
		}
	}
}

func (c *client) once(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer := struct {
		refusal
		Data json.RawMessage
	}{refusal: refusal{status: res.StatusCode}}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s %s: %d: %w", method, path, res.StatusCode, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // most have none
		answer.after = time.Duration(seconds) * time.Second
		return fmt.Errorf("%s %s: %w", method, path, &answer.refusal)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, out)
}

// connect makes a connection to the server at base, by the document at spec.
func (c *client) connect(ctx context.Context, name, spec, base string) (id string, _ error) {
	var con struct{ ID string }
	err := c.ask(ctx, "POST", "/api/apis", obj{"name": name, "specUrl": spec, "baseUrl": base, "authType": "NONE"}, &con)
	return con.ID, err
}

// save makes a workflow.
func (c *client) save(ctx context.Context, name string, steps ...any) (id string, _ error) {
	var flow struct{ ID string }
	err := c.ask(ctx, "POST", "/api/workflows", obj{"definition": obj{"apiq": "1", "name": name, "steps": steps}}, &flow)
	return flow.ID, err
}

// start runs a workflow over a thing; pad makes what is sent longer.
func (c *client) start(ctx context.Context, flow, thing, pad string) (id string, _ error) {
	var run struct{ ExecutionID string }
	err := c.ask(ctx, "POST", "/api/workflows/"+flow+"/execute", obj{"input": obj{"name": thing, "pad": pad}}, &run)
	return run.ExecutionID, err
}

// failure is why a run or a step failed.
type failure struct{ Name, Cause string }

// run is a run as clients see it.
type run struct {
	ID, Status             string
	StartedAt, CompletedAt time.Time
	Error                  *failure
	Steps                  []step
}

type step struct {
	ID, Path, Type, Status, Message string
	Attempt                         int
	Error                           *failure
	Attempts                        []attempt
}

// attempt is one request of a step.
type attempt struct {
	StartedAt, EndedAt time.Time
	Status             string
	Error              *failure
	Response           struct{ Problems []json.RawMessage }
}

func (c *client) run(ctx context.Context, id string) (r run, _ error) {
	return r, c.ask(ctx, "GET", "/api/executions/"+id, nil, &r)
}

// settled polls the runs of a workflow until each has ended or waits for a person.
func (c *client) settled(ctx context.Context, flow string) error {
	for {
		under := 0
		for _, status := range []string{"PENDING", "RUNNING"} {
			var some []run
			if err := c.ask(ctx, "GET", "/api/executions?limit=100&status="+status+"&workflowId="+flow, nil, &some); err != nil {
				return err
			}
			under += len(some)
		}
		if under == 0 {
			return nil
		}
		if err := wait(ctx, pollEvery); err != nil {
			return fmt.Errorf("%d runs are neither ended nor waiting: %w", under, err)
		}
	}
}

const pollEvery = 200 * time.Millisecond

// decide answers a step whose outcome is unknown.
func (c *client) decide(ctx context.Context, run, path, decision string) error {
	return c.ask(ctx, "POST", "/api/executions/"+run+"/steps/"+url.PathEscape(path)+"/resolve", obj{"decision": decision}, nil)
}

// again lets a run that failed go on from the step that failed.
func (c *client) again(ctx context.Context, run string) error {
	return c.ask(ctx, "POST", "/api/executions/"+run+"/retry", nil, nil)
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
