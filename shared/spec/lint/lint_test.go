package lint

import (
	"context"
	"errors"
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
		none  string // why there is no report
	}{
		"sound":     {text: document(get, `"S":{"type":"object"}`)},
		"missing":   {text: document(get, ``), codes: []string{"libopenapi"}},
		"cycle":     {text: document(get, `"S":{"$ref":"#/components/schemas/S"}`), none: "lead back to themselves"},
		"too large": {text: document(get, `"S":{"type":"object"}`), opts: &Options{MaxBytes: 10}, none: "larger than"},
		"infinite":  {text: document(get, `"S":{"type":"object","required":["s"],"properties":{"s":{"$ref":"#/components/schemas/S"}}}`), codes: []string{"libopenapi"}},
		"swagger":   {text: `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, tc.text)
			var codes []string
			list, err := Report(context.Background(), d, tc.opts)
			if unavailable(err) != (tc.none != "") || tc.none != "" && !strings.Contains(err.Error(), tc.none) || tc.none == "" && err != nil {
				t.Fatalf("%v, want %q", err, tc.none)
			}
			for _, w := range list {
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
	if list, err := Report(ctx, d, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v after %s, want its context's end", list, err, time.Since(start))
	}
}
