package match

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// Mention is a thing that the goal says is done: a verb and what it is done to. Each
// of several objects ("lists the members, their roles and their keys") is a mention.
type Mention struct {
	// Verb is the place of its verb, -1 for none.
	Verb int
	// Words are the places of its object's words, and Weight is theirs together.
	Words  []int
	Weight float64
	// Of are the places of the words of the thing that the object belongs to ("a bill …
	// its stages").
	Of []int
	// Shared: the verb is that of the mention before.
	Shared bool
	// Several: it is done to several things; One: to a single one.
	Several, One bool
	// Borrowed: it names no object, and has that of a mention before ("and checks it").
	Borrowed bool
	// pronoun: a word of it stands for a thing named before; owned: its object belongs to
	// one.
	pronoun, owned bool
}

// mentions cuts the goal, leaving out what only says what it is good for.
func (g *Goal) mentions() []Mention {
	c := cutter{goal: g, cur: Mention{Verb: -1}}
	aside := false
	for i := range g.Words {
		w := &g.Words[i]
		if i > 0 && w.Break == Sentence {
			aside = asides[w.Text]
			c.form = unknownForm
		}
		if aside || c.purpose(i) {
			aside = true
			continue
		}
		if !w.Nested {
			c.word(i)
		}
	}
	c.end(Mention{})
	c.lend()
	c.refer()
	return c.out
}

// form is how the verbs of a sentence stand.
type form int

const (
	unknownForm form = iota
	base             // "create"
	third            // "creates"
	gerund           // "creating"
)

func formOf(w string) form {
	switch {
	case strings.HasSuffix(w, "ing"):
		return gerund
	case plural(w):
		return third
	}
	return base
}

// cutter takes a goal's words one by one.
type cutter struct {
	goal *Goal
	cur  Mention
	out  []Mention
	form form // of the sentence's verbs
}

func (c *cutter) word(i int) {
	w := &c.goal.Words[i]
	switch {
	case c.opens(i):
		if f := formOf(w.Text); c.form == unknownForm && f != gerund && !w.Nominal {
			c.form = f
		}
		c.end(Mention{Verb: i})
		return
	case w.Break == Sentence:
		c.end(Mention{Verb: -1})
	case w.Text == "including" && c.cur.Verb >= 0,
		(w.Break == Comma || w.Text == "and" || w.Text == "or") && c.cur.Verb >= 0 && len(c.cur.Words) > 0:
		c.end(Mention{Verb: c.cur.Verb, Shared: true})
	}
	switch {
	case possessives[w.Text]:
		c.cur.owned = true
	case pronouns[w.Text]:
		c.cur.pronoun = true
	}
	if !w.Stop && !w.Value && w.Weight > 0 && w.Text != "including" {
		c.cur.Words = append(c.cur.Words, i)
		c.cur.Weight += w.Weight
	}
}

// end closes the present mention, if it says anything, and begins the next.
func (c *cutter) end(next Mention) {
	if c.cur.Weight > 0 || c.cur.Verb >= 0 && !c.cur.Shared {
		c.out = append(c.out, c.cur)
	}
	c.cur = next
}

// lend gives mentions without an object that of their neighbour: the next one's in
// "creates, lists and deletes tokens", the one's before in "adds a user and checks it".
func (c *cutter) lend() {
	for i := len(c.out) - 2; i >= 0; i-- {
		if m, next := &c.out[i], &c.out[i+1]; len(m.Words) == 0 && !m.pronoun {
			m.Words, m.Weight = next.Words, next.Weight
		}
	}
	topic := -1 // the mention whose object a pronoun stands for
	for i := range c.out {
		m := &c.out[i]
		switch {
		case len(m.Words) > 0:
			if topic < 0 || !c.followed(topic, i) {
				topic = i
			}
		case topic >= 0:
			m.Words, m.Weight, m.Borrowed = c.out[topic].Words, c.out[topic].Weight, true
		}
		if len(m.Words) == 0 || m.Borrowed {
			continue
		}
		m.One = !plural(c.goal.Words[m.Words[len(m.Words)-1]].Text)
		for _, w := range m.Words {
			m.Several = m.Several || plural(c.goal.Words[w].Text)
		}
	}
}

// followed says whether a mention between two speaks of the first one's object by a
// pronoun: then it is what the sentence goes on about.
func (c *cutter) followed(topic, to int) bool {
	return slices.ContainsFunc(c.out[topic+1:to], func(m Mention) bool { return m.Borrowed })
}

// refer tells what the objects of "its stages" and "their keys" belong to: what was
// named before, by itself.
func (c *cutter) refer() {
	topic := -1
	for i := range c.out {
		m := &c.out[i]
		switch {
		case m.owned && topic >= 0 && !m.Borrowed:
			m.Of = c.out[topic].Words
		case m.Shared && i > 0 && c.out[i-1].Of != nil && !m.Borrowed:
			m.Of = c.out[i-1].Of
		case len(m.Words) > 0 && !m.Borrowed && !m.Shared:
			topic = i
		}
	}
}

func plural(w string) bool {
	return strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us")
}

// opens says whether a word is a verb that begins a mention.
func (c *cutter) opens(i int) bool {
	g := c.goal
	w := &g.Words[i]
	if w.Acts == nil || w.Value {
		return false
	}
	if i == 0 || w.Break == Sentence || w.Nominal {
		return true
	}
	before := g.Words[i-1].Text
	f := formOf(w.Text)
	switch {
	case f == gerund:
		return w.Break != None || !determiners[before]
	case before == "to":
		return true
	case w.Break == None && !openers[before] && !strings.HasSuffix(before, "ly"):
		return false
	}
	// A word that is a noun too is a verb where it stands as the sentence's verbs do.
	return !w.Noun || c.form == unknownForm || f == c.form || c.form == gerund
}

// purpose says whether a word begins what the rest of the sentence is good for.
func (c *cutter) purpose(i int) bool {
	w := &c.goal.Words[i]
	if i == 0 || w.Break == Sentence || len(c.cur.Words) == 0 && len(c.out) == 0 {
		return false
	}
	if w.Break == Comma && (purposes[w.Text] && c.form != gerund && c.form != unknownForm || merits[w.Text]) {
		return true
	}
	return purposeVerbs[w.Text] && c.goal.Words[i-1].Text == "to" && i+1 < len(c.goal.Words)
}

// asides begin sentences that ask for nothing: "This is useful for …".
var asides = catalog.Words(`this it useful ideal essential suitable helpful requires crucial perfect these such`)

// purposes begin what comes of it: ", ensuring that …". purposeVerbs do after "to",
// and merits tell what it is good for: ", useful for …".
var (
	purposes     = catalog.Words(`providing enabling allowing ensuring making helping facilitating giving supporting offering simulating demonstrating showcasing reflecting improving preventing streamlining reducing maintaining keeping leading resulting effectively`)
	purposeVerbs = catalog.Words(`understand ensure prevent support help facilitate avoid keep maintain gain improve enhance optimize streamline reduce`)
	merits       = catalog.Words(`useful ideal essential suitable helpful crucial perfect valuable vital which potentially`)
)

// openers stand before verbs.
var openers = catalog.Words(`and then or to by finally also please you can users user before after i me them next first afterwards will it workflow later optionally`)

// determiners stand before nouns, where a word in -ing is one too.
var determiners = catalog.Words(`a an the its their this that my our your each of`)

var (
	possessives = catalog.Words(`its their his her`)
	pronouns    = catalog.Words(`it them`)
)
