package match

import "github.com/apiq/apiq/shared/plan/catalog"

// verbs are the stems of verbs that operations' names begin with.
var verbs = func() map[string]bool {
	m := map[string]bool{}
	for w := range catalog.Words(`get list create add update delete remove put post patch set find fetch search retrieve read show view edit modify replace send start stop run cancel upload download import export check verify validate generate register enable disable assign unassign attach detach invite approve reject archive restore move copy batch bulk query count execute trigger submit publish query insert upsert describe lookup revoke reset`) {
		m[catalog.Stem(w)] = true
	}
	return m
}()
