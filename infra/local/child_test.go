package main

import (
	"context"
	"maps"
	"os"
	"testing"

	"github.com/apiq/apiq/infra/child"
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

// childHome is a server in a process of its own, which can be killed and started
// again over the same data.
type childHome struct{ *child.Child }

func startChild(t testing.TB, data string, env map[string]string) childHome {
	t.Helper()
	environ := map[string]string{serveEnv: "1", "APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "warn"}
	maps.Copy(environ, env)
	c := childHome{child.New(os.Args[0], nil, environ, os.Stderr)}
	t.Cleanup(c.Kill)
	c.start(t)
	return c
}

// Restart implements hometest.Restarter by kill -9.
func (c childHome) Restart(t testing.TB) {
	t.Helper()
	c.Kill()
	c.start(t)
}

func (c childHome) start(t testing.TB) {
	t.Helper()
	err := c.Start()
	if err == nil {
		err = c.Ready()
	}
	if err != nil {
		t.Fatal(err)
	}
}
