package match_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func library(t *testing.T) *catalog.Set {
	t.Helper()
	return catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "Library", API: plantest.API(t, spectest.Open(t, "../testdata/library.yaml"))})
}

// verbs are how well each method does what a word says.
func verbs() map[string]*[match.Methods]float64 {
	return map[string]*[match.Methods]float64{
		"list": {1, 0.5, 0, 0, 0}, "lists": {1, 0.5, 0, 0, 0}, "create": {0.4, 1, 0.8, 0.5, 0}, "creates": {0.4, 1, 0.8, 0.5, 0}, "creating": {0.4, 1, 0.8, 0.5, 0},
		"delete": {0, 0.5, 0.5, 0, 1}, "deletes": {0, 0.5, 0.5, 0, 1}, "checks": {1, 0.5, 0, 0, 0}, "helps": {1, 0.5, 0, 0, 0}, "lending": {0.4, 1, 0.8, 0.5, 0},
		"deletion": {0, 0.5, 0.5, 0, 1},
	}
}

// goal reads a sentence as a planner would: every word that is no verb and no stop word
// weighs 1.
func goal(text string) *match.Goal {
	g := &match.Goal{}
	next, nested := match.None, false
	for i, f := range strings.Fields(text) {
		w := strings.ToLower(strings.Trim(f, ",.()"))
		word := match.Word{Text: w, Stem: catalog.Stem(w), Stop: catalog.Stop(w), Break: next, Acts: verbs()[w]}
		if i == 0 {
			word.Break = match.Sentence
		}
		if !word.Stop && word.Acts == nil {
			word.Weight = 1
		}
		word.Noun, word.Nominal = w == "checks", w == "deletion"
		word.Nested, nested = nested || strings.HasPrefix(f, "("), (nested || strings.HasPrefix(f, "(")) && !strings.HasSuffix(f, ")")
		next = match.None
		switch {
		case strings.HasSuffix(f, ","):
			next = match.Comma
		case strings.HasSuffix(f, "."):
			next = match.Sentence
		}
		g.Words = append(g.Words, word)
	}
	return g
}

func TestMentions(t *testing.T) {
	t.Parallel()
	set := library(t)
	for text, want := range map[string]string{
		"List the books": "list: books*",
		"Creates a book, lists the members and deletes a loan":     "creates: book, lists: members*, deletes: loan",
		"Creates, lists and deletes books":                         "creates: books*, lists: books*, deletes: books*",
		"Lists the books, members and loans":                       "lists: books*, lists+ members*, lists+ loans*",
		"Creates a book and checks it":                             "creates: book, checks= book",
		"Deletes a book by creating a loan":                        "deletes: book, creating: loan",
		"Deletes the lending":                                      "deletes:",
		"Creates a book. This is useful for members who list them": "creates: book",
		"Books and members":                                        "-: books* members*",
		"Creates a book, ensuring that members find loans":         "creates: book",
		"Creates a book, useful for members":                       "creates: book",
		"Creates a book to understand members":                     "creates: book",
		"Create a book, checks and loans":                          "create: book, create+ loans*",
		"Creates a book, checks loans":                             "creates: book, checks: loans*",
		"Creates a book (of members) and deletes a loan":           "creates: book, deletes: loan",
		"Creates a book, creating members, and deletes it":         "creates: book, creating: members*, deletes= members",
		"Creates a book, checks it, creating members, deletes it":  "creates: book, checks= book, creating: members*, deletes= book",
		"Lists the loans including books and members":              "lists: loans*, lists+ books*, lists+ members*",
		"List the book and its loans":                              "list: book, list+ loans* of book",
		"Deletes a book with deletion of loans":                    "deletes: book, deletion: loans*",
	} {
		p := match.New(goal(text), set)
		var got []string
		for _, m := range p.Mentions {
			s := "-"
			if m.Verb >= 0 {
				s = p.Goal.Words[m.Verb].Text
			}
			switch {
			case m.Shared:
				s += "+"
			case m.Borrowed:
				s += "="
			default:
				s += ":"
			}
			for i, w := range m.Words {
				s += " " + p.Goal.Words[w].Text
				if i == len(m.Words)-1 && m.Several || i < len(m.Words)-1 {
					s += "*"
				}
			}
			for i, w := range m.Of {
				if i == 0 {
					s += " of"
				}
				s += " " + p.Goal.Words[w].Text
			}
			got = append(got, s)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s:\n got %s\nwant %s", text, strings.Join(got, ", "), want)
		}
	}
}

// TestFit: of all operations the one that is meant fits its mention best.
func TestFit(t *testing.T) {
	t.Parallel()
	set := library(t)
	for text, want := range map[string]string{
		"List the books": "listBooks", "List the members": "listMembers", "Delete the book": "deleteBook", "Creates a loan": "createLoan", "Create a book": "createBook",
	} {
		p := match.New(goal(text), set)
		best, most := "", 0.0
		for _, op := range set.Entries[0].Ops {
			o := p.Look(&set.Entries[0], op)
			f := p.Features(&o)
			if len(f) != match.Features {
				t.Fatalf("%d features, want %d", len(f), match.Features)
			}
			for i, v := range f {
				if v < -1 || v > 1.5 {
					t.Errorf("%s, %s: feature %d is %v", text, op.ID(), i, v)
				}
			}
			if o.Most() > most {
				best, most = op.ID(), o.Most()
			}
		}
		if best != want {
			t.Errorf("%s: %s fits best, want %s", text, best, want)
		}
	}
}
