package main

import (
	"strconv"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
)

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
