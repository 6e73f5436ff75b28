package rehearse_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/rehearse"
)

func step(t *testing.T, r rehearse.Report, id string) rehearse.Step {
	t.Helper()
	i := slices.IndexFunc(r.Steps, func(s rehearse.Step) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("no step %s in %+v", id, r.Steps)
	}
	return r.Steps[i]
}

// TestReport: what each step sends where, and what it does.
func TestReport(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	r := k.rehearse(mainFlow, rehearse.Request{Faults: []rehearse.Fault{}})
	if r.Run.Status != rehearse.Completed || r.Run.Calls != 3 || len(r.Problems) > 0 || len(r.Scenarios) > 0 {
		t.Fatalf("%+v %v %d", r.Run, r.Problems, len(r.Scenarios))
	}
	if got := string(r.Samples["orderId"]); got != `"A-1"` {
		t.Errorf("sample %s", got)
	}
	order, ticket, mark := step(t, r, "order"), step(t, r, "ticket"), step(t, r, "mark")
	for _, c := range []struct {
		got  rehearse.Step
		want string
	}{
		{order, "GET /orders/{orderId} read reads orders 1"},
		{ticket, "POST /tickets write creates tickets 1"},
		{mark, "PUT /orders/{orderId} write changes orders 1"},
	} {
		got := strings.Join([]string{c.got.Method, c.got.Path, string(c.got.Effect), c.got.Change.Verb, c.got.Change.What}, " ") + " " + string(rune('0'+c.got.Calls))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.got.ID, got, c.want)
		}
	}
	// The title went through a transform: its data is still the order's.
	want := []rehearse.Source{{Kind: "step", Ref: "order.customer", Host: order.Host}}
	title := ticket.Fields[slices.IndexFunc(ticket.Fields, func(f rehearse.Field) bool { return f.Name == "title" })]
	if !slices.Equal(title.From, want) || !title.Sent || title.In != "body" {
		t.Errorf("title: %+v", title)
	}
	if got := mark.Fields[1]; got.Name != "note" || got.From[0].Kind != "literal" {
		t.Errorf("note: %+v", got)
	}
	if r.Totals.Reads != 1 || r.Totals.Writes != 2 || r.Totals.Irreversible != 0 || len(r.Totals.ByConnection) != 2 {
		t.Errorf("%+v", r.Totals)
	}
	if d := r.Totals.Duration; d.MinMs != 300 || d.MaxMs != 6000 {
		t.Errorf("%+v", d)
	}
	// Six states, standard: 6 × $0.000025, and three invocations.
	if c := r.Totals.Cost; c.Transitions != 6 || c.Engine != "standard" || c.AWS < 0.00015 || c.AWS > 0.00016 || c.OneMachine != 0 {
		t.Errorf("%+v", c)
	}
}

// TestBrief: a run of few reads is an express one, which costs a tenth.
func TestBrief(t *testing.T) {
	t.Parallel()
	r := newKit(t, nil).rehearse(`{"apiq":"1","name":"x","steps":[{"id":"all","type":"api_call","connection":"con_shop","operation":"listOrders"}]}`,
		rehearse.Request{Faults: []rehearse.Fault{}})
	if c := r.Totals.Cost; c.Engine != "express" || c.AWS <= 0.000001 || c.AWS > 0.00001 {
		t.Errorf("%+v", c)
	}
	if c := r.Totals.Cost; c.AWS < 0.0000019 { // 0.0000013 without it
		t.Errorf("the memory of task-call is not in %+v", c)
	}
}

// TestEgress: the map names sources, hosts and kinds of credentials.
func TestEgress(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	r := k.rehearse(mainFlow, rehearse.Request{Faults: []rehearse.Fault{}})
	if len(r.Egress) != 1 { // both connections are at the guard's address
		t.Fatalf("%+v", r.Egress)
	}
	d := r.Egress[0]
	if d.Credential != "an API key, in the header X-Shop-Key" || !slices.Equal(d.Connections, []string{"con_shop", "con_desk"}) {
		t.Errorf("%+v", d)
	}
	i := slices.IndexFunc(d.Data, func(x rehearse.Datum) bool { return x.Ref == "order.customer" })
	if i < 0 || !slices.Equal(d.Data[i].Fields, []string{"ticket: body title", "ticket: body who"}) {
		t.Errorf("%+v", d.Data)
	}
	raw, err := json.Marshal(r)
	if err != nil || strings.Contains(string(raw), "no-credential") {
		t.Errorf("the stand-in of a credential is in the report: %v", err)
	}
}

