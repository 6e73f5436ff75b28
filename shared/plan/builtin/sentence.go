package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

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
		if from, to, ok := g.refusal(p.tokens); ok && from == 0 && to == len(p.tokens) {
			g.refuse(p.tokens)
			continue
		}
		if _, _, ok := approvalAt(p.tokens); ok {
			p.class = request
		}
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
	if len(g.clauses) == 0 && len(g.tokens) > 0 && len(g.refused) == 0 {
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

var emptyWords = catalog.Words(`help do this that make change happen assist way take care favor handle sort thing things task request please possible set up successful successfully success done works result confirm let know`)

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

var questionWords = catalog.Words(`what which who whose how where when is are does do did has have`)
var conditionWords = catalog.Words(`if when unless once whenever otherwise else`)

var leadWords = catalog.Words(`hey hi hello please also additionally then next first firstly secondly lastly finally afterwards after before that and so now just kindly
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

var enablers = catalog.Words(`allows allow enables enable lets helps permits guides`)
