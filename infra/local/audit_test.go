package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/upkeep"
)

// TestAuditVerify: an export and the archive of a home are judged without it, and
// what is changed in them is named.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p := hometest.Register(t, s, "ada")
	for range 3 {
		p.Connect("Shop", hometest.NewShop(t).URL)
	}
	export := p.Must(200, "GET", "/api/logs/export?format=ndjson", nil).Raw
	s.stop()
	file := filepath.Join(t.TempDir(), "audit.ndjson")
	verify := func(name string, args ...string) (int, string) {
		var out, errs bytes.Buffer
		status := run(t.Context(), append([]string{"audit", "verify", name}, args...), streams{&out, &errs})
		return status, out.String() + errs.String()
	}
	write := func(raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(export)
	if status, said := verify(file, "--whole"); status != 0 || !strings.Contains(said, "records fit, 0 gaps") {
		t.Errorf("%d: %s", status, said)
	}
	changed := bytes.Replace(export, []byte(`"connection.create"`), []byte(`"connection.delete"`), 1)
	write(changed)
	line := 1 + bytes.Count(changed[:bytes.Index(changed, []byte(`"connection.delete"`))], []byte("\n"))
	if status, said := verify(file); status != 1 || !strings.Contains(said, "was changed after it was written") || !strings.Contains(said, "line ") || line < 1 {
		t.Errorf("%d: %s", status, said)
	}
	if status, _ := verify(filepath.Join(t.TempDir(), "none")); status != 1 {
		t.Errorf("a file that is not there: %d", status)
	}

	h := opened(t, data)
	later := func() time.Time { return time.Now().Add(2 * 24 * time.Hour) }
	archive := upkeep.NewArchive(one(p.Workspace), h.trail, h.blobs, h.store, &upkeep.ArchiveOptions{Now: later})
	if _, err := archive.Run(t.Context(), p.Workspace, time.Now().UTC().Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	if status, said := verify(data); status != 0 || !strings.Contains(said, "1 days of 1 workspaces fit") {
		t.Errorf("a folder: %d: %s", status, said)
	}
	if status, said := verify(t.TempDir()); status != 1 || !strings.Contains(said, "no archived day") {
		t.Errorf("an empty folder: %d: %s", status, said)
	}
	manifests := 0
	err := filepath.WalkDir(data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "manifest.json" {
			return err
		}
		manifests++
		if status, said := verify(name); status != 0 {
			t.Errorf("%d: %s", status, said)
		}
		part := filepath.Join(filepath.Dir(name), "0001.ndjson.gz")
		raw, err := os.ReadFile(part)
		if err != nil {
			return err
		}
		raw[len(raw)/2] ^= 1
		if err := os.WriteFile(part, raw, 0o600); err != nil {
			return err
		}
		if status, said := verify(name); status != 1 {
			t.Errorf("a changed part: %d: %s", status, said)
		}
		return nil
	})
	if err != nil || manifests != 1 {
		t.Errorf("%d manifests, %v", manifests, err)
	}
}
