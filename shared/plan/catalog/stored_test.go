package catalog_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

var fixtures = []string{"../testdata/library.yaml", "../testdata/courier.yaml", "../../../infra/local/samples/petstore.yaml",
	"../../../infra/local/samples/museum.yaml", "../../../infra/local/samples/gitea.json.gz"}

// reopened is a catalogue as it is when it was stored and loaded.
func reopened(t testing.TB, doc *spec.Document, api *catalog.API) *catalog.API {
	t.Helper()
	b, err := api.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out, err := catalog.Decode(b, doc.Info().Hash, func() (*spec.Document, error) { return doc, nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStored: a catalogue that was stored is the one that was read from the document.
func TestStored(t *testing.T) {
	t.Parallel()
	for _, file := range fixtures {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			doc := spectest.Open(t, file)
			fresh := plantest.API(t, doc)
			same(t, fresh, reopened(t, doc, fresh))
			if err := fresh.Failed(); err != nil {
				t.Error(err)
			}
		})
	}
}

func same(t *testing.T, fresh, loaded *catalog.API) {
	t.Helper()
	if diff := cmp.Diff([]any{fresh.Title, fresh.Names, fresh.Len()}, []any{loaded.Title, loaded.Names, loaded.Len()}); diff != "" {
		t.Fatalf("(-fresh +loaded):\n%s", diff)
	}
	for n, want := range fresh.Ops {
		got, ok := loaded.Op(want.ID())
		if !ok || got != loaded.At(n) {
			t.Fatalf("%s is not the operation %d", want.ID(), n)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(catalog.Op{}, catalog.Field{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-fresh +loaded):\n%s", want.ID(), diff)
		}
		for _, s := range catalog.Stems(strings.Join(want.Spec.Tags, " ") + " nosuch list " + want.ID() + " " + want.Spec.Path + " " + want.Spec.Summary + " " + want.Spec.Description) {
			if want.Weight(s) != got.Weight(s) || fresh.Speaks(s) != loaded.Speaks(s) || fresh.Named(s) != loaded.Named(s) {
				t.Errorf("%s: the weight of %s is %v, not %v", want.ID(), s, got.Weight(s), want.Weight(s))
			}
		}
		if want.Operation().ID != got.Operation().ID || !bytes.Equal(want.Answer().Raw(), got.Answer().Raw()) || !bytes.Equal(want.BodySchema().Raw(), got.BodySchema().Raw()) {
			t.Errorf("%s: its schemas", want.ID())
		}
		for i := range want.Args {
			a, b := &want.Args[i], &got.Args[i]
			sameField(t, want, a, b)
			if want.Names(a) != got.Names(b) || want.Own(a) != got.Own(b) {
				t.Errorf("%s: what %s names", want.ID(), a.Key())
			}
			if x, y := producers(fresh, want, a), producers(loaded, got, b); x != y {
				t.Errorf("%s: what yields %s is\n%s, not\n%s", want.ID(), a.Key(), y, x)
			}
		}
		for i := range want.Yields {
			sameField(t, want, &want.Yields[i], &got.Yields[i])
		}
	}
}

func sameField(t *testing.T, op *catalog.Op, a, b *catalog.Field) {
	t.Helper()
	of := func(f *catalog.Field) string {
		s := f.Shape()
		return fmt.Sprintln(f.Types(), f.Format(), f.Enum(), f.Scalar(), f.Identifier(), string(s.Raw()), s.Ref(), s.Types(), s.Format(), len(s.Enum()) > 0)
	}
	if x, y := of(a), of(b); x != y {
		t.Errorf("%s: %s is\n%s, not\n%s", op.ID(), a.Key(), y, x)
	}
}

func producers(api *catalog.API, op *catalog.Op, f *catalog.Field) string {
	var out strings.Builder
	for _, p := range api.Producers(f, op.Names(f)) {
		fmt.Fprintln(&out, p.Op.ID(), p.Field.Key(), p.Score)
	}
	return out.String()
}

// TestStoredFinds: over several APIs, what is found and how it is ranked.
func TestStoredFinds(t *testing.T) {
	t.Parallel()
	var fresh, loaded []catalog.Entry
	for i, file := range fixtures {
		doc := spectest.Open(t, file)
		api := plantest.API(t, doc)
		e := catalog.Entry{Connection: fmt.Sprint("con_", i), Name: api.Title, API: api}
		fresh = append(fresh, e)
		e.API = reopened(t, doc, api)
		loaded = append(loaded, e)
	}
	a, b := catalog.NewSet(fresh...), catalog.NewSet(loaded...)
	for _, goal := range []string{
		"List the books and create a loan for the first", "Send an email to every member", "Create an issue in my repository and close it",
		"Find pets by status", "Buy a ticket for the special event at the museum", "Delete the user", "of the", "zzz",
	} {
		var terms []catalog.Term
		for _, s := range catalog.Stems(goal) {
			terms = append(terms, catalog.Term{Stem: s, Weight: 1})
		}
		found := func(s *catalog.Set) string {
			var out strings.Builder
			for _, f := range s.Find(terms, 40, 150) {
				fmt.Fprintln(&out, f.Entry.Connection, f.Op.ID(), f.Score, f.Words, f.API, f.Title, f.Place, f.Ahead)
			}
			for _, h := range s.Search(terms, map[string]float64{"con_0": 0.5, "con_3": 0}, 40) {
				fmt.Fprintln(&out, h.Entry.Connection, h.Op.ID(), h.Lexical)
			}
			return out.String()
		}
		if diff := cmp.Diff(found(a), found(b)); diff != "" {
			t.Errorf("%q (-fresh +loaded):\n%s", goal, diff)
		}
	}
}

// TestStoredAgain: what is written does not depend on the order of a map, nor on
// whether it was loaded.
func TestStoredAgain(t *testing.T) {
	t.Parallel()
	doc := spectest.Open(t, fixtures[0])
	var first []byte
	for range 5 {
		b, err := plantest.API(t, doc).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if !bytes.Equal(first, b) {
			t.Fatal("the same document is stored otherwise")
		}
	}
	if b, err := reopened(t, doc, plantest.API(t, doc)).Encode(); err != nil || !bytes.Equal(first, b) {
		t.Errorf("what was loaded is stored otherwise: %v", err)
	}
}

// TestStoredRefused: what is not whole, or not this document's, is not used.
func TestStoredRefused(t *testing.T) {
	t.Parallel()
	doc := spectest.Open(t, fixtures[0])
	b, err := plantest.API(t, doc).Encode()
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, b []byte, hash string) {
		t.Helper()
		if _, err := catalog.Decode(b, hash, nil); !errors.Is(err, catalog.ErrStored) {
			t.Errorf("%s: %v", name, err)
		}
	}
	hash := doc.Info().Hash
	refused("another document", b, "sha256:00")
	refused("nothing", nil, hash)
	refused("another layout", append([]byte("apiq-catalogue/0\n"), b[len(catalog.Layout):]...), hash)
	for i := range b {
		refused(fmt.Sprint("cut at ", i), b[:i], hash)
		damaged := bytes.Clone(b)
		damaged[i] ^= 0x20
		refused(fmt.Sprint("damaged at ", i), damaged, hash)
	}
}

// TestStoredWithoutDocument: operations are found without the document; what needs it
// tells that it could not be read, until it can.
func TestStoredWithoutDocument(t *testing.T) {
	t.Parallel()
	doc := spectest.Open(t, fixtures[0])
	b, err := plantest.API(t, doc).Encode()
	if err != nil {
		t.Fatal(err)
	}
	down := errors.New("down")
	api, err := catalog.Decode(b, doc.Info().Hash, func() (*spec.Document, error) { return doc, down })
	if err != nil {
		t.Fatal(err)
	}
	set := catalog.NewSet(catalog.Entry{Connection: "con_1", API: api})
	found := set.Find([]catalog.Term{{Stem: catalog.Stem("loan"), Weight: 1}}, 40, 150)
	if len(found) == 0 || len(found[0].Op.Spec.Path) == 0 || set.Failed() != nil {
		t.Fatalf("found %v: %v", found, set.Failed())
	}
	loan, _ := api.Op("createLoan")
	if len(loan.Args) == 0 || loan.Args[0].Shape().Known() || !errors.Is(set.Failed(), down) {
		t.Errorf("without its document: %v", set.Failed())
	}
	down = nil
	if !loan.Args[0].Shape().Known() || loan.Operation().ID != "createLoan" || set.Failed() != nil {
		t.Errorf("with it: %v", set.Failed())
	}
}

// TestStoredAtOnce: whoever asks for an operation gets the same one.
func TestStoredAtOnce(t *testing.T) {
	t.Parallel()
	doc := spectest.Open(t, fixtures[0])
	api := reopened(t, doc, plantest.API(t, doc))
	var all sync.WaitGroup
	got := make([][]*catalog.Op, 8)
	for i := range got {
		all.Go(func() {
			for _, op := range api.Ops {
				got[i] = append(got[i], op)
				for j := range op.Args {
					_ = op.Args[j].Shape()
					_ = api.Producers(&op.Args[j], op.Names(&op.Args[j]))
				}
			}
		})
	}
	all.Wait()
	for _, list := range got[1:] {
		if !slices.Equal(list, got[0]) {
			t.Error("two of one operation")
		}
	}
}
