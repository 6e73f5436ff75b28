package corrupt_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/eval/corrupt"
)

// TestCorpus: of gold plans that are broken where their document tells what is right,
// every one is caught, at its place; and gold plans are seldom refused as they are.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("DATA")
	if dir == "" {
		t.Skip("DATA is not set: it names the folder with the planning corpora (plan/arazzo, plan/nestful, plan/toolalpaca)")
	}
	for set, c := range map[string]struct {
		limit  int
		passed float64 // of the gold plans; the others contradict their document
	}{
		"arazzo":     {250, 0.93},
		"glaive":     {0, 0.55},
		"sgd":        {0, 0.87},
		"toolalpaca": {0, 0.9},
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			tally, err := corrupt.Run(context.Background(), eval.Open(filepath.Join(dir, "plan")), set, plan.NewBench(nil, nil), &corrupt.Options{Limit: c.limit})
			if err != nil {
				t.Fatal(err)
			}
			if part := float64(tally.Passed) / float64(tally.Plans); part < c.passed {
				t.Errorf("%d of %d gold plans pass: %v", tally.Passed, tally.Plans, tally.Alarms)
			}
			for class, n := range tally.Classes {
				if n.Caught != n.N-n.Open || n.Placed != n.Caught {
					t.Errorf("%s: %+v", class, *n)
				}
			}
		})
	}
}
