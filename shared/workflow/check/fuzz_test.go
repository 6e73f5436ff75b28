package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// Any document, valid or not, is checked without a panic, and each step gets its checks.
func FuzzRun(f *testing.F) {
	f.Add(strings.TrimSuffix(customer, ","))
	f.Add(`{"id":"l","type":"loop","over":"{% $l %}","as":"x","do":[],"collect":{"a":["{% $x.y[0].z %}"]}}`)
	f.Add(`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"lines":[{"sku":"{% $response %}"}]},"onError":[{"id":"a","type":"parallel"}]}`)
	f.Add(`{"id":"w","type":"wait","seconds":null},{"type":"condition","cases":[{}]},{"type":"transform"}`)
	doc := world(f)
	f.Fuzz(func(t *testing.T, steps string) {
		var d workflow.Document
		if json.Unmarshal([]byte(`{"steps":[`+steps+`]}`), &d) != nil {
			return
		}
		report := check.Run(context.Background(), &d, doc, nil)
		if err := d.Validate(); len(err) > 0 && report.OK() {
			t.Fatal("an invalid document was found fine")
		}
	})
}

// BenchmarkRun checks a document of 20 steps, with mappings between them.
func BenchmarkRun(b *testing.B) {
	var steps []string
	for i := range 10 {
		steps = append(steps,
			fmt.Sprintf(`{"id":"c%d","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{%% $input.s %%}"}}`, i),
			fmt.Sprintf(`{"id":"o%d","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{%% $c%d.id %%}","note":"{%% 'n' & $c%d.age %%}","lines":[{"sku":"{%% $c%d.tags[0] %%}","count":1}]}}`, i, i, i, i))
	}
	doc := document(b, strings.Join(steps, ","))
	r := world(b)
	if report := check.Run(context.Background(), doc, r, nil); !report.OK() {
		b.Fatal(report.Problems)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		check.Run(context.Background(), doc, r, nil)
	}
}
