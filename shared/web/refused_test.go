package web_test

import (
	"strings"
	"testing"
	"time"
)

// TestRefusedReads: a read that a role does not allow is in the log and in the trail,
// though a flood of them is no flood of records.
func TestRefusedReads(t *testing.T) {
	t.Parallel()
	h := newHome(t, lists())
	for range 20 {
		if g := h.send(t, sent{method: "GET", path: "/api/logs", token: user}); g.status != 403 {
			t.Fatalf("%d %s", g.status, g.body)
		}
	}
	if have := h.records(t, workspace); len(have) != 6 || have[0] != "request.logs-list refused FORBIDDEN" {
		t.Errorf("records %v, want six", have)
	}
	if strings.Count(h.log.String(), "read refused") != 20 {
		t.Error("the log does not tell of each")
	}
	h.clock.Pass(time.Minute)
	h.send(t, sent{method: "GET", path: "/api/logs", token: user})
	if got := len(h.records(t, workspace)); got != 7 {
		t.Errorf("a minute later: %d records", got)
	}
	if g := h.send(t, sent{method: "GET", path: "/api/logs", token: admin}); g.status == 403 {
		t.Errorf("%d %s", g.status, g.body)
	}
}
