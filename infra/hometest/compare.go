package hometest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// difference is one place at which a run would go otherwise.
type difference struct {
	At      string
	Was, Is json.RawMessage
}

// comparison is how a run would go by another version.
type comparison struct {
	Was, Is struct {
		Version             int64
		Status, Error, Code string
	}
	Same    bool
	Output  []difference
	Assumed []string
	Steps   []struct {
		Path, Request, Answer string
		Changes               []difference
		Masked                []string
	}
}

// calls are the calls of a comparison, each in a few words.
func (c comparison) calls() string {
	var out []string
	for _, s := range c.Steps {
		word := strings.TrimSpace(s.Path + " " + s.Request + " " + s.Answer)
		for _, d := range s.Changes {
			word += " " + d.At
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

// testCompare: a run is played by other versions, on the answers that it got, and
// nothing is sent.
func testCompare(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	look := func(id, item string) Obj { return CallStep(id, con, "getItem", "parameters", Obj{"id": item}) }
	buy := OrderStep("buy", con, "{% $look.name %}")
	ask := Obj{"id": "ask", "type": "approval", "message": "?"}
	inner := p.Save(Obj{"name": "Inner", "steps": []any{look("inside", "c")}, "output": "{% $inside.name %}"})
	sub := Obj{"id": "sub", "type": "workflow", "workflow": inner}
	output := Obj{"id": "{% $buy.id %}", "by": "{% $ask.by %}", "cup": "{% $sub %}"}
	version := func(output any, steps ...any) Obj { return document(Obj{"steps": steps, "output": output}) }
	flow := p.Save(version(output, look("look", "a"), ask, buy, sub))
	shop.Script("GET /items/a", Reply(200, Obj{"id": "a", "name": "Then", "price": 1, "token": "of their own"}))
	run := p.Start(flow, nil)
	p.Wait(run, "WAITING")
	at := "/api/executions/" + run + "/compare"
	p.Refused(apierr.Conflict, "POST", at, Obj{})
	p.approve(run)
	if e := p.Wait(run); e.Status != "COMPLETED" {
		t.Fatalf("%s %+v", e.Status, e.Error)
	}
	for _, c := range []struct {
		name         string
		next         Obj // the newest version from here on; nil: none is made
		body         Obj
		same         bool
		calls        string
		status       string
		output       string // places that differ
		masked, told bool
	}{
		{name: "the same", same: true, calls: "look same recorded, buy same recorded, sub/inside same recorded", status: "COMPLETED", masked: true},
		{name: "another request, and a new one", next: version(output, look("look", "a"), ask, OrderStep("buy", con, "{% 'two ' & $look.name %}"), sub, look("more", "b")),
			calls: "look same recorded, buy changed recorded /body/item, sub/inside same recorded, more added twin", status: "COMPLETED", masked: true},
		{name: "the same request of another step", next: version(Obj{"id": "{% $seen.name %}", "by": "{% $ask.by %}"}, look("seen", "a"), ask),
			calls: "look missing, buy missing, sub/inside missing, seen added matched", status: "COMPLETED", output: "/cup /id"},
		{name: "another end", next: version("{% $look.name %}", look("look", "a"), Obj{"id": "no", "type": "fail", "error": "No", "cause": "no"}),
			calls: "look same recorded, buy missing, sub/inside missing", status: "FAILED", output: "", masked: true},
		{name: "a person who was not asked", next: version("{% $ask.decision %}", look("look", "a"), Obj{"id": "other", "type": "approval", "message": "?"}, ask),
			calls: "look same recorded, buy missing, sub/inside missing", status: "COMPLETED", output: "", masked: true, told: true},
		{name: "an older version", body: Obj{"version": 1}, same: true, calls: "look same recorded, buy same recorded, sub/inside same recorded", status: "COMPLETED", masked: true},
	} {
		if c.next != nil {
			p.Must(200, "PUT", "/api/workflows/"+flow, Obj{"definition": c.next})
		}
		if c.body == nil {
			c.body = Obj{}
		}
		var got comparison
		p.Must(200, "POST", at, c.body).Into(t, &got)
		var places []string
		for _, d := range got.Output {
			places = append(places, d.At)
		}
		whole := slices.Equal(places, []string{""}) // no place in it is the same
		if got.Same != c.same || got.calls() != c.calls || got.Is.Status != c.status || !whole && strings.Join(places, " ") != c.output {
			t.Errorf("%s: %+v\ncalls %s\nwant  %s", c.name, got, got.calls(), c.calls)
		}
		if masked := len(got.Steps) > 0 && slices.Equal(got.Steps[0].Masked, []string{"/body/token"}); masked != c.masked {
			t.Errorf("%s: masked %v", c.name, got.Steps[0].Masked)
		}
		if told := len(got.Assumed) > 0; told != c.told {
			t.Errorf("%s: assumed %v", c.name, got.Assumed)
		}
	}
	p.Refused(apierr.NotFound, "POST", at, Obj{"version": 99})
	if all := shop.Seen(""); all != 3 {
		t.Errorf("%d requests, want the 3 of the run", all)
	}
}
