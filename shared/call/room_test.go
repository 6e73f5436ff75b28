package call_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPlacesOfLargeBodiesAreGivenBack: there are eight, and twenty calls come one
// after the other.
func TestPlacesOfLargeBodiesAreGivenBack(t *testing.T) {
	t.Parallel()
	a := newAPI(t, bomb("gzip"))
	k := newKit(t, a.URL, func(k *kit) { k.opts.MaxBody, k.opts.Attempts, k.opts.Timeout = 2<<20, 1, 5*time.Second })
	for i := range 20 {
		task := k.task("list")
		task.Path = fmt.Sprint(i)
		if _, got := k.handle(task); got != "Output.TooLarge" {
			t.Fatalf("call %d: %s", i, got)
		}
	}
}

// TestLargeAnswers: one that cannot be a step's value is made into values only
// where an expression asks for it, and compared with the document up to a number of values.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 400) + strings.Repeat("]", 400)
	a := newAPI(t, reply(200, `{"ok":true,"deep":`+deep+`,"pad":"`+strings.Repeat("x", 201<<10)+`"}`))
	k := newKit(t, a.URL, nil)
	if _, got := k.handle(k.task("list")); got != "Output.TooLarge" {
		t.Errorf("nobody reads it, and it is %s", got)
	}
	task := k.task("list")
	task.Path, task.Output = "read", json.RawMessage(`"$response.status"`)
	if _, got := k.handle(task); got != "States.QueryEvaluationError" {
		t.Errorf("it cannot be read, and is %s", got)
	}

	many := newAPI(t, reply(200, `{"many":[`+strings.Repeat("0,", 200_001)+`0]}`)) // without ok
	k = newKit(t, many.URL, nil)
	task = k.task("list")
	task.Output = json.RawMessage(`"$count($response.body.many)"`)
	r, got := k.handle(task)
	if got != "" || string(r.Value) != "200002" {
		t.Fatalf("%s %s", r.Value, got)
	}
	if p := k.steps()[0].Response.Problems; len(p) != 1 || p[0].Code != "unchecked" {
		t.Errorf("problems %+v", p)
	}
}
