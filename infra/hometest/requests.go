package hometest

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/route"
)

// mostRequests gives, for each route of the table, a request that a caller who may
// make it would make. A route that is not listed fails the test.
func mostRequests(connection string) Obj {
	doc := Obj{"apiq": "1", "name": "W", "steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}}
	return Obj{
		"auth-register": Obj{"email": "x@example.com", "name": "x", "password": "short"},
		"auth-login":    Obj{"email": "x@example.com", "password": "wrong"},
		"auth-logout":   nil, "auth-me": nil, "users-list": nil,
		"auth-sessions": nil, "auth-sessions-end": nil, "auth-sessions-end-others": nil,
		"auth-providers": nil, "auth-start": nil, "auth-callback": nil, "auth-backchannel-logout": nil, "identities-list": nil, "identities-unlink": nil, "identities-link": Obj{"provider": "okta"}, "providers-list": nil, "providers-delete": nil, "providers-test": nil,
		"auth-discover": Obj{"email": "x@example.com"}, "domains-list": nil, "domains-verify": nil, "domains-delete": nil,
		"domains-claim": Obj{"domain": newDomain()}, "domains-update": Obj{"passwordSignIn": true},
		"providers-update": Obj{"issuer": "https://idp.example", "clientId": "apiq", "clientSecret": "s"},
		"users-invite":     Obj{"email": "new@example.com", "role": "USER"},
		"users-update":     Obj{"active": true},
		"apis-list":        nil, "apis-get": nil, "apis-delete": nil, "apis-test": nil, "apis-refresh": nil, "apis-approve": nil, "apis-report": nil, "apis-endpoints": nil, "apis-endpoint": nil,
		"apis-oauth-start": nil, "oauth-callback": nil, "apis-oauth-device": nil, "apis-oauth-poll": nil, "apis-oauth-disconnect": nil, "apis-scopes": nil,
		"apis-create":    Obj{"name": "x", "authType": "NONE"},
		"apis-update":    Obj{"name": "renamed"},
		"apis-access":    Obj{"everyone": "edit"},
		"members-list":   nil,
		"apis-try":       Obj{},
		"chat":           Obj{"message": "list all items", "connections": []string{connection}},
		"chat-execute":   Obj{"planId": "pln_0190aaaa-0000-7000-8000-000000000000", "confirm": true},
		"workflows-list": nil, "workflows-get": nil, "workflows-delete": nil, "workflows-versions": nil, "workflows-export": nil,
		"workflows-create":   Obj{"definition": doc},
		"workflows-import":   Obj{"document": doc},
		"workflows-update":   Obj{"name": "renamed"},
		"workflows-access":   Obj{"everyone": "edit"},
		"workflows-rollback": Obj{"version": 1},
		"workflows-execute":  Obj{},
		"workflows-rehearse": Obj{},
		"workflow-schema":    nil,
		"templates-list":     nil,
		"presets-list":       nil,
		"templates-use":      Obj{"connections": Obj{"github": connection, "slack": connection}},
		"executions-list":    nil, "executions-get": nil, "executions-events": nil, "executions-cancel": nil, "executions-retry": nil, "executions-export": nil, "executions-delete": nil,
		"executions-replay": Obj{}, "executions-compare": Obj{}, "executions-retry-all": Obj{}, "executions-replay-all": Obj{},
		"executions-resolve": Obj{"decision": "approve"},
		"approvals-list":     nil,
		"triggers-list":      nil, "triggers-get": nil, "triggers-delete": nil, "triggers-deliveries": nil,
		"triggers-create": Obj{"type": "event", "event": "order.paid"},
		"triggers-update": Obj{"enabled": true},
		"hooks":           Obj{"not": "signed"},
		"events":          Obj{"name": "order.shipped", "data": Obj{"n": 1}},
		"logs-list":       nil, "logs-export": nil, "logs-verify": nil,
		"spec-cache-list": nil, "spec-cache-purge": nil, "keys-get": nil, "keys-rotate": nil, "keys-use": Obj{"kmsKeyArn": ""},
		"audit-sinks-list": nil, "audit-sinks-delete": nil,
		"audit-sinks-create": Obj{"type": "webhook", "url": "https://127.0.0.1:9443/nobody"}, "stats": nil, "health": nil, "openapi": nil,

		"mfa-get": nil, "mfa-totp": nil, "mfa-recovery": nil,
		"mfa-totp-confirm": Obj{"code": "000000"},
		"mfa-totp-delete":  Obj{"password": password, "code": "000000"},
		"auth-confirm":     Obj{"password": password},

		"retention-get": nil, "retention-update": Obj{"items": []any{Obj{"kind": "runs", "days": 365}}},
		"policy-get": nil, "policy-update": Obj{"sessionHours": 168},
		"saml-get": nil, "saml-update": Obj{"metadata": "<x/>"}, "saml-delete": nil,
		"saml-start": nil, "saml-acs": nil, "saml-finish": nil, "saml-logout": nil, "saml-slo": nil, "saml-slo-post": nil, "saml-metadata": nil,
		"scim-settings": nil, "scim-token-create": nil, "scim-token-revoke": nil,
		"scim-settings-update": Obj{"defaultRole": "USER", "groups": []any{}},
		"scim-users-list":      nil, "scim-users-get": nil, "scim-users-delete": nil, "scim-groups-list": nil, "scim-groups-get": nil, "scim-groups-delete": nil,
		"scim-users-create": Obj{"userName": "x@example.com"}, "scim-users-replace": Obj{"userName": "x@example.com"},
		"scim-users-patch":   Obj{"Operations": []any{Obj{"op": "replace", "value": Obj{"active": false}}}},
		"scim-groups-create": Obj{"displayName": "x"}, "scim-groups-replace": Obj{"displayName": "x"},
		"scim-groups-patch": Obj{"Operations": []any{Obj{"op": "replace", "value": Obj{"displayName": "y"}}}},
		"scim-config":       nil, "scim-types": nil, "scim-schemas": nil,
		"passkeys-list": nil, "passkeys-options": nil, "passkeys-delete": nil, "passkeys-login-options": nil,
		"passkeys-create":  Obj{"challengeId": "chl_x", "name": "x", "credential": Obj{}},
		"passkeys-update":  Obj{"name": "x"},
		"passkeys-confirm": Obj{"challengeId": "chl_x", "credential": Obj{}},
		"passkeys-login":   Obj{"challengeId": "chl_x", "credential": Obj{}},
		"tokens-list":      nil, "tokens-delete": nil,
		"tokens-create": Obj{"name": "CI", "scopes": []string{"workflows:read"}, "expiresAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)},
	}
}

// filled puts resources into a route's path, each by the area that it is of.
func filled(row route.Route, ids map[string]string) string {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(row.Path, "/api"), "/"), "/")
	area := parts[0]
	if area == "auth" { // a person's own things: "auth/sessions"
		area += "/" + parts[1]
	}
	if area == "admin" && len(parts) > 2 {
		area += "/" + parts[1]
	}
	if strings.Contains(row.Path, "/invites/") {
		area = "invites"
	}
	return strings.NewReplacer("{id}", ids[area], "{triggerId}", ids["triggers"], "{operationId}", "listItems", "{provider}", "generic", "{stepId}", "a").Replace(row.Path)
}

