package call_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/apiq/apiq/shared/call"
)

func TestJournalViewShowsAttempts(t *testing.T) {
	t.Parallel()
	var a *api
	a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if a.count() == 1 {
			reply(503, `{}`, "Retry-After", "0")(w, r)
			return
		}
		cut(w, r)
	})
	k := newKit(t, a.URL, nil)
	if _, failed := k.handle(k.task("create")); failed != call.ErrOutcomeUnknown {
		t.Fatal(failed)
	}
	runs := call.JournalView{Calls: k.svc.Ledger}
	got, err := runs.Attempts(k.ctx, run)
	if err != nil || len(got["s"]) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	first, second := got["s"][0], got["s"][1]
	if first.Status != "failed" || first.Error.Name != "Http.503" || !json.Valid(first.Response) || second.Status != "unknown" || second.Response != nil || second.Number != 2 {
		t.Errorf("%+v %+v", first, second)
	}
	if err := runs.Resolve(k.ctx, run, "s", call.DecisionDone, nil); err != nil {
		t.Error(err)
	}
}
