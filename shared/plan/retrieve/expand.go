package retrieve

import (
	"slices"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

const (
	expanded     = 15 // of what was found is looked at for what goes with it
	mostExpanded = 60
	perNeed      = 3 // operations that yield what a path needs
)

// expand adds what the best of the operations found go with, whatever its words: those
// on the way to their paths, on the same path, right below it, and those that yield
// what their paths need.
func expand(found []catalog.Found) []catalog.Found {
	have := make(map[catalog.Key]bool, len(found))
	for _, f := range found {
		have[f.Entry.Key(f.Op)] = true
	}
	out := slices.Clone(found)
	add := func(from catalog.Found, op *catalog.Op) {
		k := from.Entry.Key(op)
		if have[k] || len(out) >= len(found)+mostExpanded {
			return
		}
		have[k] = true
		from.Op, from.Words = op, 0
		from.Score = found[len(found)-1].Score
		out = append(out, from)
	}
	for _, f := range found[:min(expanded, len(found))] {
		for _, op := range f.Entry.Where(func(path string) bool { return beside(path, f.Op.Spec.Path) }) {
			add(f, op)
		}
		for i := range f.Op.Args {
			a := &f.Op.Args[i]
			if a.In != "path" {
				continue
			}
			ps := f.Entry.Producers(a, f.Op.Names(a))
			sort.SliceStable(ps, func(x, y int) bool { return ps[x].Score > ps[y].Score })
			for _, p := range ps[:min(perNeed, len(ps))] {
				add(f, p.Op)
			}
		}
	}
	return out
}

// beside says whether a path is another, on the way to it, or one step below it.
func beside(path, other string) bool {
	if strings.HasPrefix(other, path) {
		return len(other) == len(path) || other[len(path)] == '/'
	}
	rest, below := strings.CutPrefix(path, other+"/")
	return below && !strings.Contains(rest, "/")
}
