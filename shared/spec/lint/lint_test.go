package lint

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec"
)

func parse(t *testing.T, text string) *spec.Document {
	t.Helper()
	d, err := spec.Parse(context.Background(), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func document(paths, schemas string) string {
	return `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{` + paths + `},"components":{"schemas":{` + schemas + `}}}`
}

func TestReport(t *testing.T) {
	t.Parallel()
	const get = `"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}}`
	for name, tc := range map[string]struct {
		text  string
		opts  *Options
		codes []string
	}{
		"sound":     {document(get, `"S":{"type":"object"}`), nil, nil},
		"missing":   {document(get, ``), nil, []string{"missing_ref", "libopenapi"}},
		"cycle":     {document(get, `"S":{"$ref":"#/components/schemas/S"}`), nil, []string{"ref_cycle", "report_skipped"}},
		"too large": {document(get, `"S":{"type":"object"}`), &Options{MaxBytes: 10}, []string{"report_skipped"}},
		"infinite":  {document(get, `"S":{"type":"object","required":["s"],"properties":{"s":{"$ref":"#/components/schemas/S"}}}`), nil, []string{"libopenapi"}},
		"swagger":   {`{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{}}`, nil, []string{"no_operations"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, tc.text)
			var codes []string
			for _, w := range Report(context.Background(), d, tc.opts) {
				if !slices.Contains(codes, w.Code) {
					codes = append(codes, w.Code)
				}
				if w.Message == "" {
					t.Errorf("finding without a message: %+v", w)
				}
			}
			if strings.Join(codes, " ") != strings.Join(tc.codes, " ") {
				t.Errorf("findings: got %v, want %v", codes, tc.codes)
			}
		})
	}
}

func TestReportEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var paths []string
	for i := range 2000 {
		paths = append(paths, `"/p`+strings.Repeat("x", i%7)+string(rune('a'+i%26))+`/`+strings.Repeat("y", i/26)+`":{"get":{"responses":{"200":{"description":"ok"}}}}`)
	}
	d := parse(t, document(strings.Join(paths, ","), ``))
	start := time.Now()
	list := Report(ctx, d, nil)
	if last := list[len(list)-1]; last.Code != "report_timeout" {
		t.Errorf("got %+v after %s, want report_timeout", last, time.Since(start))
	}
}