// foreign makes one of each resource and gives their ids by area.
func foreign(t *testing.T, p Person) map[string]string {
	t.Helper()
	// Templates are the product's own: what stands for another workspace's is one that there is not.
	ids := map[string]string{"users": p.ID, "workspaces": p.Workspace, "erasures": "era_0190aaaa-0000-7000-8000-000000000000", "templates": "none-such", "admin/scim": "prv_none", "admin/providers": "none-such", "admin/audit": "none-such", "scim": p.ID, "apis": p.Connect("Shop", NewShop(t).URL)}
	ids["workflows"] = p.Save(Obj{"steps": []any{ValueStep("a", 1)}})
	ids["executions"] = p.Start(ids["workflows"], nil)
	p.Wait(ids["executions"])
	var invite, trigger struct{ ID string }
	p.Must(201, "POST", "/api/users/invite", Obj{"email": newEmail("open"), "role": "USER"}).Into(t, &invite)
	ids["invites"] = invite.ID
	p.Must(201, "POST", "/api/workflows/"+ids["workflows"]+"/triggers", Obj{"type": "event", "event": "order.paid"}).Into(t, &trigger)
	ids["triggers"], ids["admin/mail"] = trigger.ID, "none-such"
	var own []struct{ ID string }
	p.Must(200, "GET", "/api/auth/sessions", nil).Into(t, &own)
	ids["auth/sessions"] = own[0].ID
	var domain struct{ ID string }
	p.Must(201, "POST", "/api/admin/domains", Obj{"domain": newDomain()}).Into(t, &domain)
	ids["admin/domains"] = domain.ID
	ids["auth/passkeys"] = "psk_0190aaaa-0000-7000-8000-000000000000" // none: one takes an authenticator
	ids["auth/identities"] = "none-such"
	_, ids["auth/tokens"] = p.token("read")
	return ids
}
