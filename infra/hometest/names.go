package hometest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testNames: whatever stands for an id, the answer is NOT_FOUND.
func testNames(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	d, _ := p.directory()
	ids := foreign(t, p)
	bodies := requests(ids["apis"])
	bad := []string{"x", "con_", "wfl_", "exe_", "0", "con_0190aaaa-0000-7000-8000-000000000000", "wfl_0190aaaa-0000-7000-8000-000000000000",
		"exe_0190aaaa-0000-7000-8000-000000000000", "%00", "%ff", "..%2F..%2Fetc", "a%20b", "%F0%9F%92%A9", strings.Repeat("x", 2000), "con_'%20OR%201=1", "%23", "exe_x%23DEF"}
	for _, row := range route.Table() {
		for _, name := range []string{"{id}", "{triggerId}"} {
			if !strings.Contains(row.Path, name) {
				continue
			}
			who := p
			if row.Access == route.Provisioning {
				who = d
			}
			for _, id := range bad {
				row := row
				row.Path = strings.ReplaceAll(row.Path, name, id)
				who.Refused(apierr.NotFound, row.Method, filled(row, ids), bodies[row.ID])
			}
		}
	}
	for _, op := range []string{"x", "%00", "GET%20%2Fnothing", strings.Repeat("y", 2000)} {
		p.Refused(apierr.NotFound, "GET", "/api/apis/"+ids["apis"]+"/endpoints/"+op, nil)
		p.Refused(apierr.NotFound, "POST", "/api/apis/"+ids["apis"]+"/endpoints/"+op+"/try", Obj{})
	}
	// An operation without an id goes by its method and path.
	var hits []struct{ ID, Method, Path string }
	p.Must(200, "GET", "/api/apis/"+ids["apis"]+"/endpoints?limit=1", nil).Into(t, &hits)
	p.Must(200, "GET", "/api/apis/"+ids["apis"]+"/endpoints/"+url.PathEscape(hits[0].Method+" "+hits[0].Path), nil)
	for _, path := range []string{"/api/", "/api/nothing", "/api/apis/" + ids["apis"] + "/nothing"} {
		p.Refused(apierr.NotFound, "GET", path, nil)
	}
	if a := p.Refused(apierr.NotFound, "PATCH", "/api/apis", Obj{}); !strings.Contains(a.Header.Get("Allow"), "POST") {
		t.Errorf("Allow of /api/apis: %q", a.Header.Get("Allow"))
	}
}
