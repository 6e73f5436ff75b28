package rehearse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/rehearse"
)

// past are runs as they were recorded: execution.Service and call.Ledger in one.
type past struct {
	runs  map[string]execution.Detail
	calls map[string][]call.Step
	whole map[string]string // bodies, by the name of their object
}

func (p past) Get(_ context.Context, id string) (execution.Detail, error) {
	d, ok := p.runs[id]
	if !ok {
		return d, apierr.New(apierr.NotFound, "There is no such run.")
	}
	return d, nil
}

func (p past) Attempts(_ context.Context, run string) ([]call.Step, error) { return p.calls[run], nil }

func (p past) Body(_ context.Context, m *call.Message) ([]byte, bool, error) {
	if m.Blob != "" {
		return []byte(p.whole[m.Blob]), true, nil
	}
	return m.Body, !m.Cut, nil
}

// record adds calls to the one run, which went through their steps.
func (p past) record(calls ...call.Step) {
	d := p.runs["exe_1"]
	for _, c := range calls {
		d.Steps = append(d.Steps, execution.Step{ID: c.ID, Path: c.Path, Type: "api_call"})
	}
	p.runs["exe_1"], p.calls["exe_1"] = d, append(p.calls["exe_1"], calls...)
}

// recorded is a workflow with one run of it.
func (k *kit) recorded(document, input, output string) past {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return past{calls: map[string][]call.Step{}, whole: map[string]string{}, runs: map[string]execution.Detail{"exe_1": {Execution: execution.Execution{
		ID: "exe_1", WorkflowID: k.save(document), Version: 1, Status: execution.Completed, Input: json.RawMessage(input), Output: json.RawMessage(output), StartedAt: at}}}}
}

func (k *kit) compare(p past) rehearse.Comparison {
	k.t.Helper()
	got, err := rehearse.NewComparer(k.service, p, p).Compare(k.ctx, "exe_1", 0)
	if err != nil {
		k.t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
	}
	return got
}

// TestCompareOutput: each place that differs is named once, as deep as it lies.
func TestCompareOutput(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	large := `"(70000 bytes, too large to show here)"`
	for _, c := range []struct{ was, is, want string }{
		{`{"a":1,"b":[1,{"c":"x"}]}`, `{"b":[1,{"c":"x"}],"a":1}`, ""},
		{`{"a":1}`, `{"a":"1"}`, `/a 1→"1"`},
		{`{"a":{"b":1,"gone":true}}`, `{"a":{"b":2,"new":null}}`, `/a/b 1→2, /a/gone true→, /a/new →null`},
		{`[1,2,3]`, `[1,4]`, `/1 2→4, /2 3→`},
		{`{"a/b":{"~":1}}`, `{"a/b":{"~":2}}`, `/a~1b/~0 1→2`},
		{`{"a":[1]}`, `{"a":{"0":1}}`, `/a [1]→{"0":1}`},
		{`7`, `8`, ` 7→8`},
		{`"` + strings.Repeat("x", 2000) + `"`, `"y"`, ` "(2002 bytes)"→"y"`},
		{large, `1`, "unknown"},
	} {
		got := k.compare(k.recorded(`{"apiq":"1","name":"W","steps":[{"id":"s","type":"transform","value":"{% $input.v %}"}],"output":"{% $s %}"}`, `{"v":`+c.is+`}`, c.was))
		var said []string
		for _, d := range got.Output {
			said = append(said, fmt.Sprintf("%s %s→%s", d.At, d.Was, d.Is))
		}
		if got.OutputUnknown {
			said = append(said, "unknown")
		}
		if strings.Join(said, ", ") != c.want || got.Same != (c.want == "") {
			t.Errorf("%s, now %s: %q, same %v", c.was, c.is, said, got.Same)
		}
	}
}

func request(method, url, body string) *call.Message {
	return &call.Message{Method: method, URL: url, Body: json.RawMessage(body), Bytes: len(body)}
}

func answered(status int, body string) *call.Message {
	return &call.Message{Status: status, Body: json.RawMessage(body), Headers: map[string]string{"content-type": "application/json", "content-length": "9999", "content-encoding": "gzip"}}
}