// TestScenarios: how each fault ends.
func TestScenarios(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	const paid = `{"apiq":"1","name":"Pay","steps":[
 {"id":"pay","type":"api_call","connection":"con_desk","operation":"pay","body":{"amount":5}},
 {"id":"ticket","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"paid","who":"{% $pay.id %}"}}]}`
	const undone = `{"apiq":"1","name":"Undo","onFailure":"undo","steps":[
 {"id":"ticket","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"t","who":"w"},"undo":{"operation":"deleteTicket","parameters":{"ticketId":"{% $response.body.id %}"}}},
 {"id":"all","type":"api_call","connection":"con_shop","operation":"listOrders"}]}`
	for name, c := range map[string]struct {
		flow, step     string
		fault          rehearse.Fault
		status, at     string
		error          string
		acted          []string
		done, lost     []string
		repeat         string
		calls, unnoted int
	}{
		"a read is refused": {mainFlow, "order", rehearse.Unauthorized, rehearse.Failed, "order", "Http.401",
			[]string{"No rule repeats it after Http.401."}, nil, nil, "safe", 1, 0},
		"a busy API is waited for": {mainFlow, "order", rehearse.RateLimited, rehearse.Completed, "", "",
			[]string{"repeated once"}, []string{"ticket creates 1", "mark changes 1"}, nil, "", 4, 0},
		"a read times out": {mainFlow, "order", rehearse.TimedOut, rehearse.Failed, "order", "Http.Timeout",
			[]string{"retry rule tried it again 3 times"}, nil, nil, "safe", 4, 0},
		"a field is missing, and nobody notices": {mainFlow, "order", rehearse.FieldMissing, rehearse.Completed, "", "",
			nil, []string{"ticket creates 1", "mark changes 1"}, []string{"ticket: body who"}, "", 3, 0},
		"a field has another type, and the next API notices": {mainFlow, "order", rehearse.FieldType, rehearse.Failed, "ticket", "Http.400",
			nil, nil, nil, "safe", 2, 0},
		"an unsafe write times out": {mainFlow, "ticket", rehearse.TimedOut, rehearse.Waiting, "ticket", "Outcome.Unknown",
			[]string{"A person is asked"}, []string{"ticket creates 1"}, nil, "unknown", 2, 1},
		"an unsafe write meets a busy API": {mainFlow, "ticket", rehearse.RateLimited, rehearse.Completed, "", "",
			[]string{"repeated once"}, []string{"ticket creates 1", "mark changes 1"}, nil, "", 4, 0},
		"what the output names is missing": {mainFlow, "ticket", rehearse.FieldMissing, rehearse.Completed, "", "",
			nil, []string{"ticket creates 1", "mark changes 1"}, []string{"output: ticket"}, "", 3, 0},
		"onError goes on": {mainFlow, "mark", rehearse.Unauthorized, rehearse.Completed, "", "",
			[]string{"onError of mark"}, []string{"ticket creates 1"}, nil, "", 3, 0},
		"an idempotent write times out": {mainFlow, "mark", rehearse.TimedOut, rehearse.Completed, "", "",
			[]string{"3 times", "onError of mark"}, []string{"ticket creates 1", "mark changes 1"}, nil, "", 6, 1},
		"a payment with a key is made once": {paid, "pay", rehearse.TimedOut, rehearse.Failed, "pay", "Http.Timeout",
			[]string{"3 times"}, []string{"pay creates 1"}, nil, "duplicates", 4, 1},
		"a payment stands when the next step fails": {paid, "ticket", rehearse.Unauthorized, rehearse.Failed, "ticket", "Http.401",
			nil, []string{"pay creates 1"}, nil, "duplicates", 2, 0},
		"what a failed run did is undone": {undone, "all", rehearse.Unauthorized, rehearse.Failed, "all", "Http.401",
			[]string{"onFailure: ticket was undone."}, []string{"ticket creates 1"}, nil, "duplicates", 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := k.rehearse(c.flow, rehearse.Request{Faults: []rehearse.Fault{c.fault}})
			i := slices.IndexFunc(r.Scenarios, func(s rehearse.Scenario) bool { return s.Step == c.step })
			if i < 0 {
				t.Fatalf("no scenario of %s: %+v", c.step, r.Scenarios)
			}
			s := r.Scenarios[i]
			if s.Status != c.status || s.At != c.at || s.Error != c.error || s.Repeat != c.repeat || s.Calls != c.calls {
				t.Errorf("ended %s at %q with %q, repeat %q, %d calls", s.Status, s.At, s.Error, s.Repeat, s.Calls)
			}
			for _, want := range c.acted {
				if !strings.Contains(strings.Join(s.Acted, "\n"), want) {
					t.Errorf("acted %q, want %q", s.Acted, want)
				}
			}
			var done []string
			unnoted := 0
			for _, d := range s.Done {
				done = append(done, d.Step+" "+d.Verb+" "+string(rune('0'+d.Times)))
				if d.Unnoticed {
					unnoted++
				}
			}
			if !slices.Equal(done, c.done) || unnoted != c.unnoted {
				t.Errorf("done %q, %d unnoticed", done, unnoted)
			}
			if !slices.Equal(s.Lost, slices.Concat([]string{}, c.lost)) {
				t.Errorf("lost %q", s.Lost)
			}
			// Only an answer that differs makes later requests differ.
			var altered []string
			switch name {
			case "a field is missing, and nobody notices":
				altered = []string{"ticket: body title"}
			case "a field has another type, and the next API notices":
				altered = []string{"ticket: body title", "ticket: body who"}
			}
			if !slices.Equal(s.Altered, slices.Concat([]string{}, altered)) {
				t.Errorf("altered %q", s.Altered)
			}
		})
	}
}

