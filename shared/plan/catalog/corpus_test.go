package catalog_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

const (
	planned  = 40 // goals that are planned over fresh and loaded catalogues
	compared = 20 // one document of so many is compared field by field
)

// TestStoredCorpus: over the documents of real goals, what was stored is what is read
// from the document, and so are what is found, ranked and planned.
func TestStoredCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("DATA is not set: it names the folder with plan/arazzo")
	}
	corpus := eval.Open(filepath.Join(data, "plan"))
	names, err := corpus.DocumentsOf("arazzo")
	if err != nil {
		t.Fatal(err)
	}
	goals, err := eval.Read(filepath.Join(data, "plan"), "arazzo")
	if err != nil {
		t.Fatal(err)
	}
	var fresh, loaded []catalog.Entry
	operations, size := 0, 0
	for i, name := range names {
		doc := spectest.Open(t, filepath.Join(data, "plan", name))
		api := plantest.API(t, doc)
		b, err := api.Encode()
		if err != nil {
			t.Fatal(err)
		}
		e := catalog.Entry{Connection: fmt.Sprint("con_", i), Name: api.Title, API: api}
		fresh = append(fresh, e)
		e.API = reopened(t, doc, api)
		loaded = append(loaded, e)
		if again, err := e.API.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: what was loaded is not what was stored: %v", name, err)
		}
		if i%compared == 0 {
			same(t, api, e.API)
		}
		operations, size = operations+api.Len(), size+len(b)
	}
	t.Logf("%d documents with %d operations, %d bytes stored for each", len(names), operations, size/operations)
	a, b := catalog.NewSet(fresh...), catalog.NewSet(loaded...)
	planner := builtin.New(nil)
	for i := 0; i < len(goals); i += max(1, len(goals)/planned) {
		plans := func(s *catalog.Set) string {
			var out strings.Builder
			for _, h := range planner.Retrieve(goals[i].Text, s, 50) {
				fmt.Fprintln(&out, h.Entry.Connection, h.Op.ID(), h.Lexical)
			}
			list, err := planner.Plans(t.Context(), goals[i].Text, s, 3)
			if err != nil {
				return out.String() + err.Error()
			}
			for _, d := range list {
				raw, err := d.Encode()
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(&out, string(raw), d.Likely)
			}
			return out.String()
		}
		if diff := cmp.Diff(plans(a), plans(b)); diff != "" {
			t.Errorf("%q (-fresh +loaded):\n%s", goals[i].Text, diff)
		}
	}
}
