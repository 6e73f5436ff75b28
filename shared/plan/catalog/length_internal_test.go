package catalog

import (
	"testing"

	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestLengthIsTheSame: the same document gives the same lengths, to the last bit.
func TestLengthIsTheSame(t *testing.T) {
	t.Parallel()
	doc := spectest.Open(t, "../testdata/library.yaml")
	first, _, err := New(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		again, _, err := New(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range again.heads {
			if was := first.heads[i].length; h.length != was {
				t.Fatalf("%s: %v, and %v before", h.id, h.length, was)
			}
		}
	}
}
