package library_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec/library"
)

// TestExternalParts: a document in several files is fetched through the guard,
// stored as one, and opened without a request.
func TestExternalParts(t *testing.T) {
	t.Parallel()
	main := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"parts/p.yaml#/P"},{"$ref":"http://10.0.0.1/q.json"}],"responses":{}}}}}`
	part := "P: {name: p, in: query, schema: {type: string}}\n"
	asked := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/openapi.json":
			_, _ = w.Write([]byte(main))
		case "/api/parts/p.yaml":
			asked++
			_, _ = w.Write([]byte(part))
		default:
			http.NotFound(w, r)
		}
	})
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	req := library.Request{URL: url + "/api/openapi.json"}
	res := fetch(t, h, ctx, req, library.Fetched)
	op, err := res.Document.Operation("a")
	if err != nil || len(op.Parameters) != 1 || op.Parameters[0].Name != "p" {
		t.Fatalf("%+v, %v", op, err)
	}
	warned := res.Document.Warnings()
	if len(warned) != 1 || warned[0].Code != "external_blocked" || warned[0].Path != "/paths/~1a/get/parameters/1/$ref" {
		t.Errorf("%v", warned)
	}
	cold := h.over(h.blobs)
	t.Cleanup(cold.Close)
	doc, err := cold.Open(ctx, res.Hash)
	if err != nil {
		t.Fatal(err)
	}
	if op, err := doc.Operation("a"); err != nil || len(op.Parameters) != 1 || asked != 1 {
		t.Errorf("%+v, %v, asked %d times", op, err, asked)
	}
	// The same sources give the same document, other parts another.
	req.Revalidate = true
	if again := fetch(t, h, ctx, req, library.Revalidated); again.Hash != res.Hash {
		t.Errorf("hash %s, was %s", again.Hash, res.Hash)
	}
	part = strings.Replace(part, "name: p", "name: r", 1)
	if other := fetch(t, h, ctx, req, library.Fetched); other.Hash == res.Hash {
		t.Error("other parts give the same hash")
	}
	upload, err := h.Add(ctx, []byte(main))
	if err != nil || upload.Document.Warnings()[0].Code != "external_no_base" {
		t.Errorf("%v, %v", upload.Document.Warnings(), err)
	}
	for _, r := range h.records(t, ctx) {
		if strings.Contains(r.Message, "Part of a spec fetched") {
			return
		}
	}
	t.Error("the trail does not tell of the part")
}
