package stand

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Patience: each first call of a function starts a process, and runs are followed
// by polling.
func (s *Stand) Patience() time.Duration { return 90 * time.Second }

// Restart ends every process, busy or not, as a machine that fails would. The
// services stay, as AWS's do.
func (s *Stand) Restart(t testing.TB) {
	t.Helper()
	s.Fleet.KillAll()
}

// Bytes gives what the home keeps and has told: items, objects, logs, and what the
// engine wrote down of inputs and histories.
func (s *Stand) Bytes(t testing.TB) iter.Seq2[string, []byte] {
	t.Helper()
	return func(yield func(string, []byte) bool) {
		if !yield("logs", s.logs.tail(1<<30)) {
			return
		}
		for name, raw := range s.items(t) {
			if !yield(name, raw) {
				return
			}
		}
		for name, raw := range s.objects(t) {
			if !yield(name, raw) {
				return
			}
		}
		err := filepath.WalkDir(s.statesDir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if err == nil && !yield("states/"+filepath.Base(path), raw) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
