package enginetest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
)

// testRetryDelays: the interval grows by BackoffRate, to at most MaxDelaySeconds;
// with FULL jitter it is at most that long.
func testRetryDelays(t *testing.T, h Harness) {
	f := open(t, h, nil)
	capped := f.start(states("Fails", task("fail", "{}", `"Retry":[{"ErrorEquals":["Http.500"],"IntervalSeconds":1,"BackoffRate":1000,"MaxDelaySeconds":2,"MaxAttempts":2}]`)), "{}")
	jitter := f.start(states("Fails", task("fail", "{}", `"Retry":[{"ErrorEquals":["Http.500"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":3,"JitterStrategy":"FULL"}]`)), "{}")
	f.failed(capped, "Http.500")
	f.failed(jitter, "Http.500")
	for name, least := range map[string][]time.Duration{capped: {time.Second, 2 * time.Second}, jitter: {0, 0, 0}} {
		var delays []time.Duration
		var failed time.Time
		for _, e := range f.history(name) {
			switch {
			case e.Type == "TaskFailed":
				failed = e.Timestamp
			case e.Type == "TaskScheduled" && !failed.IsZero():
				delays = append(delays, e.Timestamp.Sub(failed))
			}
		}
		if len(delays) != len(least) {
			t.Fatalf("retried after %v, want %d retries", delays, len(least))
		}
		for i, d := range delays {
			// Stamps have milliseconds.
			if d < least[i]-time.Millisecond {
				t.Errorf("retry %d after %v, want at least %v", i+1, d, least[i])
			}
		}
	}
}

// testScopes: an inner scope reads what lies around it, and what it assigns ends
// with it; assignments of a state see the values from before it.
func testScopes(t *testing.T, h Harness) {
	f := open(t, h, nil)
	f.succeeded(f.start(states(
		"Set", `{"Type":"Pass","Assign":{"a":1,"b":"{% $states.input %}"}}`,
		"Swap", `{"Type":"Pass","Assign":{"a":"{% $b %}","b":"{% $a %}"}}`,
		"Each", `{"Type":"Map","Items":[10,20],"ItemProcessor":{"StartAt":"In","States":{
		  "In":{"Type":"Pass","Assign":{"own":"{% $a + $states.input %}"},"Next":"Both"},
		  "Both":{"Type":"Parallel","Branches":[
		    {"StartAt":"L","States":{"L":{"Type":"Pass","Assign":{"deep":"{% $own * 2 %}"},"Next":"LL"},"LL":{"Type":"Pass","Output":"{% $deep %}","End":true}}},
		    {"StartAt":"R","States":{"R":{"Type":"Pass","Output":"{% $exists($deep) %}","End":true}}}],"End":true}}}}`,
		"End", `{"Type":"Pass","Output":{"each":"{% $states.input %}","a":"{% $a %}","b":"{% $b %}","own":"{% $exists($own) %}"}}`,
	), "5"), `{"each":[[30,false],[50,false]],"a":5,"b":1,"own":false}`)
}

// testChoiceUndefined: a condition that is no boolean fails the state, wherever it
// stands; one after it that matches is not asked.
func testChoiceUndefined(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := func(condition string) json.RawMessage {
		return states("Pick", `{"Type":"Choice","Choices":[{"Condition":false,"Next":"End"},{"Condition":"{% `+condition+` %}","Next":"End"},{"Condition":true,"Next":"End"}],"Default":"End"}`,
			"End", `{"Type":"Succeed"}`)
	}
	const at = "An error occurred while executing the state 'Pick' (entered at the event id #2). The JSONata expression '"
	const field = "' specified for the field 'Choices[1]/Condition' returned "
	for condition, want := range map[string]string{
		"$states.input.x": "nothing (undefined).",
		"$states.input.n": "an unexpected result type. Expected 'boolean', but was 'number' for value: 0",
		"null":            "an unexpected result type. Expected 'boolean', but was 'null' for value: null",
	} {
		run := f.failed(f.start(def(condition), `{"n":0}`), "States.QueryEvaluationError")
		if run.Cause != at+condition+field+want {
			t.Errorf("%s: cause %q", condition, run.Cause)
		}
	}
	f.succeeded(f.start(def("$states.input.n = 0"), `{"n":0}`), `{"n":0}`)
	f.failed(f.start(states("Pick", `{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n = 1 %}","Next":"Pick"}]}`), `{"n":0}`), "States.NoChoiceMatched")
}

