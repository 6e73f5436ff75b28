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
	// implied: the clause names what the next one is done to ("for each open
	// invoice, …"); it needs a call only if no earlier one has it.
	implied bool
	// pronoun: it speaks of what the clause before it was about.
	pronoun bool
	// possessive: it speaks of a property ("its name", "the pet's name").
	possessive bool
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
	g := &goal{text: text, values: findValues(text, p.now())}
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
	g.settle()
	g.share()
	return g
}

// sentences cuts the goal into requests and background.
func (g *goal) sentences() {
	type part struct {
		tokens []token
		class  sentenceClass
	}
	var parts []part
	start := 0
	for i := range g.tokens {
		if i+1 == len(g.tokens) || g.breaks(g.tokens[i], g.tokens[i+1]) {
			ts := g.tokens[start : i+1]
			parts = append(parts, part{ts, classify(ts)})
			start = i + 1
		}
	}
	for i := range parts {
		if parts[i].class == request && vacuous(parts[i].tokens) {
			parts[i].class = statement
		}
	}
	asked := false
	for _, p := range parts {
		asked = asked || p.class == request
	}
	seen := false
	var pending []token
	for _, p := range parts {
		wish := p.class == wish && (seen || !asked)
		if p.class != request && !wish {
			g.background = append(g.background, p.tokens...)
			pending = append(pending, p.tokens...)
			continue
		}
		seen = true
		before := len(g.clauses)
		g.split(p.tokens)
		if len(g.clauses) > before {
			c := g.clauses[before]
			c.context = pending
			if before == 0 {
				c.inherited = g.content(pending)
			}
			pending = nil
		}
	}
	if len(g.clauses) == 0 && len(g.tokens) > 0 {
		g.add(g.tokens, nil, false)
	} else if len(pending) > 0 && len(g.clauses) > 0 {
		c := g.clauses[len(g.clauses)-1]
		c.context = append(c.context, pending...)
	}
}

// vacuous requests ask for what the sentences before them say: "Can you help me
// with that?"
func vacuous(ts []token) bool {
	for _, t := range ts {
		if t.value >= 0 || !t.stop && !emptyWords[t.lower] {
			return false
		}
	}
	return true
}

var emptyWords = words(`help do this that make change happen assist way take care favor handle sort thing things task request please possible set up successful successfully success done works result confirm let know`)

// content are the words of the last sentence that carry meaning.
func (g *goal) content(ts []token) []token {
	var out []token
	for _, t := range ts {
		if !t.stop && t.value < 0 {
			out = append(out, t)
		}
	}
	return out
}

// breaks says whether a sentence ends between two tokens.
func (g *goal) breaks(a, b token) bool {
	if a.value >= 0 && a.value == b.value {
		return false
	}
	end := a.end
	if a.value >= 0 && g.values[a.value].kind == kindQuoted {
		end = max(end, g.values[a.value].end-1)
	}
	between := g.text[end:max(end, b.start)]
	return strings.ContainsAny(between, ".!?;\n") && strings.ContainsAny(between, " \n\t")
}

type sentenceClass int

const (
	statement sentenceClass = iota
	wish
	request
)

// classify tells a request ("List the pets", "can you …", "what …") from a wish
// ("I want to …") and from a statement.
func classify(ts []token) sentenceClass {
	rest, lead := skipLead(ts)
	if len(rest) == 0 {
		return statement
	}
	w := rest[0].lower
	if lead == wish {
		return wish
	}
	if lead == request || questionWords[w] || conditionWords[w] {
		return request
	}
	if w == "for" && len(rest) > 1 && allWords[rest[1].lower] {
		return request
	}
	if in, ok := verbOf(w); ok && rest[0].value < 0 && (!nounVerbs[w] || in == intentAct || len(rest) > 1) {
		return request
	}
	for i := 1; i < len(rest) && i < 12; i++ {
		w, prev := rest[i].lower, rest[i-1].lower
		if (w == "you" && (prev == "can" || prev == "could" || prev == "would" || prev == "will")) || w == "please" {
			return request
		}
		if w == "to" && (prev == "want" || prev == "need" || prev == "like" || prev == "able") || w == "for" && prev == "looking" {
			return wish
		}
	}
	return statement
}

var questionWords = words(`what which who whose how where when is are does do did has have`)
var conditionWords = words(`if when unless once whenever otherwise else`)

var leadWords = words(`hey hi hello please also additionally then next first firstly secondly lastly finally afterwards after before that and so now just kindly
optionally immediately subsequently ok okay again it go ahead thanks programmatically automatically but or workflow this`)

// skipLead leaves out how a request is opened, up to its verb.
func skipLead(ts []token) ([]token, sentenceClass) {
	lead := statement
	for i := 0; i < len(ts); {
		n, class := leadPhrase(ts[i:])
		if n == 0 {
			return ts[i:], lead
		}
		lead = max(lead, class)
		i += n
	}
	return nil, lead
}

