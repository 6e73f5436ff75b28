package replay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/execution/replay"
)

// TestRecordedCorpus replays what AWS recorded: every case that is JSONata only
// must be equal.
func TestRecordedCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds asl/aws-recorded.json")
	}
	results, sum, err := replay.Run(t.Context(), filepath.Join(data, "asl", "aws-recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		switch {
		case r.Verdict == replay.Differs:
			t.Errorf("%s: %s", r.ID, r.Why)
		case r.Why != "":
			t.Logf("%s: %s: %s", r.Verdict, r.ID, r.Why)
		}
	}
	var out strings.Builder
	if err := replay.Print(&out, results, sum); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(results)+1 {
		t.Errorf("printed %d lines for %d cases", len(lines), len(results))
	}
	t.Log(lines[len(lines)-1])
}
