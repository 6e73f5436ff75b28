package sequence

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/match"
)

// Parts of a vector of features. What belongs to a call is 0 for the end, and the
// other way round.
const (
	staticFeatures = match.Features + 12
	stepFeatures   = 20 + places + int(match.Methods)*int(match.Methods) + relations + mentioned
	endFeatures    = 22 + int(match.Methods) + places
	styleFeatures  = 8
	places         = 5
	relations      = 13
	perMention     = 8
	mentioned      = 4*perMention + 7
	atMention      = 4 * perMention
	Features       = staticFeatures + stepFeatures + endFeatures + styleFeatures
)

// features of a next step: a candidate's index, or End.
func (p *problem) features(st *state, next int) []float64 {
	f := make([]float64, 0, Features)
	if next == End {
		f = append(f, make([]float64, staticFeatures+stepFeatures)...)
		f = append(f, p.end(st)...)
		return append(f, p.style...)
	}
	k := &p.known[next]
	f = append(f, k.static...)
	f = append(f, p.step(st, k)...)
	f = append(f, make([]float64, endFeatures)...)
	return append(f, p.style...)
}

// place tells a plan's first steps apart.
func place(n int) []float64 {
	f := make([]float64, places)
	f[min(n, places-1)] = 1
	return f
}

// end are the features of ending here.
func (p *problem) end(st *state) []float64 {
	n := len(st.calls)
	unserved := 0
	for _, c := range st.served {
		unserved += int(truth(c == 0))
	}
	best, fresh := 0.0, 0.0
	for i := range p.known {
		if k := &p.known[i]; !slices.Contains(st.calls, i) {
			best = max(best, k.merit)
			fresh = max(fresh, k.merit*p.fresh(st, k.Names)/max(p.Words, 1e-9))
		}
	}
	method := make([]float64, match.Methods)
	list, own := 0.0, 0.0
	if n > 0 {
		k := &p.known[st.calls[n-1]]
		method[k.Method] = 1
		list, own = truth(k.IsList), truth(k.Ruled == 0)
	}
	unhit, most := 0.0, 0.0
	for j := range p.Mentions {
		if !st.hit[j] {
			unhit++
			most = max(most, p.best[j])
		}
	}
	clauses, mentions, words := float64(p.Goal.Clauses), float64(len(p.Mentions)), float64(len(p.Goal.Words))
	f := []float64{1, st.left, float64(unserved) / max(1, clauses), (clauses - float64(n)) / 4, (float64(p.Goal.Verbs) - float64(n)) / 4, best, fresh,
		float64(st.open) / 3, truth(n > 0 && p.ruled(st)), min(1, float64(st.ahead)/3), list, own,
		min(1, float64(p.Goal.Commas)/6), min(1, float64(p.Goal.Joins)/4), min(1, float64(p.Goal.Sentences)/4), min(1, words/30), words / float64(max(1, n)) / 20,
		unhit / max(1, mentions), min(1, unhit/5), min(1, (mentions-float64(st.pointer))/4), most, min(1, mentions/8)}
	return append(append(f, method...), place(n)...)
}

// step are the features of a candidate after the calls so far.
func (p *problem) step(st *state, k *known) []float64 {
	n := len(st.calls)
	all := max(p.Words, 1e-9)
	fresh := p.fresh(st, k.Names)
	repeated := 0
	for _, i := range st.calls {
		repeated += int(truth(i == k.index))
	}
	filled, byLast := k.filled(st.calls)
	needs := float64(max(1, len(k.needs)))
	served, same, following, back, expected := 0.0, 0.0, 0.0, 0.0, 0.0
	if k.clause >= 0 {
		served, expected = float64(min(3, st.served[k.clause]))/3, truth(k.clause == st.expected)
		following = truth(n == 0 && k.clause == 0)
		if n > 0 {
			d := k.clause - p.known[st.calls[n-1]].clause
			same, following, back = truth(d == 0), truth(d == 1), truth(d < 0)
		}
	}
	fit := 0.0
	if st.expected < len(k.Serves) {
		fit = k.Serves[st.expected]
	}
	f := []float64{
		fresh / all, p.fresh(st, k.Says) / all, fresh / max(st.left*all, 1e-9), truth(repeated > 0), float64(min(2, repeated)) / 2,
		float64(filled) / needs, float64(byLast) / needs, float64(len(k.needs)-filled) / 3,
		served, same, following, back, expected, fit, k.merit * fresh / all,
		p.wanted(st, k), p.wantedNext(st, k), truth(k.Ruled > 0), truth(st.next == k.index), truth(st.next != End && st.next != k.index),
	}
	f = append(f, p.mentioned(st, k)...)
	f = append(f, place(n)...)
	pair := make([]float64, match.Methods*match.Methods)
	if n > 0 {
		pair[p.known[st.calls[n-1]].Method*match.Methods+k.Method] = 1
	}
	return append(append(f, pair...), p.relation(st, k)...)
}

