package builtin

import (
	"slices"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// synonyms are nouns that people use for one kind of thing. They count only where
// no connected operation knows the word that was said.
var synonyms = [][]string{
	{"issue", "ticket", "bug", "defect", "incident"},
	{"repository", "repo"},
	{"customer", "client"},
	{"user", "member", "person", "account"},
	{"picture", "photo", "image"},
	{"film", "movie"},
	{"song", "track"},
	{"mail", "email"},
	{"employee", "worker", "staff"},
	{"shop", "store"},
	{"purchase", "order"},
	{"folder", "directory"},
	{"meeting", "appointment", "event"},
}

// translate replaces what the clause's verb is done to by a synonym that the
// operations know, where they do not know the word itself.
func (g *goal) translate(set *catalog.Set, c *clause) {
	knows := func(stem string) bool {
		for i := range set.Entries {
			e := &set.Entries[i]
			if (len(c.sites) == 0 || c.sites[e.Connection]) && e.Named(stem) {
				return true
			}
		}
		return false
	}
	for i, t := range c.tokens {
		if t.value >= 0 || !c.nouns[t.stem] || knows(t.stem) {
			continue
		}
		for _, group := range synonyms {
			if !slices.ContainsFunc(group, func(w string) bool { return catalog.Stem(w) == t.stem }) {
				continue
			}
			if k := slices.IndexFunc(group, func(w string) bool { return knows(catalog.Stem(w)) }); k >= 0 {
				c.tokens = slices.Clone(c.tokens)
				c.tokens[i].stem = catalog.Stem(group[k])
				delete(c.nouns, t.stem)
				c.nouns[c.tokens[i].stem] = true
			}
			break
		}
	}
}
