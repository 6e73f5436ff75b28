package main

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

// TestParity holds this home to what every home must do. The home that is killed
// is a process of its own, samples and all.
func TestParity(t *testing.T) {
	t.Parallel()
	hometest.Run(t, hometest.Harness{Start: func(t testing.TB, o hometest.Options) hometest.Home {
		if o.Hard {
			return startChild(t, t.TempDir(), o.Env)
		}
		return startBare(t, t.TempDir(), o.Env)
	}})
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
