package retrieve_test

import (
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func entry(t *testing.T, name string) catalog.Entry {
	t.Helper()
	return catalog.Entry{Connection: name, Name: name, API: plantest.API(t, spectest.Open(t, "../testdata/"+name+".yaml"))}
}

// TestShipped: the weights of the binary are sound, and rank what is meant first.
func TestShipped(t *testing.T) {
	t.Parallel()
	set := catalog.NewSet(entry(t, "library"), entry(t, "courier"))
	r := retrieve.Shipped()
	for want, words := range map[string][]string{"sendEmail": {"send", "email"}, "listBooks": {"list", "books"}, "createLoan": {"create", "loan"}} {
		g := &match.Goal{}
		var terms []catalog.Term
		for i, w := range words {
			g.Words = append(g.Words, match.Word{Text: w, Stem: catalog.Stem(w), Weight: 1})
			if i == 0 {
				g.Words[0].Acts = &[match.Methods]float64{0.5, 1, 0.5, 0.5, 0}
				if w == "list" {
					g.Words[0].Acts = &[match.Methods]float64{1, 0.5, 0, 0, 0}
				}
			}
			terms = append(terms, catalog.Term{Stem: catalog.Stem(w), Weight: 1})
		}
		p, found := match.New(g, set), retrieve.Look(set, terms)
		for i, x := range retrieve.Features(p, found) {
			if len(x) != retrieve.NumFeatures {
				t.Fatalf("%d features of operation %d", len(x), i)
			}
		}
		hits := r.Rank(p, found, 3)
		if len(hits) < 2 || len(hits) > 3 || hits[0].Op.ID() != want || hits[0].Lexical != 1 {
			t.Errorf("%v: %+v", words, hits)
		}
		for i := 1; i < len(hits); i++ {
			if hits[i].Lexical <= 0 || hits[i].Lexical > hits[i-1].Lexical {
				t.Errorf("%v: hit %d has %v after %v", words, i, hits[i].Lexical, hits[i-1].Lexical)
			}
		}
	}
	if hits := r.Rank(match.New(&match.Goal{}, set), nil, 3); len(hits) != 0 {
		t.Errorf("of nothing found: %v", hits)
	}
}
