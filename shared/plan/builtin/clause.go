package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// goal is a message taken apart.
type goal struct {
	text    string
	tokens  []token
	values  []value
	clauses []*clause
	// background are the words of sentences that ask for nothing themselves.
	background []token
	// beside are the words around each value.
	beside []neighbours
	// owner is the clause that each value stands in; nil for none.
	owner []*clause
	// sites are the connections that the goal names.
	sites sites
	// pauseNext: the next clause waits for a person's word; pauseAfter: the one after it.
	pauseNext, pauseAfter bool
	// refused are the places, by their start, of words that say what is not to be done.
	refused map[int]bool
	// nextEach: the next clause is done for every one of what was just named.
	nextEach bool
}

// clause is one thing that is asked for.
type clause struct {
	text   string // as written, for explanations
	tokens []token
	intent intent
	verb   string
	// each: it is to be done once for every one of something.
	each bool
	// pause: it waits for a person's word.
	pause bool
	// implied: the clause names what the next one is done to ("for each open
	// invoice, …"); it needs a call only if no earlier one has it.
	implied bool
	// pronoun: it speaks of what the clause before it was about.
	pronoun bool
	// forEach: it follows "for each …".
	forEach bool
	// sites are the connections that it names; none for any.
	sites map[string]bool
	// transfers say which argument takes what of an earlier answer.
	transfers []transfer
	// description are the places, by their start, of words that describe arguments.
	description map[int]bool
	// nouns are the stems of what the verb is done to.
	nouns map[string]bool
	cond  *condition
	// inherited are words that a pronoun stands for.
	inherited []token
	context   []token
}

const maxClauses = 12

// read takes a message apart.
func (p *Planner) read(text string) *goal {
	g := &goal{text: text, values: findValues(text, p.now()), refused: map[int]bool{}}
	g.tokens = tokenize(text)
	for i := range g.tokens {
		t := &g.tokens[i]
		for v := range g.values {
			if t.start < g.values[v].end && t.end > g.values[v].start {
				t.value = v
				break
			}
		}
	}
	g.sentences()
	for i, c := range g.clauses {
		if i > 0 {
			g.transfers(c)
		}
		g.describe(c)
	}
	g.settle()
	g.share()
	g.place()
	return g
}

// split cuts a request into clauses.
func (g *goal) split(ts []token) {
	if from, to, ok := g.refusal(ts); ok {
		g.refuse(ts[from:to])
		if from > 0 {
			g.split(ts[:from])
		}
		if to < len(ts) {
			g.split(ts[to:])
		}
		return
	}
	for i := 2; i+2 < len(ts); i++ {
		if g.conditionOpens(ts, i) {
			end := i
			for end > 0 && joiners[ts[end-1].lower] {
				end--
			}
			if end > 0 {
				g.split(ts[:end])
				g.split(ts[i:])
				return
			}
		}
	}
	ts, cond, trailing := g.condition(ts)
	var parts [][]token
	start := 0
	for i := 1; i < len(ts); i++ {
		if i > start && g.opens(ts, start, i) {
			end := i
			for end > start && joiners[ts[end-1].lower] && ts[end-1].value < 0 {
				end--
			}
			if end > start {
				parts = append(parts, ts[start:end])
				start = i
			}
		}
	}
	parts = append(parts, ts[start:])
	for i, part := range parts {
		if trailing && i < len(parts)-1 {
			g.add(part, nil, false)
			continue
		}
		g.add(part, cond, false)
	}
}

// conditionOpens says whether "… and if X, do Y" begins at i.
func (g *goal) conditionOpens(ts []token, i int) bool {
	if ts[i].value >= 0 || ts[i].lower != "if" && ts[i].lower != "unless" || asksWhether(ts[:i]) {
		return false
	}
	if !joiners[ts[i-1].lower] && !g.comma(ts[i-1], ts[i]) {
		return false
	}
	_, found := g.conditionEnd(ts[i:])
	return found
}

var joiners = catalog.Words(`and or then also finally next afterwards after that please optionally immediately subsequently additionally lastly by`)

// opens says whether a clause begins at i, where the one before began at start: a
// verb after "and", "then" or a comma.
func (g *goal) opens(ts []token, start, i int) bool {
	t := ts[i]
	if t.value >= 0 {
		return false
	}
	if t.lower == "for" && i+1 < len(ts) && allWords[ts[i+1].lower] && (g.comma(ts[i-1], t) || joiners[ts[i-1].lower]) {
		return true
	}
	_, verb := verbOf(t.lower)
	if !verb {
		return false
	}
	j, joined := i-1, false
	for j >= 0 && joiners[ts[j].lower] && ts[j].value < 0 {
		j, joined = j-1, true
	}
	if !joined && !g.comma(ts[i-1], t) {
		return false
	}
	if nounVerbs[t.lower] {
		if j < 0 {
			return false
		}
		if _, before := verbOf(ts[j].lower); before && j == start && g.comma(ts[j], ts[j+1]) && ts[j].lower != t.lower && ts[j].value < 0 {
			return true // "creates, lists, and …"
		}
		if i+1 >= len(ts) || g.comma(t, ts[i+1]) {
			return false
		}
		next := ts[i+1]
		return objectOpeners[next.lower] || next.value >= 0 && !catalog.Stop(next.lower)
	}
	return true
}

