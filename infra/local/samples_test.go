package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

// TestSamples: a new workspace has the sample APIs, which answer, can be searched
// and planned over, with the cache of documents or without.
func TestSamples(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := hometest.Register(t, startServer(t, folder, nil), "ada")
	for _, s := range samples() {
		con := sampleConnection(t, p, s.name)
		var test struct{ OK bool }
		p.Must(200, "POST", "/api/apis/"+con+"/test", nil).Into(t, &test)
		if !test.OK {
			t.Errorf("%s does not answer", s.name)
		}
	}
	if indexes, catalogues := objects(t, folder, ".idx"), objects(t, folder, ".catalogue-"); indexes != len(samples()) || catalogues != indexes {
		t.Errorf("%d documents are stored, and the catalogues of %d", indexes, catalogues)
	}
	museum := sampleConnection(t, p, "Museum")
	p.Must(200, "DELETE", "/api/admin/spec-cache", nil)
	p.Must(200, "GET", "/api/apis/"+museum+"/endpoints?q=hours", nil)
	p.Must(200, "GET", "/api/apis/"+museum+"/endpoints/getMuseumHours", nil)
	p.Must(200, "POST", "/api/chat", hometest.Obj{"message": "list the museum hours", "connections": []string{museum}})
}

// objects counts what is stored in a data folder by a part of its names.
func objects(t testing.TB, folder, part string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(filepath.Join(folder, "blobs"), func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), part) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sampleConnection finds a sample by its name.
func sampleConnection(t testing.TB, p hometest.Person, name string) string {
	t.Helper()
	var all []struct{ ID, Name, Status string }
	p.Must(200, "GET", "/api/apis?limit=100", nil).Into(t, &all)
	for _, c := range all {
		if c.Name == name && c.Status == "ACTIVE" {
			return c.ID
		}
	}
	t.Fatalf("no connection %s among %v", name, all)
	return ""
}
