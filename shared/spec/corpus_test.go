package spec

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// dataDir is where the shared corpus lies; tests that need it are skipped
// without.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("DATA")
	if dir == "" {
		t.Skip("DATA is not set: give the folder that holds specs/manifest.json to run the corpus tests")
	}
	return filepath.Join(dir, "specs")
}

type manifestEntry struct {
	ID      string `json:"id"`
	File    string `json:"file"`
	Format  string `json:"format"`
	Version string `json:"version"`
	Ops     int    `json:"ops"`
	Bytes   int64  `json:"bytes"`
}

func readManifest(t testing.TB) []manifestEntry {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dataDir(t), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []manifestEntry
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// corpusFile reads one file of the corpus, unpacked.
func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dataDir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		return raw
	}
	zr, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCorpusLosesNothing(t *testing.T) {
	t.Parallel()
	for _, m := range readManifest(t) {
		t.Run(m.ID, func(t *testing.T) {
			raw := corpusFile(t, m.File)
			start := time.Now()
			d, err := Parse(context.Background(), raw, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations, %d warnings, %s", d.Len(), len(d.Warnings()), time.Since(start).Round(time.Millisecond))
			for i, w := range d.Warnings() {
				if i < 5 {
					t.Logf("%+v", w)
				}
			}
			if d.Len() != m.Ops {
				t.Errorf("operations: got %d, want %d", d.Len(), m.Ops)
			}
		})
	}
}
