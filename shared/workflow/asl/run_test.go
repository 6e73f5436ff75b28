package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/expr"

	machine "github.com/apiq/apiq/shared/execution/local/asl"
)

// failure is what a handler answers for a task that fails.
type failure string

func (f failure) Error() string { return string(f) }

// world answers the tasks of a run, by function and path, and notes what was asked.
type world struct {
	t     *testing.T
	calls []string
	// answer gives a task's value, or a failure.
	answer func(function, path string, payload map[string]any, n int) (any, error)
	seen   map[string]int
}

func (w *world) perform(work machine.Work) (json.RawMessage, error) {
	raw, err := expr.Encode(work.Arguments, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	var args struct {
		FunctionName string
		Payload      map[string]any
	}
	if err := json.Unmarshal(raw, &args); err != nil {
		w.t.Fatal(err)
	}
	function := strings.Trim(args.FunctionName, "${}")
	path, _ := args.Payload["path"].(string)
	key := function + " " + path
	w.seen[key]++
	w.calls = append(w.calls, key)
	if token := args.Payload["token"]; (token != nil) != strings.HasSuffix(work.Resource, "waitForTaskToken") || token != nil && token != work.Token {
		w.t.Errorf("%s: token %v, is %q", key, token, work.Token)
	}
	if args.Payload["execution"] != "exe_1" || args.Payload["workspace"] != "wsp_1" {
		w.t.Errorf("%s: %v", key, args.Payload)
	}
	value, err := w.answer(function, path, args.Payload, w.seen[key])
	if err != nil {
		return nil, err
	}
	if function == "call" {
		value = map[string]any{"Payload": map[string]any{"value": value, "status": 200, "attempts": 1}, "StatusCode": 200}
	}
	out, err := json.Marshal(value)
	if err != nil {
		w.t.Fatal(err)
	}
	return out, nil
}

// play runs a definition to its end on the interpreter that the local home uses.
func play(t *testing.T, definition json.RawMessage, input string, w *world) (output string, failed *machine.Failure) {
	t.Helper()
	m, err := machine.Parse(definition, nil)
	if err != nil {
		t.Fatalf("the interpreter refuses the definition: %v", err)
	}
	r := machine.NewRun(m, machine.Execution{Name: "exe_1"}, nil)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := r.Start(json.RawMessage(input), now); err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		more, err := r.Advance(context.Background(), now)
		if err != nil {
			t.Fatal(err)
		}
		r.Take()
		if more {
			continue
		}
		if r.Status() != machine.Running {
			return string(r.Output()), r.Failure()
		}
		tasks := r.Tasks()
		slices.SortFunc(tasks, func(a, b machine.Work) int { return strings.Compare(a.Thread, b.Thread) })
		if len(tasks) == 0 {
			now = now.Add(time.Hour) // nothing is out: a wait or a retry is due later
			continue
		}
		out, err := w.perform(tasks[0])
		var f failure
		switch {
		case errors.As(err, &f):
			err = r.TaskFailed(tasks[0], "Failed", &machine.Failure{Error: string(f)}, now)
		case err == nil:
			err = r.TaskSucceeded(tasks[0], out, now)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the run does not end")
	return "", nil
}

func TestRuns(t *testing.T) {
	t.Parallel()
	api := func(id, rest string) string {
		return `{"id":"` + id + `","type":"api_call","connection":"con_a","operation":"` + id + `"` + rest + `}`
	}
	echo := func(_, path string, _ map[string]any, _ int) (any, error) { return path, nil }
	for name, tc := range map[string]struct {
		steps, output, input string
		answer               func(function, path string, payload map[string]any, n int) (any, error)
		want                 string // output, or the error's name
		calls                string
	}{
		"values flow": {
			steps: api("payment", `,"parameters":{"id":"{% $input.id %}","none":"{% $input.none %}"}`) + `,` + api("charge", `,"body":{"a":"{% $payment.a %}","l":["{% $payment.l %}","{% $input.none %}",1]}`),
			input: `{"id":7}`, output: `{"p":"{% $payment.a %}","c":"{% $charge %}","none":"{% $payment.zz %}"}`,
			answer: func(_, path string, p map[string]any, _ int) (any, error) {
				if path == "payment" {
					if fmt.Sprint(p["parameters"]) != "map[id:7]" {
						return nil, failure("parameters " + fmt.Sprint(p["parameters"]))
					}
					return map[string]any{"a": 1, "l": []int{2, 3}}, nil
				}
				return p["body"], nil
			},
			want: `{"p":1,"c":{"a":1,"l":[[2,3],1]}}`, calls: "call payment; call charge",
		},
		"no output gives the last value": {
			steps: `{"id":"a","type":"transform","value":[1]}`, input: `{}`, answer: echo, want: `[1]`,
		},
		"a lone undefined is null": {
			steps: `{"id":"a","type":"transform","value":"{% $input.x %}"},` + api("put", `,"body":"{% $input.y %}"`), input: `{}`, output: `{"a":"{% $a %}","b":"{% $put %}"}`,
			answer: func(_, _ string, p map[string]any, _ int) (any, error) { return p["body"], nil },
			want:   `{"a":null,"b":null}`, calls: "call put",
		},
		"output travels as text": {
			steps: api("payment", `,"output":{"t":"{% $response.body.t & $input.s %}","index":1},"success":"{% $response.status = $input.n %}"`), input: `{"s":"x","n":200}`,
			answer: func(_, _ string, p map[string]any, _ int) (any, error) {
				return map[string]any{"output": p["output"], "success": p["success"], "vars": p["vars"]}, nil
			},
			want: `{"output":"{\"t\": ($response.body.t & $input.s), \"index\": 1}","success":"$response.status = $input.n","vars":{"input":{"n":200,"s":"x"}}}`, calls: "call payment",
		},
		"then": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n > 1 %}","then":[{"id":"x","type":"transform","value":"big"}],"else":[]}`, input: `{"n":2}`, output: `"{% $c %}"`, answer: echo, want: `"big"`,
		},
		"no else is null": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n > 1 %}","then":[{"id":"x","type":"transform","value":"big"}]}`, input: `{"n":1}`, output: `{"c":"{% $c %}"}`, answer: echo, want: `{"c":null}`,
		},
		"undefined is false": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n %}","then":[{"id":"x","type":"transform","value":1}],"else":[{"id":"y","type":"transform","value":2}]}`, input: `{}`, output: `"{% $c %}"`, answer: echo, want: `2`,
		},
		"second case": {
			steps: `{"id":"c","type":"condition","cases":[{"if":"{% $input.n < 1 %}","steps":[{"id":"x","type":"transform","value":1}]},{"if":"{% $input.n < 5 %}","steps":[{"id":"y","type":"transform","value":2}]}],"else":[{"id":"z","type":"fail","error":"High"}]}`, input: `{"n":3}`, output: `"{% $c %}"`, answer: echo, want: `2`,
		},
		"fail in else": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n < 1 %}","then":[],"else":[{"id":"z","type":"fail","error":"High","cause":"{% $string($input.n) & $input.none %}"}]}`, input: `{"n":3}`, answer: echo, want: `High`,
		},
		"condition that errs, continued": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n < 1 %}","then":[{"id":"x","type":"transform","value":1}],"onError":"continue"}`, input: `{"n":null}`, output: `{"c":"{% $c %}"}`, answer: echo, want: `{"c":null}`,
		},
		"condition in a Parallel keeps its value": {
			steps: `{"id":"c","type":"condition","if":"{% $input.n < 1 %}","then":[{"id":"x","type":"transform","value":[5]}],"onError":"continue"}`, input: `{"n":0}`, output: `{"c":"{% $c %}"}`, answer: echo, want: `{"c":[5]}`,
		},
		"loop": {
			steps: `{"id":"each","type":"loop","over":"{% $input.l %}","as":"item","do":[` + api("charge", `,"body":{"i":"{% $item %}","n":"{% $index %}"}`) + `]}`, input: `{"l":["a","b"]}`, output: `"{% $each %}"`, answer: echo,
			want: `["each[0]/charge","each[1]/charge"]`, calls: "call each[0]/charge; call each[1]/charge",
		},
		"loop over one value": {
			steps: `{"id":"l","type":"loop","over":"{% $input.l.x %}","as":"item","do":[{"id":"t","type":"transform","value":["{% $item %}"]}]}`, input: `{"l":[{"x":5}]}`, output: `{"l":"{% $l %}"}`, answer: echo, want: `{"l":[[5]]}`,
		},
		"loop over nothing": {
			steps: `{"id":"l","type":"loop","over":"{% $input.none %}","as":"item","do":[{"id":"t","type":"transform","value":1}]}`, input: `{}`, output: `{"l":"{% $l %}"}`, answer: echo, want: `{"l":[]}`,
		},
		"loops in loops": {
			steps: `{"id":"o","type":"loop","over":"{% $input.l %}","as":"row","do":[{"id":"i","type":"loop","over":"{% $row %}","as":"cell","do":[` + api("charge", "") + `],"collect":{"at":"{% $index %}","cell":"{% $cell %}","row":"{% $count($row) %}"}},{"id":"t","type":"transform","value":{"n":"{% $index %}","cells":"{% $i %}"}}]}`,
			input: `{"l":[["a"],["b","c"]]}`, output: `"{% $o %}"`, answer: echo,
			want:  `[{"n":0,"cells":[{"at":0,"cell":"a","row":1}]},{"n":1,"cells":[{"at":0,"cell":"b","row":2},{"at":1,"cell":"c","row":2}]}]`,
			calls: "call o[0]/i[0]/charge; call o[1]/i[0]/charge; call o[1]/i[1]/charge",
		},
		"loop ends on a failure": {
			steps: `{"id":"l","type":"loop","over":"{% [1..3] %}","as":"item","do":[` + api("charge", "") + `]}`, input: `{}`,
			answer: func(_, path string, _ map[string]any, _ int) (any, error) {
				if path == "l[1]/charge" {
					return nil, failure("Http.404")
				}
				return 1, nil
			},
			want: `Http.404`, calls: "call l[0]/charge; call l[1]/charge",
		},
		"loop tolerates": {
			steps: `{"id":"l","type":"loop","over":"{% [1..3] %}","as":"item","tolerate":1,"do":[` + api("charge", "") + `]}`, input: `{}`, output: `{"l":"{% $l %}"}`,
			answer: func(_, path string, _ map[string]any, _ int) (any, error) {
				if path == "l[1]/charge" {
					return nil, failure("Http.404")
				}
				return []string{path}, nil
			},
			want: `{"l":[["l[0]/charge"],null,["l[2]/charge"]]}`, calls: "call l[0]/charge; call l[1]/charge; call l[2]/charge",
		},
		"loop tolerates, one item": {
			steps: `{"id":"l","type":"loop","over":"{% [1] %}","as":"item","tolerate":1,"do":[{"id":"t","type":"transform","value":[7]}]}`, input: `{}`, output: `{"l":"{% $l %}"}`, answer: echo, want: `{"l":[[7]]}`,
		},
		"loop tolerates no more": {
			steps: `{"id":"l","type":"loop","over":"{% [1..3] %}","as":"item","tolerate":1,"do":[` + api("charge", "") + `]}`, input: `{}`,
			answer: func(string, string, map[string]any, int) (any, error) { return nil, failure("Http.404") },
			want:   `Loop.TooManyFailed`, calls: "call l[0]/charge; call l[1]/charge; call l[2]/charge",
		},
		"loop too many, continued": {
			steps: `{"id":"l","type":"loop","over":"{% [1..2] %}","as":"item","tolerate":1,"onError":"continue","do":[` + api("charge", "") + `]}`, input: `{}`, output: `{"l":"{% $l %}"}`,
			answer: func(string, string, map[string]any, int) (any, error) { return nil, failure("Http.404") },
			want:   `{"l":null}`, calls: "call l[0]/charge; call l[1]/charge",
		},
		"parallel": {
			steps: `{"id":"p","type":"parallel","branches":{"b":[{"id":"x","type":"transform","value":[1]}],"a":[{"id":"y","type":"transform","value":null},{"id":"w","type":"wait","seconds":3}]}}`, input: `{}`, output: `"{% $p %}"`, answer: echo, want: `{"a":null,"b":[1]}`,
		},
		"continue": {
			steps: api("charge", `,"onError":"continue"`) + `,` + api("put", ""), input: `{}`, output: `{"c":"{% $charge %}","p":"{% $put %}"}`,
			answer: func(_, path string, _ map[string]any, _ int) (any, error) {
				if path == "charge" {
					return nil, failure("Http.400")
				}
				return 1, nil
			},
			want: `{"c":null,"p":1}`, calls: "call charge; call put",
		},
		"instead": {
			steps: api("charge", `,"onError":[`+api("alarm", "")+`,{"id":"t","type":"transform","value":"none"}]`), input: `{}`, output: `{"c":"{% $charge %}"}`,
			answer: func(_, path string, _ map[string]any, _ int) (any, error) {
				if path == "charge" {
					return nil, failure("Http.400")
				}
				return 1, nil
			},
			want: `{"c":"none"}`, calls: "call charge; call alarm",
		},
		"safe is retried": {
			steps: api("payment", ""), input: `{}`, output: `"{% $payment %}"`,
			answer: func(_, _ string, _ map[string]any, n int) (any, error) {
				if n < 3 {
					return nil, failure("Http.503")
				}
				return n, nil
			},
			want: `3`, calls: "call payment; call payment; call payment",
		},
		"unsafe is not": {
			steps: api("charge", `,"retry":[{"errors":["States.ALL"],"maxAttempts":5}]`), input: `{}`,
			answer: func(string, string, map[string]any, int) (any, error) { return nil, failure("Http.500") },
			want:   `Http.500`, calls: "call charge",
		},
		"unsafe that was refused is": {
			steps: api("charge", ""), input: `{}`, output: `"{% $charge %}"`,
			answer: func(_, _ string, _ map[string]any, n int) (any, error) {
				if n == 1 {
					return nil, failure("Http.429")
				}
				return n, nil
			},
			want: `2`, calls: "call charge; call charge",
		},
		"a minute's limit is sat out": {
			steps: api("charge", ""), input: `{}`, output: `"{% $charge %}"`,
			answer: func(_, _ string, _ map[string]any, n int) (any, error) {
				if n < 5 {
					return nil, failure("Http.429")
				}
				return n, nil
			},
			want: `5`, calls: "call charge; call charge; call charge; call charge; call charge",
		},
		"unknown, retry then done": {
			steps: api("charge", ""), input: `{}`, output: `"{% $charge %}"`,
			answer: func(function, _ string, p map[string]any, n int) (any, error) {
				switch {
				case function == "call":
					return nil, failure("Outcome.Unknown")
				case fmt.Sprint(p["error"].(map[string]any)["Error"]) != "Outcome.Unknown":
					return nil, failure("no error told")
				case n == 1:
					return map[string]any{"decision": "retry"}, nil
				}
				return map[string]any{"decision": "done", "output": map[string]any{"id": 9}}, nil
			},
			want: `{"id":9}`, calls: "call charge; unknown charge; call charge; unknown charge",
		},
		"unknown, done without output": {
			steps: api("charge", ""), input: `{}`, output: `{"c":"{% $charge %}"}`,
			answer: func(function, _ string, _ map[string]any, _ int) (any, error) {
				if function == "call" {
					return nil, failure("Outcome.Unknown")
				}
				return map[string]any{"decision": "done"}, nil
			},
			want: `{"c":null}`, calls: "call charge; unknown charge",
		},
		"unknown, fail": {
			steps: api("charge", ""), input: `{}`,
			answer: func(function, _ string, _ map[string]any, _ int) (any, error) {
				if function == "call" {
					return nil, failure("Outcome.Unknown")
				}
				return map[string]any{"decision": "fail"}, nil
			},
			want: `Outcome.Unknown`, calls: "call charge; unknown charge",
		},
		"unknown, fail, in a loop, continued": {
			steps: `{"id":"l","type":"loop","over":"{% [1..2] %}","as":"item","do":[` + api("charge", `,"onError":"continue"`) + `]}`, input: `{}`, output: `{"l":"{% $l %}"}`,
			answer: func(function, path string, _ map[string]any, _ int) (any, error) {
				switch {
				case function == "unknown":
					return map[string]any{"decision": "fail"}, nil
				case path == "l[0]/charge":
					return nil, failure("Outcome.Unknown")
				}
				return 1, nil
			},
			want: `{"l":[null,1]}`, calls: "call l[0]/charge; unknown l[0]/charge; call l[1]/charge",
		},
		"approval": {
			steps: `{"id":"ask","type":"approval","message":"{% 'Pay ' & $input.n %}","approvers":["usr_1"]}`, input: `{"n":5}`, output: `"{% $ask.by & $ask.message %}"`,
			answer: func(_, _ string, p map[string]any, _ int) (any, error) {
				return map[string]any{"decision": "approve", "by": "usr_1 ", "message": p["message"]}, nil
			},
			want: `"usr_1 Pay 5"`, calls: "approval ask",
		},
		"rejected": {
			steps: `{"id":"ask","type":"approval","message":"?"}`, input: `{}`,
			answer: func(string, string, map[string]any, int) (any, error) { return nil, failure("Approval.Rejected") },
			want:   `Approval.Rejected`, calls: "approval ask",
		},
		"nested workflow": {
			steps: `{"id":"n","type":"workflow","workflow":"wfl_2","version":2,"input":{"a":"{% $input.a %}"}}`, input: `{"a":1}`, output: `"{% $n %}"`,
			answer: func(_, _ string, p map[string]any, _ int) (any, error) {
				return []any{p["workflow"], p["version"], p["input"]}, nil
			},
			want: `["wfl_2",2,{"a":1}]`, calls: "workflow n",
		},
		"a made value is one value": {
			steps: `{"id":"a","type":"transform","value":"{% $uuid() %}"},{"id":"l","type":"loop","over":"{% [1] %}","as":"x","do":[{"id":"u","type":"transform","value":"{% $uuid() %}"}],"collect":{"u":"{% $u %}"}},{"id":"same","type":"transform","value":"{% $length($a) = 36 and $length($l[0].u) = 36 %}"}`, input: `{}`, output: `"{% $same %}"`, answer: echo, want: `true`,
		},
		"names of functions": {
			steps: `{"id":"count","type":"transform","value":"{% $count([1,2]) %}"},{"id":"each","type":"loop","over":"{% $each({'a':1}, function($v) { $v }) %}","as":"filter","do":[` + api("payment", `,"parameters":{"x":"{% $filter + $count %}"},"output":"{% $response.body & $count %}"`) + `]}`, input: `{}`, output: `{"e":"{% $each %}","c":"{% $count %}"}`,
			answer: func(_, _ string, p map[string]any, _ int) (any, error) {
				return []any{p["parameters"], p["vars"]}, nil
			},
			want: `{"e":[[{"x":3},{"count":2}]],"c":2}`, calls: "call each[0]/payment",
		},
		"waits": {
			steps: `{"id":"a","type":"wait","seconds":"{% $input.n %}"},{"id":"b","type":"wait","until":"2026-01-02T00:00:00Z"},{"id":"c","type":"wait","seconds":"{% $input.none %}","onError":[{"id":"d","type":"transform","value":"late"}]}`, input: `{"n":90}`, output: `"{% $c %}"`, answer: echo, want: `"late"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := `{"apiq":"1","name":"t","steps":[` + tc.steps + `]`
			if tc.output != "" {
				raw += `,"output":` + tc.output
			}
			definition, _ := compile(t, []byte(raw+`}`))
			w := &world{t: t, answer: tc.answer, seen: map[string]int{}}
			output, failed := play(t, definition, tc.input, w)
			got := output
			if failed != nil {
				got = failed.Error
			}
			if !equal(got, tc.want) {
				t.Errorf("got %s (%+v), want %s", got, failed, tc.want)
			}
			if calls := strings.Join(w.calls, "; "); calls != tc.calls {
				t.Errorf("called %s, want %s", calls, tc.calls)
			}
		})
	}
}

// equal compares JSON by value, anything else as text.
func equal(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

// The documents of the golden files are definitions that the interpreter accepts.
func TestInterpreterAcceptsGolden(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".workflow.json") {
			continue
		}
		raw, err := os.ReadFile("testdata/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		definition, _ := compile(t, raw)
		if _, err := machine.Parse(definition, nil); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

// A failed run asks what is to be undone, part by part, and undoes each; what fails
// there does not stop the others, and the run's error is its first.
func TestUndone(t *testing.T) {
	t.Parallel()
	const document = `{"apiq":"1","name":"w","onFailure":"undo","steps":[
		{"id":"a","type":"api_call","connection":"con_a","operation":"a","undo":{"operation":"u","parameters":{"id":"{% $a.id %}"}}},
		{"id":"b","type":"api_call","connection":"con_a","operation":"b"}],"output":"{% $a.id %}"}`
	item := func(path string) map[string]any {
		return map[string]any{"path": path, "step": "a", "of": map[string]any{"path": path}, "connection": "con_b", "operation": "u"}
	}
	for name, tc := range map[string]struct {
		answer func(function, path string, payload map[string]any, n int) (any, error)
		want   string // output, or the error's name
		calls  string
	}{
		"no failure": {
			answer: func(string, string, map[string]any, int) (any, error) { return map[string]any{"id": 7}, nil },
			want:   "7", calls: "call a; call b"},
		"undone": {
			answer: func(function, path string, p map[string]any, n int) (any, error) {
				switch {
				case path == "b":
					return nil, failure("Http.404")
				case path == "workflow.undo" && n == 1:
					return nil, failure("Undo.Busy")
				case path == "workflow.undo" && n == 2:
					return map[string]any{"steps": []any{item("r[1]/a"), item("r[0]/a")}, "next": "r[0]/a"}, nil
				case path == "workflow.undo":
					if fmt.Sprint(p["listUndo"]) != "map[after:r[0]/a]" {
						t.Errorf("asked with %v", p["listUndo"])
					}
					return map[string]any{"steps": []any{item("a")}, "next": ""}, nil
				case path == "r[1]/a/undo" && function == "call" && n == 1:
					if p["step"] != "a" || p["operation"] != "u" || p["connection"] != "con_b" || fmt.Sprint(p["undoes"]) != "map[path:r[1]/a]" {
						t.Errorf("%v", p)
					}
					return nil, failure("Outcome.Unknown")
				case path == "r[1]/a/undo" && function == "unknown":
					return map[string]any{"decision": "retry"}, nil
				case path == "r[0]/a/undo":
					return nil, failure("Http.409")
				}
				return map[string]any{"id": 7}, nil
			},
			want: "Http.404", calls: "call a; call b; call workflow.undo; call workflow.undo; call r[1]/a/undo; unknown r[1]/a/undo; call r[1]/a/undo; call r[0]/a/undo; call workflow.undo; call a/undo"},
		"the list cannot be had": {
			answer: func(_, path string, _ map[string]any, _ int) (any, error) {
				if path == "a" {
					return map[string]any{"id": 7}, nil
				}
				return nil, failure("Http.404")
			},
			want: "Http.404", calls: "call a; call b; call workflow.undo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			definition, _ := compile(t, []byte(document))
			w := &world{t: t, answer: tc.answer, seen: map[string]int{}}
			output, failed := play(t, definition, "{}", w)
			if failed != nil {
				output = failed.Error
			}
			if got := strings.Join(w.calls, "; "); output != tc.want || got != tc.calls {
				t.Errorf("%s after %s", output, got)
			}
		})
	}
}
