package call_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
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
	runs := call.JournalView{Ledger: k.svc.Ledger}
	got, err := runs.Calls(k.ctx, run)
	if err != nil || len(got["s"].Attempts) != 2 || got["s"].Effect != execution.EffectMaybe || got["s"].Succeeded {
		t.Fatalf("%+v %v", got, err)
	}
	first, second := got["s"].Attempts[0], got["s"].Attempts[1]
	if first.Status != "failed" || first.Error.Name != "Http.503" || !json.Valid(first.Response) || second.Status != "unknown" || second.Response != nil || second.Number != 2 {
		t.Errorf("%+v %+v", first, second)
	}
	if err := runs.Resolve(k.ctx, run, "s", call.DecisionDone, nil); err != nil {
		t.Error(err)
	}
}

// TestJournalViewOfARequestOnItsWay: until its answer is in, a write may have had its
// effect; after the longest time that a request may take, nobody waits for it.
func TestJournalViewOfARequestOnItsWay(t *testing.T) {
	t.Parallel()
	for operation, effect := range map[string][2]execution.Effect{"list": {"", ""}, "replace": {"maybe", "done"}, "keyed": {"maybe", "done"}, "create": {"maybe", "done"}} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			var k *kit
			view := func() execution.Calls {
				got, err := call.JournalView{Ledger: k.svc.Ledger}.Calls(k.ctx, run)
				if err != nil || len(got["s"].Attempts) != 1 {
					t.Fatalf("%+v %v", got, err)
				}
				return got["s"]
			}
			var found table.Item
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if c := view(); c.Effect != effect[0] || c.Attempts[0].Status != "started" || c.Succeeded {
					t.Errorf("on its way: %+v", c)
				}
				found, _ = k.store.Get(k.ctx, table.Key{PK: "EXE#" + run, SK: "CALL#s"})
				reply(200, `{"ok":true}`)(w, r)
			})
			k = newKit(t, a.URL, nil)
			k.handle(k.task(operation))
			if c := view(); c.Effect != effect[1] || c.Attempts[0].Status != "succeeded" || !c.Succeeded || len(c.Value) == 0 {
				t.Errorf("answered: %+v", c)
			}
			// The process dies before it writes the end.
			if _, err := k.store.Put(k.ctx, found, table.Always()); err != nil {
				t.Fatal(err)
			}
			k.restart()
			if c := view(); c.Attempts[0].Status != "started" {
				t.Errorf("it may be under way still: %+v", c)
			}
			k.ahead = 7 * time.Minute
			if c := view(); c.Attempts[0].Status != "unknown" || c.Effect != effect[0] {
				t.Errorf("lost: %+v", c)
			}
		})
	}
}

// TestEffectOfSeveralAttempts: a later one that had none says nothing of the first,
// but a person does.
func TestEffectOfSeveralAttempts(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]execution.Effect{"keyed": execution.EffectMaybe, "create": execution.EffectNone} {
		var a *api
		a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if a.count() == 1 {
				cut(w, r)
				return
			}
			reply(400, `{}`)(w, r)
		})
		k := newKit(t, a.URL, nil)
		if _, failed := k.handle(k.task(operation)); failed == call.ErrOutcomeUnknown {
			if err := k.svc.ResolveUnknown(k.ctx, run, "s", call.DecisionRetry, nil); err != nil {
				t.Fatal(err)
			}
			k.handle(k.task(operation))
		}
		got, err := call.JournalView{Ledger: k.svc.Ledger}.Calls(k.ctx, run)
		if err != nil || len(got["s"].Attempts) != 2 || got["s"].Effect != want {
			t.Errorf("%s: %+v %v", operation, got, err)
		}
	}
}
