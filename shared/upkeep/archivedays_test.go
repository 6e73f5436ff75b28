package upkeep_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/upkeep"
)

// TestSequence: days follow each other chain by chain, and what is missing between is
// told.
func TestSequence(t *testing.T) {
	t.Parallel()
	day := func(name string, chains ...upkeep.Chain) upkeep.Manifest {
		return upkeep.Manifest{Version: 2, Day: name, Chains: chains}
	}
	piece := func(shard int, first, last int64, prev, end string) upkeep.Chain {
		return upkeep.Chain{Shard: shard, FirstSeq: first, LastSeq: last, PrevHash: prev, LastHash: end}
	}
	first := day("2026-11-24", piece(0, 5, 9, "d", "i"), piece(3, 1, 2, "", "b"))
	for name, c := range map[string]struct {
		next upkeep.Manifest
		want string
	}{
		"goes on":              {day("2026-11-25", piece(0, 10, 11, "i", "k"), piece(3, 3, 3, "b", "c")), ""},
		"a chain rests":        {day("2026-11-25", piece(3, 3, 3, "b", "c")), ""},
		"a chain begins":       {day("2026-11-25", piece(7, 1, 1, "", "a")), ""},
		"a day is missing":     {day("2026-11-26", piece(0, 12, 12, "k", "l")), "a day between is missing"},
		"another record":       {day("2026-11-25", piece(0, 10, 11, "x", "k")), "does not go on"},
		"the same day":         {first, "comes after"},
		"of the form before":   {upkeep.Manifest{Version: 1, Day: "2026-11-25", Records: 1, FirstSeq: 10, LastSeq: 10, PrevHash: "i", LastHash: "j"}, ""},
		"of it, with a change": {upkeep.Manifest{Version: 1, Day: "2026-11-25", Records: 1, FirstSeq: 10, LastSeq: 10, PrevHash: "x", LastHash: "j"}, "does not go on"},
	} {
		var s upkeep.Sequence
		if why := s.Add(first); why != "" {
			t.Fatal(why)
		}
		if why := s.Add(c.next); (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %q, want %q", name, why, c.want)
		}
	}
}
