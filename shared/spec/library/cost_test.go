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

// TestDetailCost opens a document of 16,000 operations that is in the store only,
// and reads one operation in full: index, lookup, its bytes. `make bench/specs`
// runs it.
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
	var index, body, calls int64
	for i := range 200 {
		blobs := &counting{Store: h.blobs}
		cold := h.over(blobs)
		runtime.GC() // what the last round left is not this one's
		start := time.Now()
		doc, err := cold.Open(ctx, res.Hash)
		if err != nil {
			t.Fatal(err)
		}
		index = blobs.bytes.Load()
		if _, err := doc.Operation(fmt.Sprintf("get%d", i*79)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
		body, calls = max(body, blobs.bytes.Load()-index), max(calls, blobs.calls.Load())
		cold.Close()
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	fmt.Printf("one operation of 16,000, cold: p95 %.2f ms (goal 5 ms); index %d KB, operation at most %d KB, %d reads\n", float64(p95.Microseconds())/1000, index>>10, body>>10, calls)
	if p95 > 5*time.Millisecond {
		t.Errorf("p95 %s, want at most 5 ms", p95)
	}
}