func (g *goal) comma(a, b token) bool {
	if b.start <= a.end {
		return false
	}
	return strings.ContainsAny(g.text[a.end:b.start], ",:(–—")
}

// add makes a clause of tokens.
func (g *goal) add(ts []token, cond *condition, implied bool) {
	rest, _ := skipLead(ts)
	if len(rest) == 0 || len(g.clauses) >= maxClauses {
		return
	}
	if refuses(rest) {
		g.refuse(ts)
		return
	}
	if rest = g.approve(rest); len(rest) == 0 {
		return
	}
	if len(rest) > 3 && rest[0].lower == "for" && allWords[rest[1].lower] && !implied {
		g.forEach(rest, cond)
		return
	}
	c := &clause{tokens: rest, cond: cond, implied: implied, text: strings.TrimSpace(g.text[rest[0].start:spanEnd(g, rest[len(rest)-1])])}
	c.intent = intentRead
	if first := rest[0]; len(rest) > 1 && !first.stop && first.value < 0 && !implied && !catalog.Plural(first.lower) {
		c.intent = intentAct
	}
	from := opener(rest)
	for i, t := range rest {
		if i < from {
			continue
		}
		if i > from+3 || implied || i == 0 && questionWords[t.lower] {
			break
		}
		if in, ok := verbOf(t.lower); ok && t.value < 0 && (i == from || !nounVerbs[t.lower]) {
			c.intent, c.verb = in, t.lower
			if filing[t.lower] && i+1 < len(rest) && newThing[rest[i+1].lower] {
				c.intent = intentCreate // "raise a ticket"; but "open the ticket" is no new one
			}
			break
		}
	}
	for i, t := range rest {
		if t.lower == "each" && i+1 == len(rest) {
			c.each = true
		}
		if i+1 < len(rest) && allWords[t.lower] && t.value < 0 {
			c.each = c.each || t.lower != "all"
		}
		c.pronoun = c.pronoun || (pronouns[t.lower] && t.value < 0)
	}
	if g.nextEach {
		c.each, c.forEach, c.pronoun, g.nextEach = true, true, true, false
	}
	c.pause, g.pauseNext, g.pauseAfter = g.pauseNext, g.pauseAfter, false
	g.clauses = append(g.clauses, c)
}

// opener is where the verb of a request is to be looked for: after "can you",
// "please" or "want to", where something else comes first ("Using the token,
// can you …").
func opener(ts []token) int {
	if _, verb := verbOf(ts[0].lower); verb && ts[0].value < 0 && ts[0].lower != "using" && ts[0].lower != "use" {
		return 0
	}
	for i := 1; i+1 < len(ts) && i < 40; i++ {
		w, prev := ts[i].lower, ts[i-1].lower
		if ts[i].value >= 0 {
			continue
		}
		if w == "please" || w == "you" && (prev == "can" || prev == "could" || prev == "would" || prev == "will") || w == "to" && (prev == "want" || prev == "need" || prev == "like") {
			return i + 1
		}
	}
	return 0
}

func onlyPronouns(ts []token) bool {
	for _, t := range ts {
		if t.value >= 0 || !pronouns[t.lower] && t.lower != "of" {
			return false
		}
	}
	return true
}

// forEach takes "for each open invoice, send a reminder" apart.
func (g *goal) forEach(ts []token, cond *condition) {
	for i := 3; i < len(ts); i++ {
		_, verb := verbOf(ts[i].lower)
		if !verb || !g.comma(ts[i-1], ts[i]) && nounVerbs[ts[i].lower] && (i+1 == len(ts) || !objectOpeners[ts[i+1].lower]) {
			continue
		}
		if !onlyPronouns(ts[2:i]) {
			g.add(ts[2:i], cond, true)
		}
		g.nextEach = true
		g.add(ts[i:], cond, false)
		return
	}
	if onlyPronouns(ts[2:]) {
		g.nextEach = true
		return
	}
	g.add(ts[2:], cond, true)
	g.nextEach = true
}

func spanEnd(g *goal, t token) int {
	if t.value >= 0 {
		return max(t.end, g.values[t.value].end)
	}
	return t.end
}

// Asks says whether a message asks for something to be done, rather than
// answers a question.
func (p *Planner) Asks(text string) bool {
	return classify(tokenize(text)) != statement
}
