package twin_test

import (
	"testing"

	"github.com/apiq/apiq/shared/twin"
)

// TestWelcoming: a thing that the real API has is there, until it is deleted, and a
// twin made anew knows nothing of that.
func TestWelcoming(t *testing.T) {
	t.Parallel()
	strict := newTwin(t, petstore, nil)
	if status, _ := ask(t, strict, "GET", "/pet/4711", ""); status != 404 {
		t.Errorf("an id that was never given out: %d", status)
	}
	tw := newTwin(t, petstore, &twin.Options{Welcoming: true})
	got := want[struct{ ID int }](t, tw, 200, "GET", "/pet/4711", "")
	if got.ID != 4711 {
		t.Errorf("it is %d", got.ID)
	}
	if status, body := ask(t, tw, "DELETE", "/pet/4711", ""); status >= 300 {
		t.Fatalf("%d %s", status, body)
	}
	if status, _ := ask(t, tw, "GET", "/pet/4711", ""); status != 404 {
		t.Errorf("a deleted thing: %d", status)
	}
	again := tw.Again()
	if n := len(again.Exchanges()); n != 0 {
		t.Errorf("it remembers %d exchanges", n)
	}
	want[struct{ ID int }](t, again, 200, "GET", "/pet/4711", "")
}
