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
	SHA256  string `json:"sha256"`
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
			d, err := Parse(context.Background(), corpusFile(t, m.File), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d.Len() != m.Ops {
				t.Errorf("operations: got %d, want %d", d.Len(), m.Ops)
			}
			info := d.Info()
			if info.Format != m.Format || info.SpecVersion != m.Version || info.Bytes != m.Bytes || info.Hash != "sha256:"+m.SHA256 {
				t.Errorf("info: got %s %s %d %s, want %s %s %d %s", info.Format, info.SpecVersion, info.Bytes, info.Hash, m.Format, m.Version, m.Bytes, m.SHA256)
			}
			exercise(t, d)
		})
	}
}

// TestCorpusSamples makes an answer for every eighth operation and validates it
// against its own schema. All must be checked; a few may not fit: `not`, `oneOf`
// of overlapping alternatives, properties that exclude one another.
func TestCorpusSamples(t *testing.T) {
	t.Parallel()
	made, misfits := 0, 0
	for _, m := range readManifest(t) {
		d, err := Parse(context.Background(), corpusFile(t, m.File), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range d.Summaries() {
			if i%8 != 0 {
				continue
			}
			op, err := d.Operation(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			schema, ok := op.SuccessSchema()
			if !ok {
				continue
			}
			made++
			problems, checked := d.Validate(schema, d.Sample(schema, uint64(i)))
			if !checked {
				_, err := d.JSONSchema(schema)
				t.Errorf("%s %s: the schema does not compile: %v", m.ID, s.ID, err)
			}
			if len(problems) > 0 {
				misfits++
				t.Logf("%s %s: %v", m.ID, s.ID, problems[0])
			}
		}
	}
	t.Logf("%d of %d samples fit", made-misfits, made)
	if misfits*50 > made {
		t.Errorf("%d of %d samples do not fit their schema", misfits, made)
	}
}
