package main

import (
	"bufio"
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

const serveEnv = "APIQ_TEST_SERVE"

// TestMain lets the test binary be the server that a test kills, and the process
// in which it validates a document.
func TestMain(m *testing.M) {
	if os.Getenv(serveEnv) != "" {
		os.Exit(run(context.Background(), []string{"serve"}, streams{out: os.Stdout, err: os.Stderr}))
	}
	if len(os.Args) > 2 && os.Args[1] == "spec" && os.Args[2] == "lint-child" {
		os.Exit(run(context.Background(), os.Args[1:], streams{out: os.Stdout, err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// child is a server in a process of its own, which can be killed and started
// again over the same data.
type child struct {
	environ []string
	cmd     *exec.Cmd
	url     atomic.Value // it listens elsewhere after each start
}

func startChild(t testing.TB, data string, env map[string]string) *child {
	t.Helper()
	environ := map[string]string{serveEnv: "1", "APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "warn"}
	maps.Copy(environ, env)
	c := &child{environ: os.Environ()}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		c.environ = append(c.environ, name+"="+environ[name])
	}
	t.Cleanup(c.kill)
	c.start(t)
	return c
}

// URL implements hometest.Home.
func (c *child) URL() string { return c.url.Load().(string) }

// Restart implements hometest.Restarter by kill -9.
func (c *child) Restart(t testing.TB) {
	t.Helper()
	c.kill()
	c.start(t)
}

func (c *child) start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = c.environ, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.cmd = cmd
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
			c.url.Store(url)
			return
		}
	}
	t.Fatalf("the server said nothing: %v", lines.Err())
}

// kill is kill -9, and waits until the process is gone.
func (c *child) kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
}
