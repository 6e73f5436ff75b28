package hometest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testGuard: with no exception from the guard, nothing inside is dialled.
func testGuard(t *testing.T, h *house) {
	guarded := h.harness.Start(t, Options{Env: map[string]string{"APIQ_EGRESS_ALLOW": ""}})
	p := Register(t, guarded, "ada")
	reached := make(chan struct{}, 10)
	url := source(t, func(http.ResponseWriter, *http.Request) { reached <- struct{}{} })
	for _, at := range []string{"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://127.0.0.1/spec.json", "http://2130706433/", "http://0.0.0.0/", "http://10.0.0.1/", "http://[::1]/", "http://localhost/", url} {
		p.Refused(apierr.EgressBlocked, "POST", "/api/apis", Obj{"name": "X", "specUrl": at, "authType": "NONE"}, "/specUrl")
	}
	for _, at := range []string{"http://169.254.169.254", "http://[::1]", url} {
		p.Refused(apierr.EgressBlocked, "POST", "/api/admin/audit/sinks", Obj{"type": "webhook", "url": at}, "/url")
		p.Refused(apierr.EgressBlocked, "POST", "/api/admin/audit/sinks", Obj{"type": "s3", "bucket": "audit", "region": "eu-central-1", "endpoint": at, "accessKeyId": "AKIATHEIRS", "secretAccessKey": "x"}, "/endpoint")
	}
	// A document that is fine, for an API that is not.
	for _, base := range []string{"http://169.254.169.254", url} {
		a := p.Send("POST", "/api/apis", Obj{"name": "X", "specDocument": json.RawMessage(ShopDocument()), "baseUrl": base, "authType": "NONE"})
		if a.Status == 201 {
			var con struct{ ID string }
			a.Into(t, &con)
			var res struct{ OK bool }
			b := p.Send("POST", "/api/apis/"+con.ID+"/test", nil)
			b.Into(t, &res)
			if res.OK {
				t.Errorf("%s: %s", base, b.Raw)
			}
			p.Refused(apierr.EgressBlocked, "POST", "/api/apis/"+con.ID+"/endpoints/listItems/try", Obj{})
		} else {
			p.Expect(a, apierr.EgressBlocked, base, "/baseUrl")
		}
	}
	select {
	case <-reached:
		t.Error("a server inside was reached")
	default:
	}
}
