package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

// play runs a machine whose tasks all fail with the given error, by a clock that
// is moved to whatever is due, and returns the run and when its tasks were put out.
func play(t *testing.T, definition, input string, opts *asl.RunOptions, fail *asl.Failure) (*asl.Run, []time.Duration) {
	t.Helper()
	m, err := asl.Parse(json.RawMessage(definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := start
	run := asl.NewRun(m, asl.Execution{Name: "run"}, opts)
	if err := run.Start(json.RawMessage(input), now); err != nil {
		t.Fatal(err)
	}
	var out []time.Duration
	for run.Status() == asl.Running {
		if _, err := run.Advance(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		run.Take()
		tasks := run.Tasks()
		switch {
		case len(tasks) > 0 && fail != nil:
			out = append(out, now.Sub(start))
			if err := run.TaskFailed(tasks[0], "Failed", fail, now); err != nil {
				t.Fatal(err)
			}
		case run.Status() == asl.Running:
			due := run.NextDue()
			if !due.After(now) {
				continue
			}
			now = due
		}
	}
	return run, out
}

const taskState = `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{},"End":true,%s}}}`

func TestRetryDelays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		retry string
		want  []time.Duration
	}{
		"defaults":   {`{"ErrorEquals":["E"]}`, []time.Duration{0, 1, 3, 7}},
		"no attempt": {`{"ErrorEquals":["E"],"MaxAttempts":0}`, []time.Duration{0}},
		"max delay":  {`{"ErrorEquals":["E"],"IntervalSeconds":10,"BackoffRate":3,"MaxDelaySeconds":20,"MaxAttempts":3}`, []time.Duration{0, 10, 30, 50}},
		"full jitter": {`{"ErrorEquals":["E"],"IntervalSeconds":8,"BackoffRate":1,"MaxAttempts":2,"JitterStrategy":"FULL"}`,
			[]time.Duration{0, 2, 4}},
		"other error":     {`{"ErrorEquals":["F"]}`, []time.Duration{0}},
		"task failed":     {`{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}`, []time.Duration{0, 1}},
		"all":             {`{"ErrorEquals":["States.ALL"],"MaxAttempts":1}`, []time.Duration{0, 1}},
		"first that fits": {`{"ErrorEquals":["F"]},{"ErrorEquals":["E"],"IntervalSeconds":5,"MaxAttempts":1},{"ErrorEquals":["States.ALL"]}`, []time.Duration{0, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, got := play(t, fmt.Sprintf(taskState, `"Retry":[`+c.retry+`]`), "{}", &asl.RunOptions{Random: func() float64 { return 0.25 }}, &asl.Failure{Error: "E", Cause: "why"})
			for i := range c.want {
				c.want[i] *= time.Second
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if f := run.Failure(); run.Status() != asl.Failed || f.Error != "E" || f.Cause != "why" {
				t.Errorf("ended %s %+v", run.Status(), f)
			}
		})
	}
}

// TestUncaught: States.ALL does not take what says that the run cannot go on.
func TestUncaught(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"States.DataLimitExceeded", "States.Runtime"} {
		run, calls := play(t, fmt.Sprintf(taskState, `"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"}]`), "{}", nil, &asl.Failure{Error: name})
		if len(calls) != 1 || run.Failure() == nil || run.Failure().Error != name {
			t.Errorf("%s: %d calls, ended %s %+v", name, len(calls), run.Status(), run.Failure())
		}
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ definition, input, want string }{
		"output": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":"{% $join($map([1..30], function($i){ $states.input })) %}","End":true}}}`,
			`"` + strings.Repeat("x", 10_000) + `"`, "States.DataLimitExceeded"},
		"variable": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v":"{% $join($map([1..30], function($i){ $states.input })) %}"},"Output":1,"End":true}}}`,
			`"` + strings.Repeat("x", 10_000) + `"`, "States.DataLimitExceeded"},
		"events": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}}`, "{}", "States.Runtime"},
		"time":   {`{"QueryLanguage":"JSONata","TimeoutSeconds":5,"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":60,"End":true}}}`, "{}", "States.Timeout"},
		"budget": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":"{% ($f := function($n){ $f($n + 1) }; $f(0)) %}","End":true}}}`, "{}", "States.QueryEvaluationError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, _ := play(t, c.definition, c.input, nil, nil)
			if f := run.Failure(); f == nil || f.Error != c.want {
				t.Errorf("ended %s %+v, want %s", run.Status(), f, c.want)
			}
			if run.LastEventID() > asl.MaxEvents {
				t.Errorf("%d events", run.LastEventID())
			}
		})
	}
}

// TestScopes: a branch reads what lies around it and writes only its own.
func TestScopes(t *testing.T) {
	t.Parallel()
	run, _ := play(t, `{"QueryLanguage":"JSONata","StartAt":"Set","States":{
	  "Set":{"Type":"Pass","Assign":{"a":1,"b":"{% $states.input %}"},"Next":"Swap"},
	  "Swap":{"Type":"Pass","Assign":{"a":"{% $b %}","b":"{% $a %}"},"Next":"Each"},
	  "Each":{"Type":"Map","Items":[10,20],"ItemProcessor":{"StartAt":"In","States":{
	    "In":{"Type":"Pass","Assign":{"own":"{% $a + $states.input %}"},"Next":"Out"},
	    "Out":{"Type":"Pass","Output":"{% $own %}","End":true}}},"Next":"End"},
	  "End":{"Type":"Pass","Output":{"each":"{% $states.input %}","a":"{% $a %}","b":"{% $b %}"},"End":true}}}`, "5", nil, nil)
	if got := string(run.Output()); got != `{"each":[15,25],"a":5,"b":1}` {
		t.Errorf("got %s, %+v", got, run.Failure())
	}
}

// TestHeartbeat: a task that is not heard of in time fails, one that is goes on.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	m, err := asl.Parse(fmt.Appendf(nil, taskState, `"HeartbeatSeconds":10,"TimeoutSeconds":25`), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	run := asl.NewRun(m, asl.Execution{Name: "run"}, nil)
	if err := run.Start(json.RawMessage("{}"), now); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{10, 16, 22, 25} {
		if _, err := run.Advance(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if due := run.NextDue(); !due.Equal(time.Date(2026, 1, 2, 3, 4, 5+want, 0, time.UTC)) {
			t.Fatalf("beat %d: due %v, want second %d", i, due, want)
		}
		now = now.Add(6 * time.Second)
		if err := run.Heartbeat(run.Tasks()[0], now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := run.Advance(t.Context(), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if f := run.Failure(); f == nil || f.Error != "States.Timeout" {
		t.Errorf("ended %s %+v", run.Status(), f)
	}
}
