package gallery_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// codeDoc and chatDoc have what the template issue-digest needs of its vendors.
const (
	codeDoc = `{"openapi":"3.0.3","info":{"title":"GitHub v3 REST API","version":"1"},"servers":[{"url":"https://api.github.com"}],"paths":{"/repos/{owner}/{repo}/issues":{"get":{"operationId":"issues/list-for-repo",
 "parameters":[{"name":"owner","in":"path","required":true,"schema":{"type":"string"}},{"name":"repo","in":"path","required":true,"schema":{"type":"string"}},{"name":"state","in":"query","schema":{"type":"string"}},{"name":"per_page","in":"query","schema":{"type":"integer"}}],
 "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"array","items":{"type":"object","required":["title","html_url"],"properties":{"title":{"type":"string"},"html_url":{"type":"string"}}}}}}}}}}}}`
	chatDoc = `{"openapi":"3.0.3","info":{"title":"Slack Web API","version":"1"},"servers":[{"url":"https://slack.com/api"}],"paths":{"/chat.postMessage":{"post":{"operationId":"chat_postMessage",
 "parameters":[{"name":"token","in":"header","required":true,"schema":{"type":"string"}}],
 "requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["channel"],"properties":{"channel":{"type":"string"},"text":{"type":"string"}}}}}},
 "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"ok":{"type":"boolean"}}}}}}}}}}}`
)

func opened(t *testing.T, texts map[string]string) apis {
	t.Helper()
	a := apis{}
	for vendor, text := range texts {
		doc, err := spec.Parse(t.Context(), []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		a[connectionOf(vendor)] = doc
	}
	return a
}

func newGallery(t *testing.T, a apis) (*house, *gallery.Service) {
	t.Helper()
	h := newHouse(t, a)
	return h, gallery.New(a, a, h.flows)
}

func TestUseRefuses(t *testing.T) {
	t.Parallel()
	h, g := newGallery(t, opened(t, map[string]string{"github": codeDoc, "slack": chatDoc}))
	code, chat := connectionOf("github"), connectionOf("slack")
	for _, tt := range []struct {
		name, template string
		connections    map[string]string
		want           apierr.Code
		path           string
	}{
		{"unknown template", "issue-digestif", map[string]string{"github": code, "slack": chat}, apierr.NotFound, ""},
		{"no connections", "issue-digest", nil, apierr.ValidationFailed, "/connections/github"},
		{"one slot is empty", "issue-digest", map[string]string{"github": code}, apierr.ValidationFailed, "/connections/slack"},
		{"a slot too many", "issue-digest", map[string]string{"github": code, "slack": chat, "stripe": chat}, apierr.ValidationFailed, "/connections"},
		{"unknown connection", "issue-digest", map[string]string{"github": code, "slack": connectionOf("gone")}, apierr.WorkflowInvalid, "/steps/1/then/0/connection"},
		{"the other API", "issue-digest", map[string]string{"github": chat, "slack": chat}, apierr.WorkflowInvalid, "/steps/0/operation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := g.Use(h.ctx, tt.template, tt.connections)
			if apierr.CodeOf(err) != tt.want {
				t.Fatalf("%v, want %s", err, tt.want)
			}
			has := func(p apierr.Problem) bool { return p.Path == tt.path }
			if tt.path != "" && !slices.ContainsFunc(apierr.From(err).Problems, has) {
				t.Errorf("%+v, want one at %s", apierr.From(err).Problems, tt.path)
			}
		})
	}
	if all, _, err := h.flows.List(h.ctx, 10, ""); err != nil || len(all) != 0 {
		t.Errorf("%d workflows were made, %v", len(all), err)
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	h, g := newGallery(t, opened(t, map[string]string{"github": codeDoc, "slack": chatDoc}))
	w, err := g.Use(h.ctx, "issue-digest", map[string]string{"github": connectionOf("github"), "slack": connectionOf("slack")})
	if err != nil {
		t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
	}
	stored, err := h.flows.Get(h.ctx, w.ID)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Status != workflow.StatusDraft || stored.Version != 1 || strings.Contains(string(stored.Definition), `"con_github"`) || !strings.Contains(string(stored.Definition), connectionOf("github")) {
		t.Errorf("%+v %s", stored, stored.Definition)
	}
	page, err := h.trail.List(h.ctx, audit.Filter{}, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Records) != 1 || page.Records[0].Action != "workflow.create" || page.Records[0].Resource != w.ID {
		t.Errorf("the trail has %+v", page.Records)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	h, g := newGallery(t, opened(t, map[string]string{"github": codeDoc, "slack": chatDoc}))
	cards, err := g.List(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	ready := []string{}
	for _, c := range cards {
		if c.Ready {
			ready = append(ready, c.ID)
		}
		for _, a := range c.APIs {
			if fits := a.Slot == "github" || a.Slot == "slack"; fits != (len(a.Connections) == 1) {
				t.Errorf("%s: slot %s has %+v", c.ID, a.Slot, a.Connections)
			}
		}
	}
	if !slices.Equal(ready, []string{"issue-digest"}) {
		t.Errorf("ready: %q", ready)
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	a := gallery.API{Titles: []string{"Slack Web API"}, Hosts: []string{"slack.com"}}
	for _, tt := range []struct {
		title, base string
		status      connection.Status
		want        bool
	}{
		{"slack web api", "https://proxy.example", connection.StatusActive, true},
		{"Mine", "https://slack.com/api", connection.StatusActive, true},
		{"Mine", "https://acme.slack.com/api", connection.StatusActive, true},
		{"Mine", "https://notslack.com/api", connection.StatusActive, false},
		{"Mine", "https://slack.com.example/api", connection.StatusActive, false},
		{"Mine", "://", connection.StatusActive, false},
		{"Slack Web API", "https://slack.com/api", connection.StatusCredentialsInvalid, false},
	} {
		c := connection.Connection{Title: tt.title, BaseURL: tt.base, Status: tt.status}
		if got := a.Fits(c); got != tt.want {
			t.Errorf("%q at %s, %s: %v", tt.title, tt.base, tt.status, got)
		}
	}
}
