package hometest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// keyStatus is what is told of data keys.
type keyStatus struct {
	Master string
	Own    bool
	Keys   []struct {
		ID      string
		Current bool
	}
	Sweep *struct{ State string }
}

// testKeys: a data key is rotated while a connection is in use; what was sealed before
// opens, and the use of the credential in a run is in the trail, once.
func testKeys(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL, "authType", "BEARER", "authConfig", Obj{"token": "tok-0123456789"})
	get := func(id string) Obj { return CallStep(id, con, "getItem", "parameters", Obj{"id": "b"}) }
	flow := p.Save(Obj{"steps": []any{get("first"), get("second")}})
	first := p.Start(flow, nil)
	if e := p.Wait(first, "COMPLETED"); e.Status != "COMPLETED" {
		t.Fatalf("%s %+v", e.Status, e.Error)
	}
	var before, after keyStatus
	p.Must(http.StatusOK, "GET", "/api/admin/keys", nil).Into(t, &before)
	p.Must(http.StatusAccepted, "POST", "/api/admin/keys/rotate", nil).Into(t, &after)
	if len(before.Keys) != 1 || len(after.Keys) != 2 || after.Keys[1].ID != before.Keys[0].ID || !after.Keys[0].Current || after.Sweep == nil || after.Master == "" || after.Own {
		t.Errorf("%+v\n%+v", before, after)
	}
	second := p.Start(flow, nil)
	if e := p.Wait(second, "COMPLETED"); e.Status != "COMPLETED" {
		t.Errorf("%s %+v", e.Status, e.Error)
	}
	var uses []struct {
		Resource, Message string
		Details           struct{ Why, Run, Step string }
	}
	p.Must(http.StatusOK, "GET", "/api/logs?action=credential.use&resource="+con, nil).Into(t, &uses)
	if len(uses) != 2 || uses[0].Details.Run != second || uses[1].Details.Run != first || uses[1].Details.Why != "run" || uses[1].Details.Step != "first" {
		t.Errorf("uses of the credential: %+v", uses)
	}
	p.Refused(apierr.ValidationFailed, "PUT", "/api/admin/keys", Obj{"kmsKeyArn": "alias/theirs"}, "/kmsKeyArn")
	p.Must(http.StatusOK, "PUT", "/api/admin/keys", Obj{"kmsKeyArn": ""})
	p.Verified()
}

// testSinks: what is told of where records go, and that neither address nor secret is.
func testSinks(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	for path, body := range map[string]Obj{
		"/bucket": {"type": "s3", "region": "eu-central-1", "accessKeyId": "AKIATHEIRS", "secretAccessKey": "x"},
		"/url":    {"type": "webhook", "url": "https://10.0.0.1/in?token=canary-of-a-sink"},
	} {
		got := p.Send("POST", "/api/admin/audit/sinks", body)
		if got.Status != apierr.ValidationFailed.Status() && got.Status != apierr.EgressBlocked.Status() {
			t.Errorf("%s: %d %s", path, got.Status, got.Raw)
		}
	}
	var made struct{ ID, Host, Secret, State string }
	// Nobody listens there, and on AWS's stand nobody is asked within the test.
	p.Must(http.StatusCreated, "POST", "/api/admin/audit/sinks", Obj{"type": "webhook", "url": "https://siem.invalid/in?token=canary-of-a-sink"}).Into(t, &made)
	if made.Host != "siem.invalid" || !strings.HasPrefix(made.Secret, "whsec_") || made.State != "waiting" {
		t.Errorf("%+v", made)
	}
	list := p.Must(http.StatusOK, "GET", "/api/admin/audit/sinks", nil)
	var sinks []json.RawMessage
	list.Into(t, &sinks)
	trail := p.Must(http.StatusOK, "GET", "/api/logs?limit=100", nil)
	for _, raw := range [][]byte{list.Raw, trail.Raw} {
		if strings.Contains(string(raw), "canary-of-a-sink") || strings.Contains(string(raw), made.Secret) {
			t.Errorf("a secret is told: %s", raw)
		}
	}
	if len(sinks) != 1 {
		t.Errorf("%s", list.Raw)
	}
	Register(t, h, "eve").Refused(apierr.NotFound, "DELETE", "/api/admin/audit/sinks/"+made.ID, nil)
	p.Must(http.StatusOK, "DELETE", "/api/admin/audit/sinks/"+made.ID, nil)
	p.Refused(apierr.NotFound, "DELETE", "/api/admin/audit/sinks/"+made.ID, nil)
	p.Verified()
}