// relation are a candidate's relations to the call before, and to all.
func (p *problem) relation(st *state, k *known) []float64 {
	f := make([]float64, relations)
	if len(st.calls) == 0 {
		f[7] = k.At
		return f
	}
	l := &p.known[st.calls[len(st.calls)-1]]
	common := 0
	for common < min(len(l.Segments), len(k.Segments)) && l.Segments[common] == k.Segments[common] {
		common++
	}
	f[0] = truth(l.Spec.Path == k.Spec.Path)
	f[1] = truth(common == len(l.Segments) && len(k.Segments) == common+1)
	f[2] = truth(common == len(l.Segments) && len(k.Segments) > common+1)
	f[3] = truth(common == len(k.Segments) && len(l.Segments) > common)
	f[4] = float64(common) / float64(max(1, len(l.Segments), len(k.Segments)))
	f[5] = truth(slices.ContainsFunc(l.Spec.Tags, func(t string) bool { return slices.Contains(k.Spec.Tags, t) }))
	f[6] = truth(l.Candidate.Op.Entity == k.Candidate.Op.Entity)
	f[7] = k.At - l.At
	f[8] = truth(k.At > l.At)
	f[9] = truth(l.connection() == k.connection())
	same := 0
	for _, i := range st.calls {
		o := &p.known[i]
		same += int(truth(o.Candidate.Op.Entity == k.Candidate.Op.Entity))
		f[10] = max(f[10], truth(i != k.index && strings.HasPrefix(k.Spec.Path, o.Spec.Path)))
		f[11] = max(f[11], truth(o.Method == match.Post && o.Collection() == k.Collection()))
	}
	f[12] = float64(min(3, same)) / 3
	return f
}

// wanted is how good the best candidate is that needs an answer of this one and has
// it from no call so far.
func (p *problem) wanted(st *state, k *known) float64 {
	best := 0.0
	for i := range p.known {
		o := &p.known[i]
		if i == k.index || o.merit <= best || slices.Contains(st.calls, i) {
			continue
		}
		for n := range o.needs {
			if slices.Contains(o.fills[n], k.index) && !slices.ContainsFunc(st.calls, func(c int) bool { return slices.Contains(o.fills[n], c) }) {
				best = o.merit
			}
		}
	}
	return best
}

// wantedNext is wanted, by what the rules call next.
func (p *problem) wantedNext(st *state, k *known) float64 {
	if st.next == End || st.next == k.index {
		return 0
	}
	o := &p.known[st.next]
	return truth(slices.ContainsFunc(o.fills, func(by []int) bool { return slices.Contains(by, k.index) }))
}

// mentioned are how a candidate fits the mention that is next, the one after it, the
// one of those left that it fits best, and the one that it is taken to serve.
func (p *problem) mentioned(st *state, k *known) []float64 {
	f := make([]float64, mentioned)
	put := func(at, j int) {
		if j < 0 || j >= len(p.Mentions) {
			return
		}
		m := k.Mentions[j]
		part := 0.0
		if p.best[j] > 0 {
			part = m.All / p.best[j]
		}
		copy(f[at*perMention:], []float64{m.Verb, m.Object, m.Name, m.All, truth(m.Own), part, m.Number, truth(p.Mentions[j].Borrowed)})
	}
	left, best := 0.0, -1
	for j := range p.Mentions {
		if !st.hit[j] && k.Mentions[j].All > left {
			left, best = k.Mentions[j].All, j
		}
	}
	m := p.serves(k, st)
	for at, j := range []int{st.pointer, st.pointer + 1, best, m} {
		put(at, j)
	}
	if m < 0 {
		f[atMention+6] = 1
		return f
	}
	d := m - st.pointer
	copy(f[atMention:], []float64{truth(d == 0), truth(d == 1), truth(d >= 2), truth(d < 0), truth(st.hit[m]), truth(p.Mentions[m].Shared)})
	return f
}
