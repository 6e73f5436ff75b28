package hometest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testVersions: ETag, If-Match, 412.
func testVersions(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	ids := foreign(t, p)
	for _, path := range []string{"/api/apis/" + ids["apis"], "/api/workflows/" + ids["workflows"]} {
		a := p.Must(200, "GET", path, nil)
		var got struct {
			Version              int64
			CreatedAt, UpdatedAt string
		}
		a.Into(t, &got)
		tag := fmt.Sprintf("%q", fmt.Sprint(got.Version))
		if a.Header.Get("ETag") != tag || !strings.HasSuffix(got.CreatedAt, "Z") || !strings.HasSuffix(got.UpdatedAt, "Z") {
			t.Fatalf("%s: ETag %s, %+v", path, a.Header.Get("ETag"), got)
		}
		for _, bad := range []string{"abc", `"`, "-1", "0", `W/"1"`, `"1", "2"`, "1.5"} {
			p.Expect(p.Send("PUT", path, Obj{"name": "x"}, "If-Match", bad), apierr.ValidationFailed, path+" If-Match "+bad, "header.If-Match")
		}
		b := p.Must(200, "PUT", path, Obj{"name": "second"}, "If-Match", tag)
		if want := fmt.Sprintf("%q", fmt.Sprint(got.Version+1)); b.Header.Get("ETag") != want {
			t.Errorf("%s: ETag %s after a change of %s", path, b.Header.Get("ETag"), tag)
		}
		for _, stale := range []string{tag, fmt.Sprint(got.Version), "999"} {
			p.Expect(p.Send("PUT", path, Obj{"name": "third"}, "If-Match", stale), apierr.VersionStale, path+" If-Match "+stale)
		}
		p.Must(200, "PUT", path, Obj{"name": "fourth"}, "If-Match", b.Header.Get("ETag"))
		p.Must(200, "PUT", path, Obj{"name": "fifth"}, "If-Match", "*")
		p.Must(200, "PUT", path, Obj{"name": "sixth"})
	}
	flow := "/api/workflows/" + ids["workflows"]
	p.Expect(p.Send("POST", flow+"/rollback", Obj{"version": 1}, "If-Match", "1"), apierr.VersionStale, "rollback")
	p.Expect(p.Send("DELETE", flow, nil, "If-Match", "1"), apierr.VersionStale, "delete")
	p.Refused(apierr.NotFound, "POST", flow+"/rollback", Obj{"version": 999})
	p.Must(200, "GET", flow, nil)

	// Of many who change the same version, one does.
	tag := p.Must(200, "GET", flow, nil).Header.Get("ETag")
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := p.Send("PUT", flow, Obj{"name": fmt.Sprintf("racer %d", i)}, "If-Match", tag)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.Status]++
		})
	}
	wg.Wait()
	if statuses[200] != 1 || statuses[412] != 7 {
		t.Errorf("eight changes of one version: %v", statuses)
	}
}
