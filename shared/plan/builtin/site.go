package builtin

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// sites are where a goal names the workspace's connections.
type sites struct {
	// at are the places, by their start, of words that only name a connection.
	at map[int]bool
	// boost is what each connection gains in clauses that name none.
	boost map[string]float64
}

// Gains of a connection that a clause does not name itself.
const (
	gainNamed  = 1.25 // named in a sentence that asks for nothing: "I use Slack."
	gainHinted = 1.15 // a word of its name is said
	gainBefore = 1.06 // named in the clause before
)

// locate finds the connections that the goal names, for each clause: "in Gitea",
// "from the petstore", "a Gitea issue", "using the museum API". What a clause
// names, it is done with; a name within the description of an argument ("titled
// with the museum event's name") says nothing of where.
func (g *goal) locate(set *catalog.Set) {
	g.sites = sites{at: map[int]bool{}, boost: map[string]float64{}}
	for i := range g.values {
		v := &g.values[i]
		for e := range set.Entries {
			if v.kind == kindProper && (strings.HasSuffix(v.text, " API") || squash(v.text) == squash(set.Entries[e].Name) || squash(v.text) == squash(set.Entries[e].Title)) {
				v.mention = true
			}
		}
	}
	if len(set.Entries) < 2 {
		for _, c := range g.clauses {
			g.translate(set, c)
		}
		return
	}
	background := g.namedIn(set, g.background, nil)
	for i := range set.Entries {
		e := &set.Entries[i]
		switch {
		case background[e.Connection]:
			g.sites.boost[e.Connection] = gainNamed
		case hinted(e, g.background):
			g.sites.boost[e.Connection] = gainHinted
		}
	}
	for _, c := range g.clauses {
		c.sites = g.namedIn(set, c.tokens, c)
		g.dropNames(c)
		g.translate(set, c)
	}
}

// dropNames takes the connections' names out of what the clause is about.
func (g *goal) dropNames(c *clause) {
	kept := map[string]bool{}
	for _, t := range c.tokens {
		if c.nouns[t.stem] && !g.sites.at[t.start] {
			kept[t.stem] = true
		}
	}
	if len(c.sites) > 0 {
		c.nouns = kept
	}
}

// hinted: a telling word of the connection's name or title is said.
func hinted(e *catalog.Entry, ts []token) bool {
	for _, n := range trimNames(append(catalog.Split(e.Name), e.Names...)) {
		if len(n) > 3 && said([]string{n}, ts) >= 0 {
			return true
		}
	}
	return false
}

// namedIn are the connections that the tokens name. Where names overlap the
// longest counts; connections of one name are all meant.
func (g *goal) namedIn(set *catalog.Set, ts []token, c *clause) map[string]bool {
	found := map[string]bool{}
	for i := 0; i < len(ts); i++ {
		longest := 0
		var here []*catalog.Entry
		for k := range set.Entries {
			e := &set.Entries[k]
			n := g.nameAt(set, e, ts, i)
			if n == 0 || n < longest {
				continue
			}
			if n > longest {
				longest, here = n, nil
			}
			here = append(here, e)
		}
		if longest == 0 {
			continue
		}
		own := false
		for _, e := range here {
			if c == nil || !c.describes(ts[i]) && !c.gives(ts[i]) {
				found[e.Connection] = true
			}
			own = own || e.Speaks(ts[i].stem)
		}
		for j := i; j < i+longest; j++ {
			// "museum hours": a word of the operations too, unless it says where.
			if !own || siteOpener(ts, i) {
				g.sites.at[ts[j].start] = true
			}
			if v := ts[j].value; v >= 0 {
				g.values[v].mention = true
			}
		}
		i += longest - 1
	}
	return found
}

// nameAt is how many tokens from i name the connection; 0 for none. A name that
// is also a word of another API must be set off by how it is written.
func (g *goal) nameAt(set *catalog.Set, e *catalog.Entry, ts []token, i int) int {
	for _, name := range slices.Concat(spellings(e.Name), spellings(e.Title)) {
		n := len(name)
		if n == 0 || i+n > len(ts) || said(name, ts[i:i+n]) != 0 {
			continue
		}
		proper := ts[i].value >= 0
		if proper && !g.begins(e, &g.values[ts[i].value], name) {
			continue // part of another name, or quoted
		}
		foreign := false
		for _, t := range ts[i : i+n] {
			for k := range set.Entries {
				other := &set.Entries[k]
				foreign = foreign || other.API != e.API && other.Speaks(t.stem)
			}
		}
		after := i+n < len(ts) && siteNouns[ts[i+n].lower]
		if proper || after || !foreign {
			return n
		}
	}
	return 0
}

// begins: the value is the name, with no more than words of the API after it.
func (g *goal) begins(e *catalog.Entry, v *value, name []string) bool {
	return v.kind == kindProper && slices.ContainsFunc(spellings(v.text), func(ws []string) bool {
		return len(ws) >= len(name) && slices.Equal(ws[:len(name)], name) &&
			!slices.ContainsFunc(ws[len(name):], func(w string) bool { return !e.Speaks(catalog.Stem(w)) })
	})
}

// spellings are a name's words, cut where lower case meets upper ("Git", "Hub") and as
// they are written ("GitHub"), without those that every API is called by.
func spellings(name string) [][]string {
	out := [][]string{trimNames(catalog.Split(name))}
	var written []string
	for _, w := range strings.Fields(strings.ToLower(name)) {
		if w = strings.Trim(w, ".,:;()'\""); w != "" {
			written = append(written, w)
		}
	}
	if whole := trimNames(written); !slices.Equal(whole, out[0]) {
		out = append(out, whole)
	}
	return out
}

// siteOpener: the token follows "in", "from the", "at our" and the like.
func siteOpener(ts []token, i int) bool {
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if sitePrepositions[ts[j].lower] && ts[j].value < 0 {
			return true
		}
		if !determiners[ts[j].lower] {
			return false
		}
	}
	return false
}

var (
	sitePrepositions = catalog.Words(`in at from on to into via using with through by of for`)
	siteNouns        = catalog.Words(`api apis app service connection account instance server`)
	determiners      = catalog.Words(`the a an our my your this that its their his her these those each every another`)
)

// only leaves out every connection that is not named.
func only(set *catalog.Set, named map[string]bool) map[string]float64 {
	boost := map[string]float64{}
	for i := range set.Entries {
		if c := set.Entries[i].Connection; !named[c] {
			boost[c] = 0
		}
	}
	return boost
}

// nearby is what connections gain in a clause that names none.
func (g *goal) nearby(set *catalog.Set, c *clause) map[string]float64 {
	boost := map[string]float64{}
	if len(set.Entries) < 2 {
		return boost
	}
	for i := range set.Entries {
		if e := &set.Entries[i]; hinted(e, c.tokens) {
			boost[e.Connection] = gainHinted
		}
	}
	for k, v := range g.sites.boost {
		boost[k] = max(boost[k], v)
	}
	for i, o := range g.clauses {
		if o == c && i > 0 {
			for k := range g.clauses[i-1].sites {
				boost[k] = max(boost[k], gainBefore)
			}
		}
	}
	return boost
}

// trimNames leaves out what every API is called.
func trimNames(ws []string) []string {
	var out []string
	for _, w := range ws {
		if !apiWords[w] && !catalog.Stop(w) {
			out = append(out, w)
		}
	}
	return out
}

var apiWords = catalog.Words(`api apis rest web service services open openapi swagger v1 v2 v3 sample demo the server specification spec http json public 1 2 3 0 reference`)
