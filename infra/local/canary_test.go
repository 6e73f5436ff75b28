package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

const echoSpec = `{"openapi":"3.0.3","info":{"title":"Echo","version":"1"},"paths":{"/echo":{"get":{"operationId":"echo","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object"}}}}}}}}}`

// TestCanary stores a secret of each kind, lets an API echo it in its body and
// headers, and looks for it, in every form, in all answers and in each byte of
// the data folder. The search must find one that was planted.
func TestCanary(t *testing.T) {
	t.Parallel()
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.json" {
			text("application/json", echoSpec)(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Header.Get("X-Custom"))
		fmt.Fprintf(w, `{"auth":%q,"key":%q,"custom":%q,"query":%q}`, r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Header.Get("X-Custom"), r.URL.RawQuery)
	})
	data := t.TempDir()
	s := startServer(t, data, nil)
	p := s.register(t, "ada")
	var answers bytes.Buffer
	seen := func(a answer) answer {
		answers.Write(a.raw)
		for _, values := range a.header {
			for _, v := range values {
				answers.WriteString(v)
			}
		}
		return a
	}
	secrets := map[string]string{}
	for kind, config := range map[string]func(secret string) obj{
		"API_KEY": func(v string) obj { return obj{"in": "header", "name": "X-Key", "value": v} },
		"BEARER":  func(v string) obj { return obj{"token": v} },
		"BASIC":   func(v string) obj { return obj{"username": "somebody", "password": v} },
		"CUSTOM":  func(v string) obj { return obj{"headers": obj{"X-Custom": v}} },
	} {
		secrets[kind] = "canary/" + kind + "+S3cr3t=="
		var con struct{ ID string }
		seen(p.must(201, "POST", "/api/apis", obj{"name": kind, "specUrl": at + "/openapi.json", "baseUrl": at, "authType": kind, "authConfig": config(secrets[kind])})).into(t, &con)
		seen(p.must(200, "POST", "/api/apis/"+con.ID+"/test", nil))
		seen(p.must(200, "POST", "/api/apis/"+con.ID+"/endpoints/echo/try", obj{}))
		run := startRun(t, p, map[string]any{"apiq": "1", "name": kind, "steps": []any{map[string]any{"id": "a", "type": "api_call", "connection": con.ID, "operation": "echo"}}})
		if e := p.wait(run); e.Status != "COMPLETED" {
			t.Fatalf("%s: %s %+v", kind, e.Status, e.Error)
		}
		for _, path := range []string{"/api/executions/" + run, "/api/executions/" + run + "/events", "/api/apis/" + con.ID, "/api/apis", "/api/logs?limit=100", "/api/logs/export?format=ndjson"} {
			seen(p.must(200, "GET", path, nil))
		}
	}
	s.stop()
	planted := "canary/PLANTED+S3cr3t=="
	if err := os.WriteFile(filepath.Join(data, "blobs", "planted"), []byte(base64.StdEncoding.EncodeToString([]byte(planted))), 0o600); err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"answers": answers.Bytes()}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind, v := range secrets {
		if where := leak(places, v); where != "" {
			t.Errorf("the %s secret stands in %s", kind, where)
		}
	}
	if leak(places, planted) == "" {
		t.Error("the search did not find what was planted")
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
