package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/web"
)

// TestRefusedReads: a read that a role does not allow is in the log, and, where the
// process may write, in the trail, though a flood of them is no flood of records.
func TestRefusedReads(t *testing.T) {
	t.Parallel()
	for _, records := range []bool{false, true} {
		h := newHome(t, lists())
		server, err := web.New([]web.Endpoint{lists()}, h.Deps, &web.Options{Now: h.clock.Now, RefusedReads: records})
		if err != nil {
			t.Fatal(err)
		}
		h.Server.Config.Handler = server.Handler()
		for range 20 {
			if g := h.send(t, sent{method: "GET", path: "/api/logs", token: user}); g.status != 403 {
				t.Fatalf("%d %s", g.status, g.body)
			}
		}
		have := h.records(t, workspace)
		want := 0
		if records {
			want = 6
		}
		if len(have) != want || want > 0 && have[0] != "request.logs-list refused FORBIDDEN" {
			t.Errorf("records %v, want %d", have, want)
		}
		if !strings.Contains(h.log.String(), "read refused") {
			t.Error("the log does not tell")
		}
		if records {
			h.clock.Pass(time.Minute)
			h.send(t, sent{method: "GET", path: "/api/logs", token: user})
			if got := len(h.records(t, workspace)); got != 7 {
				t.Errorf("a minute later: %d records", got)
			}
		}
		if g := h.send(t, sent{method: "GET", path: "/api/logs", token: admin}); g.status == 403 {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
}
