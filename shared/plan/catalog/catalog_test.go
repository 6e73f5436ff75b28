package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"listPetsByID": "list pets by id", "get-HTTPServer_name": "get http server name", "userIDs": "user ids", "John's book": "johns book",
		"/v1/{pet_id}/": "v1 pet id", "": "", "créer été": "créer été", "s3Bucket": "s3 bucket",
	} {
		if got := strings.Join(catalog.Split(in), " "); got != want {
			t.Errorf("Split(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSingular(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"pets": "pet", "companies": "company", "boxes": "box", "addresses": "address", "status": "status", "analysis": "analysis", "bus": "bus", "classes": "class"} {
		if got := catalog.Singular(in); got != want {
			t.Errorf("Singular(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOp(t *testing.T) {
	t.Parallel()
	api := plantest.API(t, spectest.Open(t, "../testdata/library.yaml"))
	books, _ := api.Op("listBooks")
	if !books.IsList || strings.Join(books.Items, ".") != "data.*" || books.Entity != "book" {
		t.Errorf("listBooks: list %v items %v entity %q", books.IsList, books.Items, books.Entity)
	}
	loan, _ := api.Op("createLoan")
	var required []string
	for _, f := range loan.Required() {
		required = append(required, f.Key()+" "+loan.Names(f))
	}
	if diff := cmp.Diff([]string{"body:bookId book", "body:memberId member", "body:dueDate "}, required); diff != "" {
		t.Errorf("required (-want +got):\n%s", diff)
	}
	if _, ok := api.Op("nope"); ok {
		t.Error("an unknown operation is found")
	}
}

func TestProducers(t *testing.T) {
	t.Parallel()
	api := plantest.API(t, spectest.Open(t, "../testdata/library.yaml"))
	loan, _ := api.Op("createLoan")
	member, _ := loan.Arg("body", "memberId")
	var got []string
	for _, p := range api.Producers(member, loan.Names(member)) {
		got = append(got, p.Op.ID()+" "+strings.Join(p.Field.Path, "."))
	}
	if diff := cmp.Diff([]string{"listMembers *.id"}, got); diff != "" {
		t.Errorf("producers of memberId (-want +got):\n%s", diff)
	}
}

func TestFitsByTypeAndThing(t *testing.T) {
	t.Parallel()
	api := plantest.API(t, spectest.Open(t, "../testdata/library.yaml"))
	loan, _ := api.Op("createLoan")
	members, _ := api.Op("listMembers")
	books, _ := api.Op("listBooks")
	member, _ := loan.Arg("body", "memberId")
	for _, tt := range []struct {
		op   *catalog.Op
		path string
		same bool
		want bool
	}{
		{members, "*.id", true, true},
		{members, "*.name", true, false},
		{books, "data.*.id", true, false}, // an integer, and of another thing
	} {
		for i := range tt.op.Yields {
			if y := &tt.op.Yields[i]; strings.Join(y.Path, ".") == tt.path {
				if got := catalog.Fits(member, "member", y, tt.same) > 0; got != tt.want {
					t.Errorf("%s %s fits memberId: %v", tt.op.ID(), tt.path, got)
				}
			}
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	library, courier := plantest.API(t, spectest.Open(t, "../testdata/library.yaml")), plantest.API(t, spectest.Open(t, "../testdata/courier.yaml"))
	set := catalog.NewSet(catalog.Entry{Connection: "a", API: library}, catalog.Entry{Connection: "b", API: courier})
	hits := set.Search([]catalog.Term{{Stem: catalog.Stem("email"), Weight: 1}, {Stem: catalog.Stem("send"), Weight: 1}}, nil, 3)
	if len(hits) != 3 || hits[0].Op.ID() != "sendEmail" {
		t.Errorf("hits %v", hits)
	}
	if hits := set.Search([]catalog.Term{{Stem: "zzz", Weight: 1}}, nil, 3); len(hits) != 0 {
		t.Errorf("an unknown word finds %v", hits)
	}
	if hits := set.Search(nil, nil, 3); hits != nil {
		t.Errorf("no words find %v", hits)
	}
}
