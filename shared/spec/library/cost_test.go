package library_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec/library"
)

// TestDetailCost reads one operation in full of a document of 16,000 that is in the
// store only: of the index what it takes, lookup, its bytes. `make bench/specs` runs
// it.
func TestDetailCost(t *testing.T) {
	if os.Getenv("APIQ_BENCH_SPECS") == "" {
		t.Skip("APIQ_BENCH_SPECS is not set: make bench/specs measures the cost of large documents")
	}
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(large(16_000)))
	if err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	var bytes, calls int64
	for i := range 200 {
		blobs := &counting{Store: h.blobs}
		cold := h.over(blobs)
		runtime.GC() // what the last round left is not this one's
		start := time.Now()
		if _, _, err := cold.Operation(ctx, res.Hash, fmt.Sprintf("get%d", i*79)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
		bytes, calls = max(bytes, blobs.bytes.Load()), max(calls, blobs.calls.Load())
		cold.Close()
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	fmt.Printf("one operation of 16,000, cold: p95 %.2f ms (goal 5 ms); at most %d KB in %d reads\n", float64(p95.Microseconds())/1000, bytes>>10, calls)
	if p95 > 5*time.Millisecond {
		t.Errorf("p95 %s, want at most 5 ms", p95)
	}
}
