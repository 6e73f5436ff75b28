package local

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

// entriesOf are entries with ids from a to b, with a hidden note before each.
func entriesOf(a, b int64) (out []*asl.Entry) {
	for id := a; id <= b; id++ {
		out = append(out, &asl.Entry{Type: asl.NoteWaiting}, &asl.Entry{ID: id, Type: "T", Details: json.RawMessage(fmt.Sprint(id))})
	}
	return out
}

// TestTails: what is kept of a history is without a gap, or is not told at all.
func TestTails(t *testing.T) {
	t.Parallel()
	run := runKey{"wsp_1", "exe_1"}
	for name, c := range map[string]struct {
		do           func(*tails)
		after, limit int64
		want         []int64
		known        bool
	}{
		"nothing":           {func(*tails) {}, 0, 9, nil, false},
		"another run's":     {func(s *tails) { s.add(runKey{"wsp_2", "exe_1"}, entriesOf(1, 3)) }, 0, 9, nil, false},
		"all":               {func(s *tails) { s.add(run, entriesOf(1, 2)); s.add(run, entriesOf(3, 4)) }, 0, 9, []int64{1, 2, 3, 4}, true},
		"some":              {func(s *tails) { s.add(run, entriesOf(1, 4)) }, 1, 2, []int64{2, 3}, true},
		"nothing new":       {func(s *tails) { s.add(run, entriesOf(1, 4)) }, 4, 9, nil, true},
		"nothing so far":    {func(s *tails) { s.add(run, entriesOf(1, 4)) }, 5, 9, nil, false},
		"it began before":   {func(s *tails) { s.add(run, entriesOf(5, 6)) }, 3, 9, nil, false},
		"from its begin on": {func(s *tails) { s.add(run, entriesOf(5, 6)) }, 4, 9, []int64{5, 6}, true},
		"notes only":        {func(s *tails) { s.add(run, entriesOf(1, 2)); s.add(run, []*asl.Entry{{Type: asl.NoteRetry}}) }, 2, 9, nil, true},
		"a gap":             {func(s *tails) { s.add(run, entriesOf(1, 2)); s.add(run, entriesOf(5, 6)) }, 1, 9, nil, false},
		"after a gap":       {func(s *tails) { s.add(run, entriesOf(1, 2)); s.add(run, entriesOf(5, 6)) }, 4, 9, []int64{5, 6}, true},
		"forgotten":         {func(s *tails) { s.add(run, entriesOf(1, 2)); s.forget(run) }, 0, 9, nil, false},
		"hidden":            {func(s *tails) { s.add(run, entriesOf(1, 2)); s.hide(run) }, 0, 9, nil, false},
		"hidden before":     {func(s *tails) { s.add(run, entriesOf(1, 2)); s.hide(run); s.add(run, entriesOf(3, 3)) }, 0, 9, []int64{1, 2, 3}, true},
		"notes alone":       {func(s *tails) { s.add(run, []*asl.Entry{{Type: asl.NoteRetry}}) }, 0, 9, nil, false},
		"read before":       {func(s *tails) { s.add(run, entriesOf(1, 4)); s.after(run, 2, 9) }, 1, 9, nil, false},
		"more than is kept": {func(s *tails) { s.add(run, entriesOf(1, 1000)) }, 871, 9, nil, false},
		"the last kept":     {func(s *tails) { s.add(run, entriesOf(1, 1000)) }, 872, 2, []int64{873, 874}, true},
		"large ones": {func(s *tails) {
			large := entriesOf(1, 3)
			for _, e := range large {
				e.Details = make(json.RawMessage, tailBytes/2)
			}
			s.add(run, large)
		}, 0, 9, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newTails()
			if err != nil {
				t.Fatal(err)
			}
			c.do(s)
			events, known := s.after(run, c.after, int(c.limit))
			var got []int64
			for _, e := range events {
				got = append(got, e.ID)
			}
			if known != c.known || !slices.Equal(got, c.want) {
				t.Errorf("%v, %t, want %v, %t", got, known, c.want, c.known)
			}
		})
	}
}
