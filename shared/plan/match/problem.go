package match

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// Problem is a goal over the operations of a set.
type Problem struct {
	Goal *Goal
	// Words is the weight of all words together.
	Words    float64
	Mentions []Mention
	set      *catalog.Set
	said     map[string]bool // stems of the goal
}

// New makes a Problem.
func New(g *Goal, set *catalog.Set) *Problem {
	p := &Problem{Goal: g, set: set, said: map[string]bool{}, Mentions: g.mentions()}
	for _, w := range g.Words {
		p.Words += w.Weight
		if !w.Stop {
			p.said[w.Stem] = true
		}
	}
	return p
}

// Op is an operation with how it fits the goal.
type Op struct {
	Entry *catalog.Entry
	*catalog.Op
	Method Method
	// Names are the goal's words, by their place, that the operation is named by; Says
	// those that it says anywhere.
	Names, Says []bool
	// At is the middle of the words that name it, 0–1; -1 for none.
	At float64
	// Mentions are how it fits each mention.
	Mentions []Fit
	// Segments are the path's.
	Segments []string
	nouns    []string // of its name, without its verb
}

// Method is an HTTP method, by what it does.
type Method int

// Methods.
const (
	Get Method = iota
	Post
	Put
	Patch
	Delete
	Methods // how many there are
)

func methodOf(m string) Method {
	switch m {
	case "POST":
		return Post
	case "PUT":
		return Put
	case "PATCH":
		return Patch
	case "DELETE":
		return Delete
	}
	return Get
}

// naming is the weight of a stem in an operation from which the operation is named by
// it: that of its summary.
const naming = 1.9

// Look reads how an operation fits.
func (p *Problem) Look(e *catalog.Entry, op *catalog.Op) Op {
	o := Op{Entry: e, Op: op, Method: methodOf(op.Method()), At: -1, Segments: strings.Split(strings.Trim(op.Spec.Path, "/"), "/"),
		Names: make([]bool, len(p.Goal.Words)), Says: make([]bool, len(p.Goal.Words))}
	sum, middle := 0.0, 0.0
	for i, w := range p.Goal.Words {
		if w.Stop || w.Value {
			continue
		}
		weight := op.Weight(w.Stem)
		if weight == 0 && (begins(w.Stem, op.Core) || begins(w.Stem, op.Told)) {
			weight = naming
		}
		o.Says[i], o.Names[i] = weight > 0, weight >= naming
		if o.Names[i] {
			sum += w.Weight
			middle += w.Weight * float64(i)
		}
	}
	if sum > 0 {
		o.At = middle / sum / float64(len(p.Goal.Words))
	}
	o.nouns = nouns(op)
	for i := range p.Mentions {
		o.Mentions = append(o.Mentions, p.fit(&o, &p.Mentions[i]))
	}
	return o
}

// begins says whether a stem is the beginning of one of a list, or the other way
// round: "stat" and "statist", "repo" and "repositori".
func begins(stem string, list []string) bool {
	if len(stem) < 4 {
		return false
	}
	return slices.ContainsFunc(list, func(s string) bool { return len(s) >= 4 && (strings.HasPrefix(s, stem) || strings.HasPrefix(stem, s)) })
}

// nouns are the stems of an operation's name, or where it has none of its summary,
// without the first, which is its verb.
func nouns(op *catalog.Op) []string {
	var out []string
	for _, list := range [][]string{op.Core, op.Told} {
		for i, s := range list {
			if (i > 0 || len(list) == 1 || !verbs[s]) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// Share is the part of a list of stems that the goal says, by how telling they are,
// and how much it does not say.
func (p *Problem) Share(stems []string) (said, missing float64) {
	all, have := 0.0, 0.0
	for _, s := range stems {
		idf := p.set.IDF(s)
		all += idf
		if p.said[s] {
			have += idf
		}
	}
	if all == 0 {
		return 0, 0
	}
	return have / all, min(1, (all-have)/8)
}

// Sum is the weight of the words that are marked.
func (p *Problem) Sum(marked []bool) float64 {
	sum := 0.0
	for i, w := range p.Goal.Words {
		if marked[i] {
			sum += w.Weight
		}
	}
	return sum
}
