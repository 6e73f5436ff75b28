package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestHealthCommand is not parallel: the command reads the process's environment.
func TestHealthCommand(t *testing.T) {
	s := startServer(t, t.TempDir(), nil)
	t.Setenv("APIQ_ADDR", strings.TrimPrefix(s.url, "http://"))
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"health"}, streams{out: &out, err: &errs}); status != 0 || strings.TrimSpace(out.String()) != "ok" {
		t.Errorf("%d %s %s", status, &out, &errs)
	}
	s.stop()
	if status := run(t.Context(), []string{"health"}, streams{out: &out, err: &errs}); status != 1 || errs.Len() == 0 {
		t.Errorf("nobody there: %d %s", status, &errs)
	}
}
