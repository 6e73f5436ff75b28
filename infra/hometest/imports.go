package hometest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testImport: a large document is imported behind the person's back, and says how
// far it is.
func testImport(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	doc := large(6 << 20)
	half, rest := NewGate(), doc[5<<20+100<<10:]
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(doc[:len(doc)-len(rest)])
		w.(http.Flusher).Flush()
		half.Then(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(rest) })(w, r)
	})
	type connection struct {
		ID, Status, StatusDetail string
		EndpointCount            int
		Import                   *struct {
			Stage   string
			Percent int
		}
	}
	var con connection
	p.Must(201, "POST", "/api/apis", Obj{"name": "Large", "specUrl": at + "/openapi.json", "baseUrl": at, "authType": "NONE"}).Into(t, &con)
	if con.Status != "IMPORTING" || con.Import == nil || con.Import.Stage != "fetching" {
		t.Fatalf("%+v", con)
	}
	path := "/api/apis/" + con.ID
	for _, r := range []string{"/refresh", "/endpoints/getThing1/try", "/test"} {
		p.Refused(apierr.Conflict, "POST", path+r, Obj{})
	}
	p.Refused(apierr.Conflict, "GET", path+"/endpoints", nil)
	p.Refused(apierr.Conflict, "PUT", path, Obj{"name": "Other"})
	close(half.Open)
	p.poll("the end of the import", func() bool {
		con.Import = nil
		p.Must(200, "GET", path, nil).Into(t, &con)
		if con.Import != nil && (con.Import.Percent < 0 || con.Import.Percent > 100 || !slices.Contains([]string{"fetching", "parsing", "storing"}, con.Import.Stage)) {
			t.Fatalf("%+v", con.Import)
		}
		return con.Status != "IMPORTING"
	})
	if con.Status != "ACTIVE" || con.EndpointCount < 1000 {
		t.Fatalf("%+v", con)
	}
	if got := items(t, p.Must(200, "GET", path+"/endpoints?q=thing+number+777&limit=3", nil)); len(got) != 3 || !strings.Contains(got[0], `"getThing777"`) {
		t.Errorf("search: %s", got)
	}
	if h.lacks(t, Uploads) {
		return
	}
	// An upload goes the same way; one that is no document fails and says so.
	p.Must(201, "POST", "/api/apis", Obj{"name": "Upload", "specDocument": string(doc), "baseUrl": at, "authType": "NONE"}).Into(t, &con)
	p.Must(201, "POST", "/api/apis", Obj{"name": "Bad", "specDocument": `{"openapi":"3.0.0","x":"` + strings.Repeat("x", 6<<20) + `"}`, "baseUrl": at, "authType": "NONE"})
	p.poll("the end of both imports", func() bool {
		var all []struct{ Name, Status, StatusDetail string }
		p.Must(200, "GET", "/api/apis", nil).Into(t, &all)
		status := map[string]string{}
		for _, c := range all {
			status[c.Name] = c.Status
			if c.Status == "FAILED" && c.StatusDetail == "" {
				t.Errorf("%+v does not say why", c)
			}
		}
		if status["Upload"] == "FAILED" || status["Bad"] == "ACTIVE" {
			t.Fatalf("%v", status)
		}
		return status["Upload"] == "ACTIVE" && status["Bad"] == "FAILED"
	})
}
