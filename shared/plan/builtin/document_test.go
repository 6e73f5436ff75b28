package builtin_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// data is the folder of the shared corpora, or the test is skipped.
func data(t testing.TB) string {
	t.Helper()
	d := os.Getenv("DATA")
	if d == "" {
		t.Skip("DATA is not set: it names the folder with the planning corpora (plan/restbench, plan/toolalpaca, …)")
	}
	return d
}

func openSpec(t testing.TB, path string) *catalog.API {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := spec.Parse(context.Background(), raw, nil)
	if err != nil {
		t.Skipf("%s: %v", path, err)
	}
	api, _, err := catalog.New(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return api
}