// TestCompareAnswers: a call gets what it got then, whatever that was, and what a
// person said of it.
func TestCompareAnswers(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	const flow = `{"apiq":"1","name":"W","steps":[{"id":"ticket","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"t"}}],"output":"{% $ticket.id %}"}`
	lost := call.Attempt{N: 1, Effect: call.EffectMaybe, Error: &call.Failure{Name: call.ErrOutcomeUnknown}}
	unsent := call.Attempt{N: 1, Effect: call.EffectNone, Error: &call.Failure{Name: call.ErrHTTPNetwork}}
	cut := &call.Message{Status: 201, Body: json.RawMessage(`"{\"id\":"`), Cut: true, Blob: "whole", Headers: map[string]string{"content-type": "application/json"}}
	gone := &call.Message{Status: 201, Body: json.RawMessage(`"{\"id\":"`), Cut: true}
	for name, c := range map[string]struct {
		attempts   []call.Attempt
		resolution string
		value      string
		want       string
	}{
		"an answer":                  {attempts: []call.Attempt{{N: 1, Response: answered(201, `{"id":7,"title":"t"}`)}}, want: "COMPLETED  7 recorded"},
		"the last of several":        {attempts: []call.Attempt{{N: 1, Response: answered(503, `{}`)}, {N: 2, Response: answered(201, `{"id":8}`)}}, want: "COMPLETED  8 recorded"},
		"a refusal":                  {attempts: []call.Attempt{{N: 1, Response: answered(422, `{}`)}}, want: "FAILED Http.422  recorded"},
		"none":                       {attempts: []call.Attempt{lost}, want: "WAITING Outcome.Unknown  recorded"},
		"none, and it happened":      {attempts: []call.Attempt{lost}, resolution: "done", value: `{"id":9}`, want: "COMPLETED  9 recorded"},
		"none, and it was given up":  {attempts: []call.Attempt{lost}, resolution: "fail", want: "FAILED Outcome.Unknown  recorded"},
		"one that never left":        {attempts: []call.Attempt{unsent}, want: "FAILED Http.Network  recorded"},
		"a large one":                {attempts: []call.Attempt{{N: 1, Response: cut}}, want: "COMPLETED  10 recorded"},
		"one that is not kept whole": {attempts: []call.Attempt{{N: 1, Response: gone}}, want: "COMPLETED  4 twin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := k.recorded(flow, `{}`, `null`)
			p.whole["whole"] = `{"id":10}`
			step := call.Step{ID: "ticket", Path: "ticket", Connection: "con_desk", Operation: "createTicket", Attempts: c.attempts, Value: json.RawMessage(c.value)}
			if c.resolution != "" {
				step.Resolution = &call.Resolution{Decision: c.resolution}
			}
			p.record(step)
			got := k.compare(p)
			is := ""
			if len(got.Output) > 0 {
				is = string(got.Output[0].Is)
			}
			if said := fmt.Sprintf("%s %s %s %s", got.Is.Status, got.Is.Error, is, got.Steps[0].Answer); said != c.want {
				t.Errorf("%s, want %s\n%+v", said, c.want, got)
			}
		})
	}
}

// TestCompareLoop: each turn has the answers of its own, and a request that another
// made then has that one's.
func TestCompareLoop(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	p := k.recorded(`{"apiq":"1","name":"W","steps":[{"id":"each","type":"loop","over":"{% $input.ids %}","as":"it","do":[
		{"id":"get","type":"api_call","connection":"con_shop","operation":"getOrder","parameters":{"orderId":"{% $it %}"}}],"collect":"{% $get.customer %}"}],"output":"{% $each %}"}`,
		`{"ids":["a","b","c"]}`, `["A","B"]`)
	const at = "/con_shop/orders/"
	base := ""
	for i, id := range []string{"b", "a"} { // the other way round
		body := fmt.Sprintf(`{"id":%q,"customer":%q,"total":1}`, id, strings.ToUpper(id))
		p.record(call.Step{ID: "get", Path: fmt.Sprintf("each[%d]/get", i), Connection: "con_shop", Operation: "getOrder",
			Attempts: []call.Attempt{{N: 1, Request: request("GET", base+at+id, ""), Response: answered(200, body)}}})
	}
	got := k.compare(p)
	if got.Is.Status != rehearse.Completed || len(got.Steps) != 3 {
		t.Fatalf("%+v", got)
	}
	var said []string
	for _, s := range got.Steps {
		said = append(said, s.Path+" "+s.Request+" "+s.Answer)
	}
	want := []string{"each[0]/get changed recorded", "each[1]/get changed recorded", "each[2]/get added twin"}
	if !slices.Equal(said, want) || len(got.Steps[0].Changes) == 0 || got.Steps[0].Changes[len(got.Steps[0].Changes)-1].At != "/url" {
		t.Errorf("%q %+v", said, got.Steps)
	}
}

// TestCompareRefusals: what cannot be compared is told as such.
func TestCompareRefusals(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	p := k.recorded(mainFlow, `{"orderId":7}`, `{}`)
	c := rehearse.NewComparer(k.service, p, p)
	check := func(run string, version int64, want apierr.Code) {
		t.Helper()
		if _, err := c.Compare(k.ctx, run, version); apierr.CodeOf(err) != want {
			t.Errorf("%s, version %d: %v", run, version, err)
		}
	}
	check("exe_2", 0, apierr.NotFound)
	check("exe_1", 9, apierr.NotFound)
	check("exe_1", 0, apierr.ValidationFailed) // its input does not fit
	d := p.runs["exe_1"]
	d.Status = execution.Running
	p.runs["exe_1"] = d
	check("exe_1", 0, apierr.Conflict)
}