// TestKinds: every type of step is played.
func TestKinds(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	nested := k.save(`{"apiq":"1","name":"Inner","input":{"type":"object","properties":{"who":{"type":"string"}}},"steps":[
 {"id":"note","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"inner","who":"{% $input.who %}"}}],"output":"{% $note.title %}"}`)
	r := k.rehearse(`{"apiq":"1","name":"All","steps":[
 {"id":"all","type":"api_call","connection":"con_shop","operation":"listOrders"},
 {"id":"rest","type":"wait","seconds":90},
 {"id":"ask","type":"approval","message":"Go on?"},
 {"id":"each","type":"loop","over":"{% $all %}","as":"order","do":[
   {"id":"ticket","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"{% $order.customer %}"}}]},
 {"id":"both","type":"parallel","branches":{
   "a":[{"id":"one","type":"api_call","connection":"con_shop","operation":"getOrder","parameters":{"orderId":"1"}}],
   "b":[{"id":"two","type":"api_call","connection":"con_shop","operation":"getOrder","parameters":{"orderId":"2"}}]}},
 {"id":"which","type":"condition","if":"{% false %}","then":[
   {"id":"never","type":"api_call","connection":"con_desk","operation":"deleteTicket","parameters":{"ticketId":1}}],"else":[]},
 {"id":"sub","type":"workflow","workflow":"`+nested+`","input":{"who":"{% $both.a.customer %}"}}]}`, rehearse.Request{Faults: []rehearse.Fault{rehearse.Unauthorized}})
	if r.Run.Status != rehearse.Completed {
		t.Fatalf("%+v %+v", r.Run, r.Problems)
	}
	for id, calls := range map[string]int{"all": 1, "ticket": 3, "one": 1, "two": 1, "never": 0, "sub/note": 1} {
		if got := step(t, r, id); got.Calls != calls {
			t.Errorf("%s: %d calls, want %d", id, got.Calls, calls)
		}
	}
	if got := step(t, r, "ticket").Fields[0].From; len(got) != 1 || got[0].Ref != "all.customer" {
		t.Errorf("an item's field comes from %+v", got)
	}
	who := step(t, r, "sub/note").Fields
	if got := who[len(who)-1].From; len(got) != 1 || got[0].Ref != "one.customer" {
		t.Errorf("a nested input comes from %+v", got)
	}
	if step(t, r, "never").Effect != "irreversible" || step(t, r, "never").Change.Verb != "deletes" {
		t.Errorf("%+v", step(t, r, "never"))
	}
	assumed := strings.Join(r.Assumed, "\n")
	if !strings.Contains(assumed, "Step rest waits 1m30s") || !strings.Contains(assumed, "Step ask asks a person") {
		t.Errorf("assumed %q", r.Assumed)
	}
	// One after the other 90 s and seven calls; the two branches go side by side.
	if d := r.Totals.Duration; d.MinMs != 90_000+6*100 || d.MaxMs != 90_000+7*2000 {
		t.Errorf("%+v", d)
	}
	if slices.ContainsFunc(r.Scenarios, func(s rehearse.Scenario) bool { return s.Step == "never" }) {
		t.Error("a fault was played in a step that no run gets to")
	}
	if i := slices.IndexFunc(r.Scenarios, func(s rehearse.Scenario) bool { return s.Step == "sub/note" }); i < 0 || r.Scenarios[i].Status != rehearse.Failed || r.Scenarios[i].At != "sub/note" {
		t.Errorf("a fault inside a nested workflow: %+v", r.Scenarios)
	}
	if !slices.ContainsFunc(r.Problems, func(p rehearse.Problem) bool { return p.Step == "never" }) {
		t.Errorf("problems %+v", r.Problems)
	}
}

