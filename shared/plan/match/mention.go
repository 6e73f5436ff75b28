package match

import (
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
	// Shared: the verb is that of the mention before.
	Shared bool
	// Several: it is done to several things; One: to a single one.
	Several, One bool
	// Borrowed: it names no object, and has that of the mention before ("and checks it").
	Borrowed bool
}

// mentions cuts the goal, leaving out what only says what it is good for.
func (g *Goal) mentions() []Mention {
	c := cutter{goal: g, cur: Mention{Verb: -1}}
	aside := false
	for i := range g.Words {
		if i > 0 && g.Words[i].Break == Sentence {
			aside = asides[g.Words[i].Text]
		}
		if !aside {
			c.word(i)
		}
	}
	c.end(Mention{})
	c.lend()
	return c.out
}

// cutter takes a goal's words one by one.
type cutter struct {
	goal *Goal
	cur  Mention
	out  []Mention
}

func (c *cutter) word(i int) {
	w := &c.goal.Words[i]
	switch {
	case c.goal.opens(i):
		c.end(Mention{Verb: i})
		return
	case w.Break == Sentence:
		c.end(Mention{Verb: -1})
	case (w.Break == Comma || w.Text == "and" || w.Text == "or") && c.cur.Verb >= 0 && len(c.cur.Words) > 0:
		c.end(Mention{Verb: c.cur.Verb, Shared: true})
	}
	if !w.Stop && !w.Value && w.Weight > 0 {
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
// "creates, lists and deletes tokens", the one's before in "adds a user and checks".
func (c *cutter) lend() {
	for i := len(c.out) - 2; i >= 0; i-- {
		if m, next := &c.out[i], &c.out[i+1]; len(m.Words) == 0 {
			m.Words, m.Weight = next.Words, next.Weight
		}
	}
	for i := range c.out {
		m := &c.out[i]
		if len(m.Words) == 0 && i > 0 {
			m.Words, m.Weight, m.Borrowed = c.out[i-1].Words, c.out[i-1].Weight, true
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

func plural(w string) bool {
	return strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us")
}

// opens says whether a word is a verb that begins a mention.
func (g *Goal) opens(i int) bool {
	w := &g.Words[i]
	if w.Acts == nil || w.Value {
		return false
	}
	if i == 0 || w.Break != None {
		return true
	}
	before := g.Words[i-1].Text
	switch {
	case openers[before], strings.HasSuffix(before, "ly"):
		return true
	case strings.HasSuffix(w.Text, "ing"):
		return !determiners[before]
	}
	return false
}

// asides begin sentences that ask for nothing: "This is useful for …".
var asides = catalog.Words(`this it useful ideal essential suitable helpful requires crucial perfect these such`)

// openers stand before verbs.
var openers = catalog.Words(`and then or to by finally also please you can users user before after i me them next first afterwards will it workflow optionally`)

// determiners stand before nouns, where a word in -ing is one too.
var determiners = catalog.Words(`a an the its their this that my your our each of`)
