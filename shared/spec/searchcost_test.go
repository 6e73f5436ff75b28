package spec

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// TestSearchCost ranks over 16,000 operations; `make bench/specs` runs it.
func TestSearchCost(t *testing.T) {
	if os.Getenv("APIQ_BENCH_SPECS") == "" {
		t.Skip("APIQ_BENCH_SPECS is not set: make bench/specs measures the cost of large documents")
	}
	d, err := Parse(context.Background(), synthetic(16_000), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSearcher(SearchDoc{"s", d})
	start := time.Now()
	s.Search("warm", 1)
	build := time.Since(start)
	var took []time.Duration
	for range 50 {
		for _, q := range searchQueries() {
			start := time.Now()
			if len(s.Search(q, 20)) == 0 {
				t.Fatalf("%q finds nothing", q)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	fmt.Printf("search over 16,000 operations: p95 %.2f ms (goal 20 ms); word index built once in %d ms\n", float64(p95.Microseconds())/1000, build.Milliseconds())
	if p95 > 20*time.Millisecond {
		t.Errorf("p95 %s, want at most 20 ms", p95)
	}
}
