package stand

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// built is the one build of the functions that all stands of a test binary share.
var built struct {
	once sync.Once
	dir  string
	out  []byte
	err  error
}

// Binaries builds the functions for this machine, what has changed of them, and
// returns the folder that has <id>/bootstrap.
func Binaries(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		root, err := root()
		if err != nil {
			built.err = err
			return
		}
		built.dir = filepath.Join(root, "build", "stand")
		cmd := exec.Command(filepath.Join(root, ".ci", "functions"), runtime.GOARCH, built.dir) //nolint:noctx,gosec // our own script; it outlives the test that is first
		built.out, built.err = cmd.CombinedOutput()
	})
	if built.err != nil {
		t.Fatalf("the functions do not build: %v\n%s", built.err, built.out)
	}
	return built.dir
}

// root is the folder of the module: the nearest above that has a go.mod.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", os.ErrNotExist
		}
		dir = parent
	}
}
