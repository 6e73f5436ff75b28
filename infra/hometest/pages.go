package hometest

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testPages: a list is read to its end as the step declares it, and a declaration that does not
// fit the operation is refused before anything runs.
func testPages(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	lines := Obj{"/lines": Obj{"get": Obj{"operationId": "lines", "parameters": []Obj{{"name": "from", "in": "query", "schema": Obj{"type": "integer"}}},
		"responses": Obj{"200": Obj{"description": "ok"}}}}}
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.json" {
			Reply(200, Obj{"openapi": "3.0.3", "info": Obj{"title": "Lines", "version": "1"}, "paths": lines})(w, r)
			return
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		all := []int{1, 2, 3, 4, 5}[from:]
		Reply(200, Obj{"rows": all[:min(2, len(all))], "further": from+2 < 5, "then": from + 2})(w, r)
	})
	con := p.Connect("Lines", at)
	read := func(paginate Obj) Obj {
		paginate["items"], paginate["maxItems"] = "{% $response.body.rows %}", 100
		return Obj{"steps": []any{CallStep("read", con, "lines", "paginate", paginate)}}
	}
	for name, paginate := range map[string]Obj{
		"cursor": {"kind": "cursor", "next": "{% $response.body.further ? $response.body.then %}", "param": "from"},
		"offset": {"kind": "offset", "param": "query.from", "size": 2},
	} {
		if e := p.Wait(p.Run(read(paginate), nil)); e.Status != "COMPLETED" || string(e.Output) != "[1,2,3,4,5]" {
			t.Errorf("%s: %s %+v %s", name, e.Status, e.Error, e.Output)
		}
	}
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"definition": document(read(Obj{"kind": "page"}))}, "/definition/steps/0/paginate/param")
	flow := p.Save(read(Obj{"kind": "page", "param": "page"}))
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+flow+"/execute", Obj{}, "/steps/0/paginate/param")
}
