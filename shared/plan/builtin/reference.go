package builtin

import "github.com/apiq/apiq/shared/plan/catalog"

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

var prepositions = catalog.Words(`of in on at by for from with to into using named called about via as where`)

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
