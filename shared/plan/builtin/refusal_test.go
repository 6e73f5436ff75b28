package builtin_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/builtin"
)

// TestRefusals: what a goal says is not to be done is not planned.
func TestRefusals(t *testing.T) {
	t.Parallel()
	set := both(t)
	for goal, want := range map[string][]string{
		"List the crime books, and delete nothing":                  {"listBooks"},
		"List the crime books and do not delete any book":           {"listBooks"},
		"List the crime books. Don't delete any book.":              {"listBooks"},
		"List the members without deleting a book":                  {"listMembers"},
		"Never delete a book":                                       nil,
		"Delete book 42":                                            {"deleteBook"},
		"List the members that have not borrowed a book this month": {"listMembers"},
	} {
		d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), goal, set)
		if want == nil {
			if !errors.Is(err, builtin.ErrNothingFits) {
				t.Errorf("%s: %v, want nothing to be planned", goal, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", goal, err)
			continue
		}
		var got []string
		for _, s := range d.Steps {
			if s.Op != nil && !slices.Contains(got, s.Op.ID()) {
				got = append(got, s.Op.ID())
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", goal, diff)
		}
	}
}
