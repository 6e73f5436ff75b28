// Package child runs the one-machine home in a process of its own, so that it can be
// killed and started again over the same data. Chaos and tests use it; no product does.
package child

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
)

// Child is a program that serves, started as often as it is killed. It is for one
// goroutine; others may ask for its URL.
type Child struct {
	path    string
	args    []string
	environ []string
	stderr  io.Writer
	cmd     *exec.Cmd
	out     io.Reader
	url     atomic.Value // it listens elsewhere after each start
}

// New names the program and what it gets: args, and env beside this process's own
// environment.
func New(path string, args []string, env map[string]string, stderr io.Writer) *Child {
	c := &Child{path: path, args: args, environ: os.Environ(), stderr: stderr}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c.environ = append(c.environ, name+"="+env[name])
	}
	return c
}

// URL is where it answered last; "" before that.
func (c *Child) URL() string {
	url, _ := c.url.Load().(string)
	return url
}

// Start starts the process, which is not ready yet.
func (c *Child) Start() error {
	cmd := exec.Command(c.path, c.args...)
	cmd.Env, cmd.Stderr = c.environ, c.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd, c.out = cmd, out
	return nil
}

// ErrEnded: the process said nothing more.
var ErrEnded = errors.New("child: it ended before it was ready")

// Ready waits until it answers, or for ErrEnded.
func (c *Child) Ready() error {
	lines := bufio.NewScanner(c.out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
			c.url.Store(url)
			return nil
		}
	}
	return errors.Join(ErrEnded, lines.Err())
}

// PID is the process's, after Start.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Kill is kill -9, and waits until the process is gone.
func (c *Child) Kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
	c.cmd = nil
}
