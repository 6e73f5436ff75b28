package builtin

import (
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// ranked is an operation with how well it serves a clause.
type ranked struct {
	catalog.Hit
	score float64
}

const (
	retrieved    = 40 // operations that are looked at closely for a clause
	weightPlain  = 0.35
	weightName   = 0.3
	weightAside  = 0.3
	weightBefore = 0.45
	sameIntent   = 0.8 // another verb for the same
	unknownWord  = 0.5 // of the weight of a word that no operation has
)

// terms are the clause's words as the index has them.
func (g *goal) terms(set *catalog.Set, c *clause) []catalog.Term {
	var out []catalog.Term
	at := map[string]int{}
	aside := false
	var described []token
	add := func(t token, w float64) {
		if t.stop && t.lower != "me" {
			return
		}
		if set.IDF(t.stem) >= set.IDF("\x00") {
			w *= unknownWord
		}
		if i, ok := at[t.stem]; ok {
			out[i].Weight = max(out[i].Weight, w)
			return
		}
		at[t.stem] = len(out)
		out = append(out, catalog.Term{Stem: t.stem, Weight: w, Aside: aside})
	}
	for _, t := range c.tokens {
		switch {
		case g.sites.at[t.start] || t.value >= 0 && g.values[t.value].mention:
		case t.value < 0 && (c.gives(t) || c.describes(t)):
			described = append(described, t)
		case t.value >= 0 && g.values[t.value].kind == kindProper:
			add(t, weightName)
		case t.value >= 0 && g.values[t.value].kind == kindCode:
			add(t, weightName)
		case t.value >= 0:
		case t.lower == c.verb && (plainVerbs[t.lower] || filing[t.lower] && c.intent == intentCreate):
			add(t, weightPlain)
		case namedBy[t.lower]:
		case ordinal(t.lower) && t.lower != "random" && t.lower != "next" && t.lower != "top":
			add(t, weightName)
		default:
			add(t, 1)
		}
	}
	aside = len(out) > 1
	for _, t := range c.inherited {
		if t.value < 0 {
			add(t, weightBefore)
		}
	}
	aside = true
	for _, t := range described {
		add(t, weightAside)
	}
	for _, t := range c.context {
		if t.value < 0 {
			add(t, weightAside)
		}
	}
	return out
}

// rank orders the operations for a clause: those of the connections that it
// names, unless nothing there fits at all.
func (g *goal) rank(set *catalog.Set, c *clause) []ranked {
	if len(c.sites) > 0 {
		if out := g.rankBy(set, c, only(set, c.sites)); len(out) > 0 && out[0].score >= enoughMatch {
			return out
		}
	}
	return g.rankBy(set, c, g.nearby(set, c))
}

func (g *goal) rankBy(set *catalog.Set, c *clause, boost map[string]float64) []ranked {
	terms := g.terms(set, c)
	hits := set.Search(terms, boost, retrieved)
	said := map[string]float64{}
	for _, t := range terms {
		said[t.Stem] = min(1, t.Weight/weightPlain)
	}
	for _, t := range c.tokens {
		if (c.gives(t) || c.describes(t)) && !c.nouns[t.stem] {
			said[t.stem] = min(said[t.stem], weightAside)
		}
	}
	nounKnown := false
	for n := range c.nouns {
		nounKnown = nounKnown || set.IDF(n) < set.IDF("\x00")
	}
	for _, t := range c.context {
		nounKnown = nounKnown || !t.stop && t.value < 0 && set.IDF(t.stem) < set.IDF("\x00")
	}
	for _, t := range c.inherited {
		nounKnown = nounKnown || len(c.nouns) == 0 && set.IDF(t.stem) < set.IDF("\x00")
	}
	wantsMany, wantsOne := g.number(c)
	out := make([]ranked, 0, len(hits))
	for _, h := range hits {
		covered := max(coverage(set, h.Op.Core, said, c.intent), 0.9*coverage(set, h.Op.Told, said, c.intent))
		s := (0.6*min(1.2, h.Lexical) + 0.4*covered) * prior(c.intent, c.verb, h.Op)
		if !nounKnown && len(c.nouns) > 0 && (covered < 0.5 || !ownVerb(h.Op, c.verb)) {
			s *= 0.5
		}
		item := strings.HasSuffix(h.Op.Spec.Path, "}")
		switch {
		case wantsMany && h.Op.IsList:
			s *= 1.08
		case wantsMany && item && c.intent == intentRead:
			s *= 0.9
		case wantsOne && item:
			s *= 1.12
		case wantsOne && h.Op.IsList:
			s *= 0.92
		case c.intent == intentCreate && item && h.Op.Method() == "POST":
			s *= 0.92
		case (c.intent == intentUpdate || c.intent == intentDelete) && item && c.nouns[catalog.Stem(h.Op.Entity)]:
			s *= 1.06
		}
		if h.Op.Spec.Deprecated {
			s *= 0.8
		}
		s *= 1 - 0.015*float64(len(h.Op.Required()))
		out = append(out, ranked{h, s})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].score > out[j].score })
	return out
}

// ownVerb says whether the operation is named by the clause's verb.
func ownVerb(op *catalog.Op, verb string) bool {
	stem := catalog.Stem(verb)
	return verb != "" && (len(op.Core) > 0 && op.Core[0] == stem || len(op.Told) > 0 && op.Told[0] == stem)
}

// coverage is the part of an operation's own words that the clause says, by how
// telling they are.
func coverage(set *catalog.Set, own []string, said map[string]float64, in intent) float64 {
	all, have := 0.0, 0.0
	for _, w := range own {
		idf := set.IDF(w)
		if plainStems[w] {
			idf *= 0.3
		}
		all += idf
		got := said[w]
		if own, ok := stemIntents[w]; ok && own == in && in != intentAct {
			got = max(got, sameIntent)
		}
		have += idf * got
	}
	if all == 0 {
		return 0
	}
	return have / all
}

// prior is how well the operation's method and own verb serve the clause's.
func prior(in intent, verb string, op *catalog.Op) float64 {
	p := fit(in, op.Method())
	ws := catalog.Split(op.ID())
	if strings.Contains(op.ID(), "/") && strings.Contains(op.ID(), " ") {
		ws = nil
	}
	if len(ws) > 0 {
		own, ok := verbOf(ws[0])
		if !ok {
			own, ok = verbOf(ws[len(ws)-1])
		}
		switch {
		case ok && own == in && in != intentAct:
			p = max(p, 0.95)
		case verb != "" && ok && catalog.Stem(ws[0]) == catalog.Stem(verb):
			p = max(p, 1)
		case ok && in == intentRead && own != intentRead && own != intentAct:
			p *= 0.6
		}
	}
	return p
}

// number says whether the clause wants a list or one thing by its id.
func (g *goal) number(c *clause) (many, one bool) {
	for i, t := range c.tokens {
		if t.value >= 0 {
			k := g.values[t.value].kind
			if (k == kindNumber || k == kindCode || k == kindUUID) && i > 0 && g.namesThing(reverse(c.tokens[max(0, i-3):i]), "") {
				one = true
			}
			continue
		}
		if t.lower == "it" {
			one = true
		}
		if c.implied || t.lower == "list" || t.lower == "all" || t.lower == "every" || catalog.Plural(t.lower) && c.nouns[t.stem] {
			many = true
		}
	}
	return many && !one, one
}

func reverse(ts []token) []token {
	out := make([]token, 0, len(ts))
	for i := len(ts) - 1; i >= 0; i-- {
		out = append(out, ts[i])
	}
	return out
}
