package rehearse_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/rehearse"
)

// maker makes workflows of random shape that are valid.
type maker struct {
	rng  *rand.Rand
	next int
}

func (m *maker) id() string { m.next++; return fmt.Sprintf("s%d", m.next) }

// steps makes a list of steps; customer is an expression that gives a text there.
func (m *maker) steps(depth int, customer string) []any {
	var out []any
	for range 1 + m.rng.IntN(3) {
		step := m.step(depth, customer)
		out = append(out, step)
		if step["operation"] == "getOrder" && step["onError"] == nil {
			customer = "$" + step["id"].(string) + ".customer"
		}
	}
	return out
}

func (m *maker) step(depth int, customer string) map[string]any {
	s := map[string]any{"id": m.id()}
	call := func(connection, operation string, more map[string]any) {
		s["type"], s["connection"], s["operation"] = "api_call", connection, operation
		for k, v := range more {
			s[k] = v
		}
		if m.rng.IntN(3) == 0 {
			s["onError"] = "continue"
		}
		if m.rng.IntN(4) == 0 {
			s["retry"] = []any{map[string]any{"errors": []string{"Http.4xx", "Http.Timeout"}, "maxAttempts": 2}}
		}
	}
	text := "{% " + customer + " %}"
	kind := m.rng.IntN(11)
	if depth == 0 {
		kind %= 7
	}
	switch kind {
	case 0, 1:
		call("con_shop", "getOrder", map[string]any{"parameters": map[string]any{"orderId": text}})
	case 2:
		call("con_desk", "createTicket", map[string]any{"body": map[string]any{"title": text}})
	case 3:
		call("con_shop", "putOrder", map[string]any{"parameters": map[string]any{"orderId": "1"}, "body": map[string]any{"note": text}})
	case 4:
		call("con_desk", "pay", map[string]any{"body": map[string]any{"amount": 5}})
	case 5:
		s["type"], s["seconds"] = "wait", 1+m.rng.IntN(1000)
	case 6:
		s["type"], s["message"] = "approval", text
	case 7:
		s["type"], s["if"], s["then"], s["else"] = "condition", "{% "+customer+" = 'x' %}", m.steps(depth-1, customer), m.steps(depth-1, customer)
	case 8:
		s["type"], s["over"], s["as"], s["do"] = "loop", "{% [1,2] %}", "item"+s["id"].(string), m.steps(depth-1, customer)
		s["maxConcurrency"] = 1 + m.rng.IntN(3)
	case 9:
		s["type"], s["branches"] = "parallel", map[string]any{"a": m.steps(depth-1, customer), "b": m.steps(depth-1, customer)}
	case 10:
		s["type"], s["value"] = "transform", map[string]any{"text": text}
	}
	return s
}

// TestAnyWorkflow: whatever its shape, a rehearsal dials nowhere (the kit's guard),
// shows no stand-in of a credential, and its report agrees with itself.
func TestAnyWorkflow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &maker{rng: rand.New(rand.NewPCG(seed, 1))}
			doc, err := json.Marshal(map[string]any{"apiq": "1", "name": "any", "steps": m.steps(2, "$input.text"),
				"input": map[string]any{"type": "object", "required": []string{"text"}, "properties": map[string]any{"text": map[string]any{"type": "string"}}}})
			if err != nil {
				t.Fatal(err)
			}
			r := newKit(t, nil).rehearse(string(doc), rehearse.Request{})
			if r.Run.Status != rehearse.Completed {
				t.Errorf("the plain run: %+v %+v\n%s", r.Run, r.Problems, doc)
			}
			raw, err := json.Marshal(r)
			if err != nil || strings.Contains(string(raw), "no-credential") {
				t.Errorf("the report: %v", err)
			}
			t.Logf("%d calls, %d scenarios", r.Run.Calls, len(r.Scenarios))
			calls, byID := 0, map[string]rehearse.Step{}
			for _, s := range r.Steps {
				calls += s.Calls
				byID[s.ID] = s
			}
			if calls != r.Run.Calls || calls != r.Totals.Calls || r.Totals.Reads+r.Totals.Writes != calls {
				t.Errorf("%d calls of steps, %d of the run, %+v", calls, r.Run.Calls, r.Totals)
			}
			if r.Totals.Duration.MinMs > r.Totals.Duration.MaxMs {
				t.Errorf("%+v", r.Totals.Duration)
			}
			for _, s := range r.Scenarios {
				if !slices.Contains([]string{rehearse.Completed, rehearse.Failed, rehearse.Waiting}, s.Status) {
					t.Errorf("%s %s: %s %s", s.Step, s.Fault, s.Status, s.Cause)
				}
				if (s.Repeat == "") != (s.Status == rehearse.Completed) || (s.At == "") != (s.Status == rehearse.Completed) {
					t.Errorf("%s %s: %s at %q, repeat %q", s.Step, s.Fault, s.Status, s.At, s.Repeat)
				}
				for _, d := range s.Done {
					if byID[d.Step].Effect == "read" || d.Times < 1 {
						t.Errorf("%s %s: done %+v", s.Step, s.Fault, d)
					}
					if d.Unnoticed && s.Fault != rehearse.TimedOut {
						t.Errorf("%s %s: unnoticed %+v", s.Step, s.Fault, d)
					}
				}
			}
		})
	}
}
