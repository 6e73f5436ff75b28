package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

func started(t *testing.T, definition, input string) (*asl.Machine, *asl.Run, time.Time) {
	t.Helper()
	m, err := asl.Parse(json.RawMessage(definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	run := asl.NewRun(m, asl.Execution{Name: "run"}, nil)
	if err := run.Start(json.RawMessage(input), now); err != nil {
		t.Fatal(err)
	}
	return m, run, now
}

// begun starts a run and takes it as far as it goes without tasks or time.
func begun(t *testing.T, definition, input string) (*asl.Run, time.Time) {
	t.Helper()
	_, run, now := started(t, definition, input)
	settle(t, run, now)
	return run, now
}

func settle(t *testing.T, run *asl.Run, now time.Time) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = run.Advance(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		run.Take()
	}
}

func jsonata(states string) string {
	return `{"QueryLanguage":"JSONata","StartAt":"A","States":{` + states + `}}`
}

func TestInputQuota(t *testing.T) {
	t.Parallel()
	m, err := asl.Parse(json.RawMessage(jsonata(`"A":{"Type":"Succeed"}`)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for size, ok := range map[int]bool{asl.MaxPayload: true, asl.MaxPayload + 1: false} {
		err := asl.NewRun(m, asl.Execution{Name: "run"}, nil).Start(json.RawMessage(`"`+strings.Repeat("x", size-2)+`"`), time.Now())
		if (err == nil) != ok {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestPayloadQuotas: the input is 100,000 characters; three of them are too many.
// Only its own name catches States.DataLimitExceeded.
func TestPayloadQuotas(t *testing.T) {
	t.Parallel()
	const thrice = `"{% $states.input & $states.input & $states.input %}"`
	const caught = `"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Output":"caught","Next":"Z"}],`
	const all = `"Catch":[{"ErrorEquals":["States.ALL"],"Output":"caught","Next":"Z"}],`
	for name, c := range map[string]struct{ state, name string }{
		"output":          {`"Type":"Pass","Output":` + thrice, "A"},
		"arguments":       {`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",%s"Arguments":` + thrice, "arn:aws:states:::lambda:invoke"},
		"branches' input": {`"Type":"Parallel",%s"Arguments":` + thrice + `,"Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}]`, "A"},
		"parallel result": {`"Type":"Parallel",%s"Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},{"StartAt":"C","States":{"C":{"Type":"Succeed"}}},{"StartAt":"D","States":{"D":{"Type":"Succeed"}}}]`, "A"},
		"items":           {`"Type":"Map",%s"Items":"{% [$states.input, $states.input, $states.input] %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`, "A"},
		"selected item":   {`"Type":"Map",%s"Items":[1],"ItemSelector":` + thrice + `,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`, "A"},
		"map result":      {`"Type":"Map",%s"Items":[1,2,3],"ItemSelector":"{% $states.input %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`, "A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play := func(handler string) *asl.Run {
				state := strings.Replace(c.state, "%s", handler, 1)
				run, _ := begun(t, jsonata(`"A":{`+state+`,"Next":"Z"},"Z":{"Type":"Succeed"}`), `"`+strings.Repeat("x", 100_000)+`"`)
				return run
			}
			want := "The state/task '" + c.name + "' returned a result with a size exceeding the maximum number of bytes service limit."
			for _, handler := range []string{"", all} {
				if f := play(handler).Failure(); f == nil || f.Error != "States.DataLimitExceeded" || f.Cause != want {
					t.Errorf("ended with %+v", f)
				}
			}
			if !strings.Contains(c.state, "%s") {
				return
			}
			if run := play(caught); run.Status() != asl.Succeeded || string(run.Output()) != `"caught"` {
				t.Errorf("caught by its name: %s %s %+v", run.Status(), run.Output(), run.Failure())
			}
		})
	}
}

func TestTaskResultQuota(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]string{asl.MaxPayload: "", asl.MaxPayload + 1: "States.DataLimitExceeded"} {
		run, now := begun(t, fmt.Sprintf(taskState, `"Output":1,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"}]`), "{}")
		if err := run.TaskSucceeded(run.Tasks()[0], json.RawMessage(`"`+strings.Repeat("x", size-2)+`"`), now); err != nil {
			t.Fatal(err)
		}
		settle(t, run, now)
		if f := run.Failure(); (f == nil) != (want == "") || f != nil && f.Error != want {
			t.Errorf("%d bytes: ended %s %+v", size, run.Status(), f)
		}
	}
}

// TestVariablesQuota: 40 variables of 256 KiB are 10 MiB. One that is assigned anew
// counts once, and those of an iteration that is over count no more.
func TestVariablesQuota(t *testing.T) {
	t.Parallel()
	const twice = `"{% $states.input & $states.input %}"`
	input := `"` + strings.Repeat("x", asl.MaxVariable/2-1) + `"`
	loop := `"Type":"Map","Items":"{% [1..5] %}","ItemSelector":"{% $states.input %}","MaxConcurrency":2,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"own":` + twice + `},"Output":1,"End":true}}},"Output":"{% $states.input %}"`
	fill := func(n int) string {
		var b strings.Builder
		name := "A"
		for i := range n {
			next := fmt.Sprintf("A%d", i)
			fmt.Fprintf(&b, `%q:{"Type":"Pass","Assign":{"v%d":%s},"Next":%q},`, name, i, twice, next)
			name = next
		}
		return b.String() + fmt.Sprintf(`%q:{"Type":"Pass","Assign":{"v0":%s},"Next":"Wait"},"Wait":{"Type":"Wait","Seconds":5,"Next":"Y"},`, name, twice)
	}
	for name, c := range map[string]struct {
		states, want string
		restored     bool
	}{
		"as many as fit": {states: fill(40) + `"Y":{"Type":"Succeed"}`},
		"one more":       {states: fill(40) + `"Y":{"Type":"Pass","Assign":{"w":1},"Next":"Z"},"Z":{"Type":"Succeed"}`, want: "States.DataLimitExceeded", restored: true},
		"a loop":         {states: fill(39) + `"Y":{` + loop + `,"Next":"Z"},"Z":{"Type":"Succeed"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, run, now := started(t, jsonata(c.states), input)
			again := asl.NewRun(m, asl.Execution{Name: "run"}, nil)
			for more := true; more; {
				var err error
				if more, err = run.Advance(t.Context(), now); err != nil {
					t.Fatal(err)
				}
				made := run.Take()
				if !c.restored {
					continue
				}
				raw, err := json.Marshal(made)
				if err != nil {
					t.Fatal(err)
				}
				var entries []asl.Entry
				if err := json.Unmarshal(raw, &entries); err != nil {
					t.Fatal(err)
				}
				if err := again.Restore(entries); err != nil {
					t.Fatal(err)
				}
			}
			runs := []*asl.Run{run}
			if c.restored {
				runs = append(runs, again)
			}
			for _, r := range runs {
				settle(t, r, now.Add(5*time.Second))
				f := r.Failure()
				if r.Status() == asl.Running || (f == nil) != (c.want == "") || f != nil && f.Error != c.want {
					t.Errorf("ended %s %+v, want %q", r.Status(), f, c.want)
				}
			}
		})
	}
}

// TestNumbersOfExpressions: what an expression gives keeps to the same bounds as
// what is written down.
func TestNumbersOfExpressions(t *testing.T) {
	t.Parallel()
	const at = "An error occurred while executing the state 'A' (entered at the event id #2). "
	for name, c := range map[string]struct{ state, input, want string }{
		"not a number": {`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":"{% $states.input %}"`, `"5"`,
			at + `The JSONata expression '$states.input' specified for the field 'TimeoutSeconds' returned an unexpected result type. Expected 'number', but was 'string' for value: "5"`},
		"not whole": {`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","HeartbeatSeconds":"{% $states.input %}"`, `1.5`,
			at + `The JSONata expression '$states.input' specified for the field 'HeartbeatSeconds' returned an unexpected result type. Expected 'integer', but was 'number' for value: 1.5`},
		"too small":   {`"Type":"Wait","Seconds":"{% $states.input %}"`, `-1`, at + `The value of the field 'Seconds' must be between 0 and 99999999, but was -1`},
		"too large":   {`"Type":"Map","Items":[],"ToleratedFailurePercentage":"{% $states.input %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`, `100.5`, at + `The value of the field 'ToleratedFailurePercentage' must be between 0 and 100, but was 100.5`},
		"nothing":     {`"Type":"Wait","Seconds":"{% $states.input.x %}"`, `{}`, at + `The JSONata expression '$states.input.x' specified for the field 'Seconds' returned nothing (undefined).`},
		"of a branch": {`"Type":"Map","Items":[],"MaxConcurrency":"{% $states.input %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`, `null`, at + `The JSONata expression '$states.input' specified for the field 'MaxConcurrency' returned an unexpected result type. Expected 'number', but was 'null' for value: null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, _ := begun(t, jsonata(`"A":{`+c.state+`,"End":true}`), c.input)
			if f := run.Failure(); f == nil || f.Error != "States.QueryEvaluationError" || f.Cause != c.want {
				t.Errorf("ended %s %+v\nwant %s", run.Status(), f, c.want)
			}
		})
	}
}

// TestMapOfAnObject: an inline Map takes an array and nothing else, as AWS records
// and documents ("Inline mode accepts only a JSON array"); an object is for
// distributed ones.
func TestMapOfAnObject(t *testing.T) {
	t.Parallel()
	const processor = `"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true`
	const at = "An error occurred while executing the state 'A' (entered at the event id #2). "
	for name, c := range map[string]struct{ items, want string }{
		"input":      {``, at + `Map state input must be an array but was: {"k":1}`},
		"expression": {`"Items":"{% $states.input %}",`, at + `The JSONata expression '$states.input' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'object' for value: {"k":1}`},
	} {
		run, _ := begun(t, jsonata(`"A":{"Type":"Map",`+c.items+processor+`}`), `{"k":1}`)
		if f := run.Failure(); f == nil || f.Cause != c.want {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if _, err := asl.Parse(json.RawMessage(jsonata(`"A":{"Type":"Map","Items":{"k":1},`+processor+`}`)), nil); err == nil {
		t.Error("an object that is written down was accepted")
	}
}