// TestNoSurprise: an answer without fields lacks none, and one that nobody reads is
// told as such.
func TestNoSurprise(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	r := k.rehearse(`{"apiq":"1","name":"x","steps":[
 {"id":"gone","type":"api_call","connection":"con_desk","operation":"deleteTicket","parameters":{"ticketId":1}},
 {"id":"made","type":"api_call","connection":"con_desk","operation":"createTicket","body":{"title":"x"}}]}`,
		rehearse.Request{Faults: []rehearse.Fault{rehearse.FieldMissing, rehearse.FieldType}})
	if len(r.Scenarios) != 2 {
		t.Fatalf("%+v", r.Scenarios)
	}
	for _, s := range r.Scenarios {
		if s.Step != "made" || s.Status != rehearse.Completed || !slices.Equal(s.Acted, []string{"No expression of the plan reads that field."}) {
			t.Errorf("%+v", s)
		}
	}
}

// TestRefused: what cannot be rehearsed, and what is wrong with the request.
func TestRefused(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	good := k.save(mainFlow)
	for name, c := range map[string]struct {
		id   string
		in   rehearse.Request
		want apierr.Code
	}{
		"no workflow":   {"wfl_0190aaaa-0000-7000-8000-000000000000", rehearse.Request{}, apierr.NotFound},
		"no version":    {good, rehearse.Request{Version: 9}, apierr.NotFound},
		"wrong input":   {good, rehearse.Request{Input: json.RawMessage(`{"orderId":5}`)}, apierr.ValidationFailed},
		"no object":     {good, rehearse.Request{Input: json.RawMessage(`[]`)}, apierr.ValidationFailed},
		"unknown fault": {good, rehearse.Request{Faults: []rehearse.Fault{"flood"}}, apierr.ValidationFailed},
		"does not fit": {k.save(`{"apiq":"1","name":"x","steps":[{"id":"a","type":"api_call","connection":"con_shop","operation":"none"}]}`),
			rehearse.Request{}, apierr.WorkflowInvalid},
	} {
		if _, err := k.service.Rehearse(k.ctx, c.id, c.in); apierr.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestBounds: a run that calls too often is stopped, and faults without time are told.
func TestBounds(t *testing.T) {
	t.Parallel()
	k := newKit(t, &rehearse.Options{Calls: 2, Time: time.Minute})
	r := k.rehearse(mainFlow, rehearse.Request{Faults: []rehearse.Fault{}})
	if r.Run.Status != rehearse.Stopped || r.Run.Calls != 2 || len(r.Problems) == 0 {
		t.Errorf("%+v %+v", r.Run, r.Problems)
	}
	k = newKit(t, &rehearse.Options{Steps: 1, Time: time.Minute})
	r = k.rehearse(mainFlow, rehearse.Request{Faults: []rehearse.Fault{rehearse.Unauthorized}})
	if !r.Truncated || len(r.Scenarios) != 1 {
		t.Errorf("%v, %d scenarios", r.Truncated, len(r.Scenarios))
	}
	k = newKit(t, &rehearse.Options{Time: time.Nanosecond})
	r = k.rehearse(mainFlow, rehearse.Request{})
	if r.Run.Status != rehearse.Stopped || !strings.Contains(r.Run.Cause, "time") {
		t.Errorf("%+v", r.Run)
	}
}

// TestTrail: a rehearsal leaves one record, and the same one gives the same report.
func TestTrail(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	id := k.save(mainFlow)
	var reports []string
	for range 2 {
		r, err := k.service.Rehearse(k.ctx, id, rehearse.Request{})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, string(raw))
	}
	if reports[0] != reports[1] {
		t.Errorf("two rehearsals differ:\n%s\n%s", reports[0], reports[1])
	}
	page, err := k.trail.List(k.ctx, audit.Filter{}, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, r := range page.Records {
		actions = append(actions, r.Action)
	}
	if !slices.Equal(actions, []string{"workflow.rehearse", "workflow.rehearse", "workflow.create"}) {
		t.Errorf("the trail has %v", actions)
	}
}