// testDefinitions: what Step Functions takes for no state machine is refused at the start.
func testDefinitions(t *testing.T, h Harness) {
	f := open(t, h, nil)
	inner := func(name string) string {
		return `{"Type":"Map","Items":[1],"ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Pass","Assign":{"` + name + `":1},"End":true}}}}`
	}
	for what, def := range map[string]json.RawMessage{
		"an inner scope that assigns an outer name": states("Set", `{"Type":"Pass","Assign":{"a":1}}`, "Each", inner("a")),
		"$states assigned":                          states("Set", `{"Type":"Pass","Assign":{"states":1}}`),
		"a name of two states":                      states("A", `{"Type":"Parallel","Branches":[`+`{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`+`]}`),
		"an unknown field":                          states("Set", `{"Type":"Pass","Outptu":1}`),
		"a time-out of no time":                     states("Call", task("echo", "{}", `"TimeoutSeconds":0`)),
		"attempts below zero":                       states("Call", task("echo", "{}", `"Retry":[{"ErrorEquals":["E"],"MaxAttempts":-1}]`)),
	} {
		if err := f.Start(f.ctx, execution.StartInput{Name: "exe_refused", Definition: def, Input: json.RawMessage("{}")}); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	f.succeeded(f.start(states("Set", `{"Type":"Pass","Assign":{"a":1}}`, "Each", inner("b")), "{}"), `[1]`)
}

// long is a JSON string of n bytes.
func long(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }

const quota = 256 << 10

func testInputQuota(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := states("End", `{"Type":"Pass","Output":"{% $length($states.input) %}"}`)
	f.succeeded(f.start(def, long(quota)), "262142")
	if err := f.Start(f.ctx, execution.StartInput{Name: "exe_long", Definition: def, Input: json.RawMessage(long(quota + 1))}); err == nil {
		t.Error("an input past 256 KiB was accepted")
	}
}

// testPayloadQuotas: what is past 256 KiB fails with States.DataLimitExceeded, which
// States.ALL does not catch.
func testPayloadQuotas(t *testing.T, h Harness) {
	f := open(t, h, nil)
	const all = `"Catch":[{"ErrorEquals":["States.ALL"],"Next":"End"}]`
	const thrice = `"{% $states.input & $states.input & $states.input %}"`
	branch := func(name string) string {
		return `{"StartAt":"` + name + `","States":{"` + name + `":{"Type":"Succeed"}}}`
	}
	input := long(100_000)
	for what, state := range map[string]string{
		"output":          `{"Type":"Pass","Output":` + thrice + `,"Next":"End"}`,
		"arguments":       task("echo", thrice, all+`,"Next":"End"`),
		"parallel result": `{"Type":"Parallel","Branches":[` + branch("A") + "," + branch("B") + "," + branch("C") + `],` + all + `,"Next":"End"}`,
		"map result":      `{"Type":"Map","Items":[1,2,3],"ItemSelector":"{% $states.input %}","ItemProcessor":` + branch("In") + `,` + all + `,"Next":"End"}`,
	} {
		name := f.start(states("Much", state, "End", `{"Type":"Succeed"}`), input)
		if run := f.ended(name); run.Status != execution.RunFailed || run.Error != "States.DataLimitExceeded" {
			t.Errorf("%s: %s %s", what, run.Status, run.Error)
		}
	}
	if n := f.count("echo"); n != 0 {
		t.Errorf("called %d times", n)
	}
	caught := f.start(states("Much", task("echo", thrice, `"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Output":"caught","Next":"End"}],"Next":"End"`), "End", `{"Type":"Succeed"}`), input)
	f.succeeded(caught, `"caught"`)
}

func testVariableQuota(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := states("Set", `{"Type":"Pass","Assign":{"a":"{% $states.input & $states.input & $states.input %}"},"Output":1}`)
	f.succeeded(f.start(def, long(50_000)), "1")
	f.failed(f.start(def, long(100_000)), "States.DataLimitExceeded")
}