// leadPhrases open requests; the longest that fits counts.
var leadPhrases = []struct {
	words string
	class sentenceClass
}{
	{"can you", request}, {"could you", request}, {"would you", request}, {"will you", request}, {"would you be able to", request},
	{"can you help me", request}, {"could you help me", request}, {"help me", request}, {"help me to", request}, {"let us", request}, {"let's", request},
	{"can i", request}, {"could i", request}, {"may i", request}, {"how do i", request}, {"how can i", request},
	{"i want to", wish}, {"i want you to", request}, {"i need to", wish}, {"i need you to", request}, {"i'd like to", wish}, {"i would like to", wish},
	{"i'd like you to", request}, {"how about", request}, {"what about", request}, {"would you mind", request}, {"is it possible to", request},
	{"i was wondering if you could", request}, {"i wonder if you could", request}, {"i'm looking to", wish}, {"i am looking to", wish}, {"i wish to", wish}, {"we want to", wish}, {"we need to", wish},
	{"i also want to", wish}, {"i also need to", wish}, {"i'm trying to", wish}, {"i have to", wish}, {"used to", request}, {"demonstrates how to", request},
}

func leadPhrase(ts []token) (int, sentenceClass) {
	best, class := 0, statement
	for _, p := range leadPhrases {
		ws := strings.Fields(p.words)
		if len(ws) > len(ts) || len(ws) <= best {
			continue
		}
		same := true
		for i, w := range ws {
			same = same && ts[i].lower == w
		}
		if same {
			best, class = len(ws), p.class
		}
	}
	if best > 0 {
		return best, class
	}
	// "This workflow allows a user to …", "Enables teams to …"
	for i := 0; i < len(ts) && i < 6; i++ {
		if enablers[ts[i].lower] {
			for j := i + 1; j < len(ts) && j < i+9; j++ {
				if ts[j].lower == "to" {
					return j + 1, request
				}
			}
		}
	}
	if leadWords[ts[0].lower] && ts[0].value < 0 {
		return 1, statement
	}
	return 0, statement
}

var enablers = words(`allows allow enables enable lets helps permits guides`)

// split cuts a request into clauses.
func (g *goal) split(ts []token) {
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
		if i > start && g.opens(ts, i) {
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

var joiners = words(`and or then also finally next afterwards after that please optionally immediately subsequently additionally lastly by`)

// opens says whether a clause begins at i: a verb after "and", "then" or a comma.
func (g *goal) opens(ts []token, i int) bool {
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
		if _, before := verbOf(ts[j].lower); before && g.comma(ts[j], ts[j+1]) && ts[j].lower != t.lower && ts[j].value < 0 {
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
		c.possessive = c.possessive || t.value < 0 && (owners[t.lower] || strings.HasSuffix(t.lower, "'s"))
		c.pronoun = c.pronoun || (pronouns[t.lower] && t.value < 0)
	}
	if g.nextEach {
		c.each, c.pronoun, g.nextEach = true, true, false
	}
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

var owners = words(`its their same that`)

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

// settle finds each clause's nouns and what its pronouns stand for.
func (g *goal) settle() {
	for i, c := range g.clauses {
		c.nouns = map[string]bool{}
		for j, t := range c.tokens {
			if t.stop || t.lower == c.verb || (t.value >= 0 && g.values[t.value].kind != kindProper && g.values[t.value].kind != kindCode) {
				continue
			}
			if len(c.nouns) > 0 && prepositions[before(c.tokens, j)] {
				break
			}
			c.nouns[t.stem] = true
		}
		if i == 0 && !c.pronoun && len(c.nouns) > 0 {
			c.inherited = nil
		}
		if len(c.nouns) == 0 && !c.pronoun && c.verb != "" && len(c.tokens) == 1 {
			continue // "Creates, lists and deletes tokens": the object comes later
		}
		if i > 0 && (c.pronoun || len(c.nouns) == 0) {
			prev := g.clauses[i-1]
			for _, t := range prev.tokens {
				if t.value < 0 && prev.nouns[t.stem] {
					c.inherited = append(c.inherited, t)
				}
			}
			if len(c.inherited) == 0 {
				c.inherited = prev.inherited
			}
		}
	}
}

// share gives verbs without an object the object of the next verb that has one.
func (g *goal) share() {
	for i := len(g.clauses) - 2; i >= 0; i-- {
		c, next := g.clauses[i], g.clauses[i+1]
		if len(c.nouns) > 0 || c.pronoun || c.verb == "" || len(c.tokens) > 1 {
			continue
		}
		for _, t := range next.tokens {
			if t.lower != next.verb {
				c.tokens = append(c.tokens[:len(c.tokens):len(c.tokens)], t)
			}
		}
		c.nouns = next.nouns
	}
}

var prepositions = words(`of in on at by for from with to into using named called about via as where`)

func before(ts []token, i int) string {
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if prepositions[ts[j].lower] {
			return ts[j].lower
		}
		if !ts[j].stop {
			break
		}
	}
	return ""
}

// Asks says whether a message asks for something to be done, rather than
// answers a question.
func (p *Planner) Asks(text string) bool {
	return classify(tokenize(text)) != statement
}
