package workflow_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow"
)

func limited(c string) string {
	return `{"apiq":"1","name":"t","steps":[{"id":"a","type":"wait","seconds":1}],"concurrency":` + c + `}`
}

// TestConcurrencyRefused: what no document may say, by the place that is wrong.
func TestConcurrencyRefused(t *testing.T) {
	t.Parallel()
	for c, at := range map[string]string{
		`{}`:                                         "/concurrency/policy",
		`{"limit":3}`:                                "/concurrency/policy",
		`{"policy":"drop"}`:                          "/concurrency/policy",
		`{"policy":"queue","limit":0}`:               "/concurrency/limit",
		`{"policy":"queue","limit":101}`:             "/concurrency/limit",
		`{"policy":"queue","limit":1.5}`:             "/concurrency/limit",
		`{"policy":"queue","size":1}`:                "/concurrency/size",
		`{"policy":"allow","limit":3}`:               "/concurrency/policy",
		`{"policy":"skip","key":"x"}`:                "/concurrency/key",
		`{"policy":"skip","key":"{% $a %}"}`:         "/concurrency/key",
		`{"policy":"skip","key":"{% customer %}"}`:   "/concurrency/key",
		`{"policy":"skip","key":"{% $eval('1') %}"}`: "/concurrency/key",
		`{"policy":"skip","key":"{% $input.` + strings.Repeat("a", 1024) + ` %}"}`: "/concurrency/key",
	} {
		_, err := workflow.Parse([]byte(limited(c)))
		e := apierr.From(err)
		if err == nil || e.Code != apierr.WorkflowInvalid || len(e.Problems) == 0 || e.Problems[0].Path != at {
			t.Errorf("%s: %v %+v, want a fault at %s", c, err, e.Problems, at)
		}
	}
}

// TestConcurrencyGroup: which runs share a limit.
func TestConcurrencyGroup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, input, want string }{
		"none":       {"", `{"a":"x"}`, ""},
		"text":       {"{% $input.a %}", `{"a":"x"}`, "=x"},
		"empty text": {"{% $input.a %}", `{"a":""}`, "="},
		"number":     {"{% $input.a %}", `{"a":12.5}`, "=12.5"},
		"as text":    {"{% $input.a %}", `{"a":"12.5"}`, "=12.5"},
		"joined":     {"{% $input.a & '/' & $input.b %}", `{"a":"é","b":-2}`, "=é/-2"},
		"undefined":  {"{% $input.a.b %}", `{"a":7}`, ""},
		"null":       {"{% $input.a %}", `{"a":null}`, ""},
		"longest":    {"{% $input.a %}", `{"a":"` + strings.Repeat("é", 128) + `"}`, "=" + strings.Repeat("é", 128)},
		"too long":   {"{% $input.a %}", `{"a":"` + strings.Repeat("é", 129) + `"}`, "refused"},
		"huge":       {"{% $input.a %}", `{"a":"` + strings.Repeat("x", 5000) + `"}`, "refused"},
		"object":     {"{% $input %}", `{"a":1}`, "refused"},
		"list":       {"{% $input.a %}", `{"a":[1,2]}`, "refused"},
		"yes or no":  {"{% $input.a %}", `{"a":true}`, "refused"},
		"fails":      {"{% $number($input.a) %}", `{"a":"x"}`, "refused"},
	} {
		limit := workflow.Concurrency{Policy: workflow.PolicyQueue, Key: c.key}
		got, err := limit.Group(t.Context(), []byte(c.input))
		switch {
		case c.want == "refused":
			if apierr.CodeOf(err) != apierr.ValidationFailed || apierr.From(err).Problems[0].Path != "/input" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		case err != nil || got != c.want:
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}

// TestConcurrencyKept: a document keeps what it says of it.
func TestConcurrencyKept(t *testing.T) {
	t.Parallel()
	doc, err := workflow.Parse([]byte(limited(`{"limit":3,"policy":"queue","key":"{% $input.customer %}"}`)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := workflow.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	again, err := workflow.Stored(raw)
	if err != nil || again.Concurrency == nil || *again.Concurrency != *doc.Concurrency || again.Concurrency.Bound() != 3 {
		t.Errorf("%s: %+v %v", raw, again, err)
	}
	for _, c := range []*workflow.Concurrency{nil, {Policy: workflow.PolicyAllow}} {
		if c.Bound() != 0 {
			t.Errorf("%+v is bounded by %d", c, c.Bound())
		}
	}
	if n := (&workflow.Concurrency{Policy: workflow.PolicySkip}).Bound(); n != 1 {
		t.Errorf("without a limit it is %d", n)
	}
}
