package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// transfer is a phrase by which an argument takes a part of an earlier answer:
// "with the pet name as title", "titled with the event's name", "using its id".
type transfer struct {
	// to are the stems of the argument's name; none where only its kind is said.
	to []string
	// naming: the argument is what the new thing is called ("named after …").
	naming bool
	from   source
	// tokens are the phrase's, without the word that opens it.
	tokens []token
}

// source is a part of an earlier answer, as a goal calls it.
type source struct {
	// owner are the stems of the thing ("pet" in "the pet's name"), where it is
	// said apart from the property.
	owner []string
	// words are the stems of the property, the thing's before them if it is not
	// said apart ("pet name").
	words []string
	// pronoun: the thing is spoken of as "its" or "that"; the: with an article.
	pronoun, the bool
}

const maxPhrase = 8

var (
	// giving words open a phrase that gives arguments their values.
	giving   = catalog.Words(`with using use whose where and by having including take taking put putting set setting pass passing give giving provide providing`)
	naming   = catalog.Words(`titled entitled named called labelled labeled dubbed`)
	equating = catalog.Words(`is are be being equals equal = from of matching taken set to`)
	phraseIn = catalog.Words(`and or for in on at with whose where as then using into via by titled entitled named called saying from to`)
)

// transfers finds the clause's transfers.
func (g *goal) transfers(c *clause) {
	ts := c.tokens
	for i := 1; i < len(ts); i++ {
		if ts[i].value >= 0 {
			continue
		}
		var t transfer
		var ok bool
		end := i + 1
		switch w := ts[i].lower; {
		case w == "as":
			t, end, ok = g.givenAs(ts, i)
		case naming[w]:
			t, end, ok = g.namedWith(ts, i)
		case giving[w]:
			if t, end, ok = g.equated(ts, i+1); !ok && (w == "using" || w == "by" || w == "with" && c.intent != intentRead) {
				t, end, ok = g.ofSameName(ts, i+1)
			}
		case w == "to" && c.intent == intentUpdate:
			t, end, ok = g.changedTo(ts, i)
		}
		if ok {
			c.transfers = append(c.transfers, t)
			i = end - 1
		}
	}
}

// givenAs reads "[with] the pet name as [the] title", from its "as".
func (g *goal) givenAs(ts []token, as int) (transfer, int, bool) {
	start := as
	for start > 0 && as-start < maxPhrase && ts[start-1].value < 0 && !giving[ts[start-1].lower] && !g.comma(ts[start-1], ts[start]) {
		start--
	}
	if start == 0 || start == as || !giving[ts[start-1].lower] && !g.comma(ts[start-1], ts[start]) {
		return transfer{}, as, false
	}
	from, n := g.source(ts[start:as])
	to, end := g.target(ts, as+1)
	if n != as-start || len(to) == 0 || len(from.words)+len(from.owner) == 0 {
		return transfer{}, as, false
	}
	return transfer{to: to, from: from, tokens: ts[start:end]}, end, true
}

// namedWith reads "titled [with] the event name", "named after the pet".
func (g *goal) namedWith(ts []token, at int) (transfer, int, bool) {
	i := at + 1
	for i < len(ts) && (ts[i].lower == "with" || ts[i].lower == "after" || ts[i].lower == "by" || ts[i].lower == "as") {
		i++
	}
	from, n := g.source(ts[min(i, len(ts)):])
	if n == 0 || len(from.words)+len(from.owner) == 0 {
		return transfer{}, at, false
	}
	return transfer{naming: true, from: from, tokens: ts[at : i+n]}, i + n, true
}

// equated reads "title set to the name of the pet", "[whose] title is the event
// name", "title from the pet name", from its first word.
func (g *goal) equated(ts []token, at int) (transfer, int, bool) {
	to, i := g.target(ts, at)
	if len(to) == 0 || i >= len(ts) || ts[i].value >= 0 || !equating[ts[i].lower] {
		return transfer{}, at, false
	}
	of := ts[i].lower == "of"
	for i < len(ts) && ts[i].value < 0 && equating[ts[i].lower] {
		i++
	}
	from, n := g.source(ts[i:])
	if n == 0 || len(from.words) == 0 || !from.pronoun && !from.the && len(from.words)+len(from.owner) < 2 || of && len(from.words)+len(from.owner) < 2 {
		return transfer{}, at, false // "with the name of the pet" says no other name
	}
	return transfer{to: to, from: from, tokens: ts[at : i+n]}, i + n, true
}

// ofSameName reads "using its id", "with the pet's name": the argument is called
// as what it takes.
func (g *goal) ofSameName(ts []token, at int) (transfer, int, bool) {
	from, n := g.source(ts[min(at, len(ts)):])
	if n == 0 || len(from.words) == 0 || !from.pronoun && len(from.owner) == 0 {
		return transfer{}, at, false
	}
	return transfer{to: from.words, from: from, tokens: ts[at : at+n]}, at + n, true
}

