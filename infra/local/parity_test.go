package main

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

// harness starts this home. The one that is killed is a process of its own, samples
// and all.
func harness() hometest.Harness {
	return hometest.Harness{Start: func(t testing.TB, o hometest.Options) hometest.Home {
		if o.Hard {
			return startChild(t, t.TempDir(), o.Env)
		}
		return startBare(t, t.TempDir(), o.Env)
	}}
}

// TestParity holds this home to what every home must do, but for what has a test of
// its own below.
func TestParity(t *testing.T) {
	t.Parallel()
	hometest.RunExcept(t, harness(), "Matrix", "AuditComplete", "Canary")
}

// TestMatrix: every route, as every role, with ids of another workspace.
func TestMatrix(t *testing.T) {
	t.Parallel()
	hometest.RunGroup(t, harness(), "Matrix")
}

// TestAuditComplete: every change leaves one record, and each record is found changed.
func TestAuditComplete(t *testing.T) {
	t.Parallel()
	hometest.RunGroup(t, harness(), "AuditComplete")
}

// TestCanary: secrets of every kind are in no answer and no byte that is kept.
func TestCanary(t *testing.T) {
	t.Parallel()
	hometest.RunGroup(t, harness(), "Canary")
}

// Bytes implements hometest.Keeper: every file of the data folder.
func (s *server) Bytes(t testing.TB) iter.Seq2[string, []byte] {
	t.Helper()
	return func(yield func(string, []byte) bool) {
		err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err == nil && !yield(path, content) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
