package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
)

// use is what GET /api/usage tells of one kind.
type use struct {
	What        string
	Used, Limit *int64
	RenewsAt    *string
}

// uses gives them by kind.
func uses(t *testing.T, p hometest.Person) map[string]use {
	t.Helper()
	var u struct{ Items []use }
	p.Must(200, "GET", "/api/usage", nil).Into(t, &u)
	all := map[string]use{}
	for _, i := range u.Items {
		all[i.What] = i
	}
	return all
}

// TestQuotas: what the operator allows a workspace, and not less for the others.
func TestQuotas(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), map[string]string{"APIQ_QUOTAS": "runs=3,requests=240"})
	p, other := hometest.Register(t, s, "ada"), hometest.Register(t, s, "eve")
	flow := p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	for range 3 {
		p.Start(flow, nil)
	}
	a := p.Refused(apierr.QuotaExceeded, "POST", "/api/workflows/"+flow+"/execute", hometest.Obj{})
	if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 || after > 24*3600 {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	var u struct {
		Limits    struct{ RunsPerDay, RequestsPerMinute int }
		RunsToday int
		Days      []struct{ Runs int }
	}
	p.Must(200, "GET", "/api/usage", nil).Into(t, &u)
	if u.Limits.RunsPerDay != 3 || u.Limits.RequestsPerMinute != 240 || u.RunsToday != 3 || len(u.Days) != 1 {
		t.Errorf("%+v", u)
	}
	refused := 0
	for range 120 {
		if p.Send("GET", "/api/auth/me", nil).Code == string(apierr.QuotaExceeded) {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no end to its requests")
	}
	other.Must(200, "GET", "/api/auth/me", nil)
	other.Start(other.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}}), nil)
}

// TestQuotasOfThings: what there may be of each kind, and what makes room.
func TestQuotasOfThings(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), map[string]string{"APIQ_QUOTAS": "workflows=2,triggers=1,members=1,connections=1,storage=100KB"})
	p := hometest.Register(t, s, "ada")
	document := hometest.Obj{"definition": hometest.Obj{"apiq": "1", "name": "W", "steps": []any{hometest.ValueStep("a", 1)}}}
	first := p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	second := p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	a := p.Refused(apierr.QuotaExceeded, "POST", "/api/workflows", document)
	if !strings.Contains(a.Detail, "2 workflows") || a.Header.Get("Retry-After") != "" {
		t.Errorf("%q, Retry-After %q", a.Detail, a.Header.Get("Retry-After"))
	}
	clock := hometest.Obj{"type": "schedule", "cron": "0 3 * * *", "timezone": "UTC"}
	p.Must(201, "POST", "/api/workflows/"+first+"/triggers", clock)
	p.Refused(apierr.QuotaExceeded, "POST", "/api/workflows/"+second+"/triggers", clock)
	p.Must(200, "DELETE", "/api/workflows/"+second, nil)
	p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	connect := hometest.Obj{"name": "x", "authType": "NONE", "specDocument": `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"servers":[{"url":"https://x.example"}],"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`}
	p.Must(201, "POST", "/api/apis", connect)
	p.Refused(apierr.QuotaExceeded, "POST", "/api/apis", connect)
	got := uses(t, p)
	for kind, want := range map[string][2]int64{"workflows": {2, 2}, "triggers": {1, 1}, "members": {1, 1}, "connections": {1, 1}} {
		if u := got[kind]; u.Used == nil || u.Limit == nil || *u.Used != want[0] || *u.Limit != want[1] || u.RenewsAt != nil {
			t.Errorf("%s: %+v", kind, u)
		}
	}
	if u := got["storage"]; u.Used == nil || *u.Used < 100 {
		t.Errorf("%+v", u)
	}
	if u := got["tokens"]; u.Used == nil || *u.Used != 0 || u.Limit != nil || u.RenewsAt == nil {
		t.Errorf("%+v", u)
	}
}