// changedTo reads "[change] its title to the pet's name", from its "to".
func (g *goal) changedTo(ts []token, at int) (transfer, int, bool) {
	from, n := g.source(ts[at+1:])
	start := at
	for start > 1 && at-start < 3 && ts[start-1].value < 0 && !determiners[ts[start-1].lower] && ts[start-1].lower != "of" {
		start--
	}
	to, end := g.target(ts, start)
	if n == 0 || end != at || len(to) == 0 || len(from.owner) == 0 && len(from.words) < 2 {
		return transfer{}, at, false
	}
	return transfer{to: to, from: from, tokens: ts[start : at+1+n]}, at + 1 + n, true
}

// target reads the name of an argument: one to three words.
func (g *goal) target(ts []token, at int) (stems []string, end int) {
	i := at
	for i < len(ts) && ts[i].value < 0 && determiners[ts[i].lower] {
		i++
	}
	for ; i < len(ts) && len(stems) < 3 && ts[i].value < 0 && !ts[i].stop && !equating[ts[i].lower] && !phraseIn[ts[i].lower]; i++ {
		if len(stems) > 0 && g.comma(ts[i-1], ts[i]) {
			break
		}
		stems = append(stems, ts[i].stem)
	}
	return stems, i
}

// source reads what is taken, and says how many tokens that is: "the pet name",
// "the pet's name", "the name of the first pet", "its id".
func (g *goal) source(ts []token) (s source, n int) {
	i := 0
	skip := func() {
		for i < len(ts) && ts[i].value < 0 && (determiners[ts[i].lower] || ordinal(ts[i].lower) || pronouns[ts[i].lower] || sameWord[ts[i].lower]) {
			s.pronoun = s.pronoun || back[ts[i].lower]
			s.the = s.the || ts[i].lower == "the"
			i++
		}
	}
	take := func() []string {
		var out []string
		for from := i; i < len(ts) && len(out) < 5; i++ {
			t := ts[i]
			if t.value >= 0 && g.values[t.value].kind != kindProper || phraseIn[t.lower] || t.lower == "of" || i > from && g.comma(ts[i-1], t) {
				break
			}
			if t.stop && !ordinal(t.lower) {
				break
			}
			out = append(out, t.stem)
			if strings.HasSuffix(t.lower, "'s") {
				i++
				s.owner, out = append(s.owner, out...), nil
				from = i
				if i >= len(ts) {
					break
				}
				i--
				from++
			}
		}
		return out
	}
	skip()
	s.words = take()
	if i < len(ts) && ts[i].lower == "of" && len(s.words) > 0 {
		mark := i
		i++
		skip()
		if owner := take(); len(owner) > 0 && len(s.owner) == 0 {
			s.owner = owner
		} else if !s.pronoun {
			i = mark
		}
	}
	return s, i
}

var (
	back     = catalog.Words(`its their his her that this these those same it them they`)
	sameWord = catalog.Words(`same respective corresponding own new`)
)

// gives says whether the token belongs to a transfer.
func (c *clause) gives(t token) bool {
	for _, x := range c.transfers {
		for _, o := range x.tokens {
			if o.start == t.start {
				return true
			}
		}
	}
	return false
}

// describes says whether the token only describes an argument.
func (c *clause) describes(t token) bool { return c.description[t.start] }

// describe finds the words that describe the arguments of a call that changes
// something: after "with", "whose" or "titled", and the labels of values ("for
// owner "acme""). What a reading call is asked with tells what to read.
func (g *goal) describe(c *clause) {
	c.description = map[int]bool{}
	if c.intent == intentRead || c.intent == intentAct {
		return
	}
	open, object := false, false
	for i, t := range c.tokens {
		w := t.lower
		switch {
		case t.value >= 0 || w == c.verb:
			continue
		case object && (describing[w] || naming[w] && i+1 < len(c.tokens)):
			open = true
		case open && sitePrepositions[w] && w != "with" && w != "of" && w != "to":
			open = i > 0 && c.tokens[i-1].value < 0 && !c.gives(c.tokens[i-1])
		}
		label := object && i+1 < len(c.tokens) && c.tokens[i+1].value >= 0 && g.values[c.tokens[i+1].value].kind == kindQuoted && afterPreposition(c.tokens, i)
		if open || label {
			c.description[t.start] = true
		}
		object = object || !t.stop && w != c.verb
	}
}

var describing = catalog.Words(`with whose having saying titled entitled where`)

// afterPreposition: a preposition stands before the noun phrase that ends at i.
func afterPreposition(ts []token, i int) bool {
	for j := i - 1; j >= 0 && j >= i-4; j-- {
		if prepositions[ts[j].lower] && ts[j].value < 0 || ts[j].lower == "and" && j > 0 && ts[j-1].value >= 0 {
			return true
		}
		if ts[j].value >= 0 && !determiners[ts[j].lower] {
			continue
		}
	}
	return false
}

// isStem says whether a name's word is what a goal calls it: the same, or an
// abbreviation ("repo" for "repository").
func isStem(name, said string) bool {
	return name == said || len(name) >= 4 && len(said) >= len(name)+3 && strings.HasPrefix(said, name) || abbreviations[name] != "" && catalog.Stem(abbreviations[name]) == said
}

// abbreviations are too short to be told by their beginning.
var abbreviations = map[string]string{"org": "organization", "desc": "description", "msg": "message", "qty": "quantity", "addr": "address",
	"num": "number", "lang": "language", "loc": "location", "cat": "category", "img": "image", "doc": "document", "tel": "telephone"}
