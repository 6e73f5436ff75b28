package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

// requests gives, for each route of the table, a request that a caller who may
// make it would make. A route that is not listed fails the test.
func requests(connection string) map[string]any {
	doc := map[string]any{"apiq": "1", "name": "W", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}}
	return map[string]any{
		"auth-register": map[string]any{"email": "x@example.com", "name": "x", "password": "short"},
		"auth-login":    map[string]any{"email": "x@example.com", "password": "wrong"},
		"auth-logout":   nil, "auth-me": nil, "users-list": nil,
		"users-invite": map[string]any{"email": "new@example.com", "role": "USER"},
		"users-update": map[string]any{"active": true},
		"apis-list":    nil, "apis-get": nil, "apis-delete": nil, "apis-test": nil, "apis-refresh": nil, "apis-approve": nil, "apis-endpoints": nil, "apis-endpoint": nil,
		"apis-create":    map[string]any{"name": "x", "authType": "NONE"},
		"apis-update":    map[string]any{"name": "renamed"},
		"apis-try":       map[string]any{},
		"chat":           map[string]any{"message": "list the museum hours", "connections": []string{connection}},
		"chat-execute":   map[string]any{"planId": "pln_0190aaaa-0000-7000-8000-000000000000", "confirm": true},
		"workflows-list": nil, "workflows-get": nil, "workflows-delete": nil, "workflows-versions": nil, "workflows-export": nil,
		"workflows-create":   map[string]any{"definition": doc},
		"workflows-import":   map[string]any{"document": doc},
		"workflows-update":   map[string]any{"name": "renamed"},
		"workflows-rollback": map[string]any{"version": 1},
		"workflows-execute":  map[string]any{},
		"workflow-schema":    nil,
		"executions-list":    nil, "executions-get": nil, "executions-events": nil, "executions-cancel": nil, "executions-retry": nil,
		"executions-resolve": map[string]any{"decision": "approve"},
		"logs-list":          nil, "logs-export": nil, "logs-verify": nil,
		"spec-cache-list": nil, "spec-cache-purge": nil, "stats": nil, "health": nil, "openapi": nil,
	}
}

// TestMatrix sends every route as every role, with ids of another workspace.
func TestMatrix(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	theirs := s.register(t, "their-admin")
	their := foreign(t, theirs)
	admin := s.register(t, "admin")
	people := map[string]person{
		"": s.nobody(t), string(route.RoleAdmin): admin,
		string(route.RoleUser):    s.invite(t, admin, "user", "USER"),
		string(route.RoleAuditor): s.invite(t, admin, "auditor", "AUDITOR"),
	}
	bodies := requests(their["apis"])
	before := theirs.must(200, "GET", "/api/logs?limit=100", nil).raw
	for _, row := range route.Table() {
		body, listed := bodies[row.ID]
		if !listed {
			t.Errorf("route %s has no request in this test", row.ID)
			continue
		}
		if row.ID == "auth-logout" {
			continue // it would end the session that the others need; see TestLogoutIsImmediate
		}
		for role, p := range people {
			path := row.Path
			area := strings.Split(strings.TrimPrefix(path, "/api/"), "/")[0]
			path = strings.ReplaceAll(path, "{id}", their[area])
			path = strings.ReplaceAll(path, "{operationId}", url.PathEscape("getMuseumHours"))
			path = strings.ReplaceAll(path, "{stepId}", "a")
			got := p.send(row.Method, path, body)
			foreignID := strings.Contains(row.Path, "{id}")
			switch {
			case row.Access == route.Public:
				if got.status == 401 && row.ID != "auth-login" || got.status == 403 {
					t.Errorf("%s as %q: %d, but anyone may", row.ID, role, got.status)
				}
			case role == "":
				if got.status != 401 || got.Code != "UNAUTHENTICATED" {
					t.Errorf("%s signed out: %d %s, want 401", row.ID, got.status, got.Code)
				}
			case !row.Allows(route.Role(role)):
				if got.status != 403 || got.Code != "FORBIDDEN" {
					t.Errorf("%s as %s: %d %s, want 403", row.ID, role, got.status, got.Code)
				}
			case foreignID:
				if got.status != 404 || got.Code != "NOT_FOUND" {
					t.Errorf("%s as %s with another workspace's id: %d %s, want 404", row.ID, role, got.status, got.raw)
				}
			case got.status == 401 || got.status == 403 || got.status >= 500:
				t.Errorf("%s as %s: %d %s, but the role may", row.ID, role, got.status, got.raw)
			}
			if got.header.Get("X-Request-Id") == "" {
				t.Errorf("%s as %q: no X-Request-Id", row.ID, role)
			}
		}
	}
	if after := theirs.must(200, "GET", "/api/logs?limit=100", nil).raw; string(after) != string(before) {
		t.Errorf("something was written in the other workspace:\n%s\n%s", before, after)
	}
}

// foreign makes one of each resource and gives their ids by area.
func foreign(t *testing.T, p person) map[string]string {
	t.Helper()
	ids := map[string]string{"users": p.id, "apis": p.connection("Museum")}
	var flow struct{ ID string }
	p.must(201, "POST", "/api/workflows", map[string]any{"definition": map[string]any{
		"apiq": "1", "name": "W", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}}}).into(t, &flow)
	var run struct{ ExecutionID string }
	p.must(202, "POST", "/api/workflows/"+flow.ID+"/execute", map[string]any{}).into(t, &run)
	p.wait(run.ExecutionID)
	ids["workflows"], ids["executions"] = flow.ID, run.ExecutionID
	return ids
}

// TestLogoutIsImmediate: the token is of no use from then on.
func TestLogoutIsImmediate(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	p.must(200, "GET", "/api/auth/me", nil)
	p.must(200, "POST", "/api/auth/logout", map[string]any{})
	p.must(401, "GET", "/api/auth/me", nil)
}
