// Package spectest opens documents in files for tests, gzip unpacked.
package spectest

import (
	"math"
	"os"
	"testing"

	"github.com/apiq/apiq/shared/spec"
)

// Read gives a document's bytes.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = spec.Unpack(raw, math.MaxInt64-1); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return raw
}

// Open parses a document.
func Open(t testing.TB, path string) *spec.Document {
	t.Helper()
	doc, err := spec.Parse(t.Context(), Read(t, path), nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return doc
}
