package retrieve

import (
	"math"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
)

const (
	foundFeatures = 14
	nearFeatures  = 9
)

// NumFeatures is how many numbers each operation has.
const NumFeatures = foundFeatures + nearFeatures + match.Features

// Features of the operations found, best first.
func Features(p *match.Problem, found []catalog.Found) [][]float64 {
	if len(found) == 0 {
		return nil
	}
	type api struct {
		n, ahead int
		best     float64
		ops      []int
	}
	apis := map[string]*api{}
	words, most := 0.0, 0.0
	looked := make([]match.Op, len(found))
	for i, f := range found {
		looked[i] = p.Look(f.Entry, f.Op)
		a := apis[f.Entry.Connection]
		if a == nil {
			a = &api{}
			apis[f.Entry.Connection] = a
		}
		a.ops = append(a.ops, i)
		a.best = max(a.best, f.Words)
		if i < 50 {
			a.n++
		}
		words = max(words, f.Words)
		most = max(most, f.API)
	}
	out := make([][]float64, 0, len(found))
	for i, f := range found {
		a := apis[f.Entry.Connection]
		x := []float64{
			f.Words, f.Words / words, f.API, f.API / max(most, 1e-9), f.Title, 1 / float64(1+f.Place), f.Ahead, 1 / float64(1+i), 1 / float64(1+a.ahead),
			f.Words / a.best, min(1, math.Log(float64(1+f.Entry.Len()))/7), f.Score / found[0].Score, min(1, float64(a.n)/20), f.Score - found[0].Score,
		}
		a.ahead++
		x = append(x, near(i, a.ops, found, looked, words)...)
		out = append(out, append(x, p.Features(&looked[i])...))
	}
	return out
}

// near are how good the operations are that an operation goes with.
func near(i int, of []int, found []catalog.Found, looked []match.Op, words float64) []float64 {
	f := make([]float64, nearFeatures)
	me := &looked[i]
	tags := 0
	for _, j := range of {
		if i == j {
			continue
		}
		o := &looked[j]
		s := found[j].Words / words
		switch {
		case o.Spec.Path == me.Spec.Path:
			f[0] = max(f[0], s)
		case strings.HasPrefix(o.Spec.Path, me.Spec.Path):
			f[1] = max(f[1], s)
		case strings.HasPrefix(me.Spec.Path, o.Spec.Path):
			f[2] = max(f[2], s)
		}
		if tags < 5 && slices.ContainsFunc(o.Spec.Tags, func(t string) bool { return slices.Contains(me.Spec.Tags, t) }) {
			f[3] += s / 5
			tags++
		}
		if o.Op.Entity == me.Op.Entity {
			f[4] = max(f[4], s)
		}
		if needs(o.Op, me.Op) {
			f[5] = max(f[5], s)
			f[6] = max(f[6], o.Most())
		}
		if needs(me.Op, o.Op) {
			f[7] = max(f[7], s)
			f[8] = max(f[8], o.Most())
		}
	}
	return f
}

// needs says whether an operation's path names a thing that another gives.
func needs(op, from *catalog.Op) bool {
	if from.Spec.Method == "DELETE" || from.Entity == "" || op == from || strings.HasSuffix(from.Spec.Path, "}") && from.Spec.Method == "GET" {
		return false
	}
	for i := range op.Args {
		if a := &op.Args[i]; a.In == "path" && a.Entity == from.Entity {
			return true
		}
	}
	return false
}
