package builtin_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestNamesAreSearchedFor: where a call takes an id and the goal has a name, what finds
// the thing by its name is called before, with the name; and nothing is searched for that
// nobody named.
func TestNamesAreSearchedFor(t *testing.T) {
	t.Parallel()
	set := catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "Films", API: plantest.API(t, spectest.Open(t, "../testdata/films.yaml"))})
	for goal, want := range map[string]string{
		"Show me the reviews of The Dark Knight":             "searchFilm query=\"The Dark Knight\", filmReviews",
		"Get the film credits of Sofia Coppola":              "searchPerson query=\"Sofia Coppola\", personCredits",
		"List the reviews of the film 'Lost in Translation'": "searchFilm query=\"Lost in Translation\", filmReviews",
		"Get the reviews of film 680":                        "filmReviews",
		"Show me the top rated films":                        "topRatedFilms",
		"Get the reviews of my film":                         "filmReviews",
	} {
		d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), goal, set)
		if err != nil {
			t.Errorf("%s: %v", goal, err)
			continue
		}
		var got []string
		for _, s := range d.Steps {
			if s.Op == nil {
				continue
			}
			text := s.Op.ID()
			for _, a := range s.Args {
				if a.In == "query" {
					text += " " + strings.Join(a.Path, ".") + "=" + string(a.Value.Literal)
				}
			}
			got = append(got, text)
			if i := slices.IndexFunc(s.Op.Required(), func(f *catalog.Field) bool { return f.In == "path" }); i >= 0 && strings.Contains(want, "search") && s.Args[0].Value.Ref == nil {
				t.Errorf("%s: %s does not take what was found: %+v", goal, s.Op.ID(), s.Args[0].Value)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s:\n got %s\nwant %s", goal, strings.Join(got, ", "), want)
		}
	}
}
