package match

import (
	"slices"
	"strings"
)

// Fit is how an operation fits a mention; every part is 0–1 but Number.
type Fit struct {
	// Verb is how well its method does what the mention says; Own: its own verb is the
	// mention's.
	Verb float64
	Own  bool
	// Object is the part of the mention's object that it speaks of, Name the part of its
	// name that the mention, or by half the goal, says.
	Object, Name float64
	// Number is 1 where both speak of several things or both of one, -1 where not.
	Number float64
	// All is all of it.
	All float64
}

const (
	noVerb    = 0.6 // of a mention without a verb
	ownVerb   = 0.95
	elsewhere = 0.5 // of a word that the goal says outside the mention
	ofOwner   = 0.4 // of a word of the thing that the object belongs to
	saidOnly  = 0.3 // of a word that the operation says, and is not named by
	byNumber  = 0.05
)

func (p *Problem) fit(o *Op, m *Mention) Fit {
	f := Fit{Verb: noVerb}
	in := map[string]bool{}
	have, want := 0.0, 0.0
	say := func(words []int, part float64) {
		for _, i := range words {
			w := &p.Goal.Words[i]
			in[w.Stem] = true
			want += part * w.Weight
			switch {
			case o.Names[i]:
				have += part * w.Weight
			case o.Says[i]:
				have += saidOnly * part * w.Weight
			}
		}
	}
	say(m.Words, 1)
	say(m.Of, ofOwner)
	if want > 0 {
		f.Object = have / want
	}
	if m.Verb >= 0 {
		w := &p.Goal.Words[m.Verb]
		f.Verb = w.Acts[o.Method]
		f.Own = slices.Contains(o.Core[:min(3, len(o.Core))], w.Stem) || slices.Contains(o.Told[:min(3, len(o.Told))], w.Stem)
		if f.Own {
			f.Verb = max(f.Verb, ownVerb)
		}
	}
	all, got := 0.0, 0.0
	for _, s := range o.nouns {
		idf := p.set.IDF(s)
		all += idf
		switch {
		case in[s]:
			got += idf
		case p.said[s]:
			got += elsewhere * idf
		}
	}
	if all > 0 {
		f.Name = got / all
	}
	item := strings.HasSuffix(o.Spec.Path, "}")
	switch {
	case o.Method != Get:
	case m.Several && o.IsList, m.One && !o.IsList && item:
		f.Number = 1
	case m.Several && item, m.One && o.IsList:
		f.Number = -1
	}
	f.All = f.Verb * (f.Object + f.Name) / 2 * (1 + byNumber*f.Number)
	return f
}

// Best is the mention that the operation fits best, -1 for none.
func (o *Op) Best() int {
	best := -1
	for i, f := range o.Mentions {
		if f.All > 0 && (best < 0 || f.All > o.Mentions[best].All) {
			best = i
		}
	}
	return best
}

// Most is how well it fits that mention, 0 where it fits none.
func (o *Op) Most() float64 {
	if i := o.Best(); i >= 0 {
		return o.Mentions[i].All
	}
	return 0
}
