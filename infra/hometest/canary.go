package hometest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"
)

// testCanary stores a secret of each kind, lets an API echo it in its body and
// headers, and looks for it, in every form, in all answers and in each byte that
// the home keeps. The search must find what was planted.
func testCanary(t *testing.T, h *house) {
	h.needs(t, Bytes)
	keeper, ok := h.Home.(Keeper)
	if !ok {
		t.Fatal("this home does not show its bytes, and does not say why (Lacks)")
	}
	at := newEcho(t)
	p := Register(t, h, "ada")
	var answers bytes.Buffer
	seen := func(a Answer) Answer {
		answers.Write(a.Raw)
		for _, values := range a.Header {
			for _, v := range values {
				answers.WriteString(v)
			}
		}
		return a
	}
	secrets := map[string]string{}
	for kind, config := range map[string]func(secret string) Obj{
		"API_KEY": func(v string) Obj { return Obj{"in": "header", "name": "X-Key", "value": v} },
		"BEARER":  func(v string) Obj { return Obj{"token": v} },
		"BASIC":   func(v string) Obj { return Obj{"username": "somebody", "password": v} },
		"CUSTOM":  func(v string) Obj { return Obj{"headers": Obj{"X-Custom": v}} },
		"AWS_SIGV4": func(v string) Obj {
			return Obj{"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": v, "region": "eu-central-1", "service": "execute-api"}
		},
		"HMAC": func(v string) Obj {
			return Obj{"secret": v, "scheme": Obj{"template": "{method}{target}{timestamp}{body}", "name": "X-Sign", "timestamp": Obj{"name": "X-Time"}}}
		},
	} {
		secrets[kind] = "canary/" + kind + "+S3cr3t=="
		var con struct{ ID string }
		seen(p.Must(201, "POST", "/api/apis", Obj{"name": kind, "specUrl": at + "/openapi.json", "baseUrl": at, "authType": kind, "authConfig": config(secrets[kind])})).Into(t, &con)
		seen(p.Must(200, "POST", "/api/apis/"+con.ID+"/test", nil))
		seen(p.Must(200, "POST", "/api/apis/"+con.ID+"/endpoints/echo/try", Obj{}))
		flow := p.Save(Obj{"name": kind, "steps": []any{CallStep("a", con.ID, "echo")}})
		seen(p.Must(200, "POST", "/api/workflows/"+flow+"/rehearse", Obj{}))
		run := p.Start(flow, nil)
		if e := p.Wait(run); e.Status != "COMPLETED" {
			t.Fatalf("%s: %s %+v", kind, e.Status, e.Error)
		}
		for _, path := range []string{"/api/executions/" + run, "/api/executions/" + run + "/events", "/api/executions/" + run + "/export", "/api/apis/" + con.ID, "/api/apis", "/api/logs?limit=100", "/api/logs/export?format=ndjson"} {
			seen(p.Must(200, "GET", path, nil))
		}
	}
	app := p.enrol()
	by, _ := p.token("all")
	// What is kept as it came, in forms that the search must see through: in an item,
	// in a document, in a run's input and output.
	planted := map[string]string{"name": "canary/NAME+Pl4nt3d==", "document": "canary/DOCUMENT+Pl4nt3d==", "input": "canary/INPUT+Pl4nt3d=="}
	flow := p.Save(Obj{"name": planted["name"], "steps": []any{ValueStep("v", base64.StdEncoding.EncodeToString([]byte(planted["document"])))}})
	p.Wait(p.Start(flow, Obj{"x": hex.EncodeToString([]byte(planted["input"]))}))

	places := map[string][]byte{"answers": answers.Bytes()}
	for place, content := range keeper.Bytes(t) {
		places[place] = content
	}
	for kind, v := range secrets {
		if where := leak(places, v); where != "" {
			t.Errorf("the %s secret stands in %s", kind, where)
		}
	}
	delete(places, "answers") // which show these once
	for i, v := range append(app.RecoveryCodes, app.Secret, by.Token) {
		if where := leak(places, v); where != "" {
			t.Errorf("secret %d of the account stands in %s", i, where)
		}
	}
	for what, v := range planted {
		if leak(places, v) == "" {
			t.Errorf("the search did not find the %s that was planted", what)
		}
	}
}

// leak says where a secret stands, in any of its forms.
func leak(places map[string][]byte, secret string) string {
	for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte("somebody:" + secret))} {
		for where, content := range places {
			if bytes.Contains(content, []byte(form)) {
				return where + " as " + form
			}
		}
	}
	return ""
}
