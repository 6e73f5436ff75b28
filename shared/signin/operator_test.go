package signin_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	none, err := signin.Operator(map[string]string{"OKTA_ISSUER": "x", "GOOGLE_CLIENT_SECRET": "y"})
	if err != nil || len(none) != 0 {
		t.Errorf("%+v %v", none, err)
	}
	const home = "wsp_0190aaaa-0000-7000-8000-000000000000"
	all, err := signin.Operator(map[string]string{
		"OKTA_ISSUER": "https://corp.okta.com", "OKTA_CLIENT_ID": "o", "OKTA_CLIENT_SECRET": "os",
		"GOOGLE_CLIENT_ID": "g", "GOOGLE_CLIENT_SECRET": "gs",
		"AZURE_AD_TENANT_ID": "11111111-2222-3333-4444-555555555555", "AZURE_AD_CLIENT_ID": "a", "AZURE_AD_CLIENT_SECRET": "as",
		"GENERIC_OIDC_NAME": "Keycloak", "GENERIC_OIDC_ISSUER": "https://sso.example.com/realms/corp", "GENERIC_OIDC_CLIENT_ID": "k", "GENERIC_OIDC_CLIENT_SECRET": "ks",
		"SIGNIN_WORKSPACE": home, "SIGNIN_DOMAINS": "Example.com, corp.example", "SIGNIN_NEW_ACCOUNTS": "false", "SIGNIN_ROLE_CLAIM": "groups", "SIGNIN_ROLES": "admins=ADMIN, look = AUDITOR", "SIGNIN_TRUST_EMAIL": "azure"})
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for i, want := range []struct{ id, name, issuer, client, secret string }{
		{"okta", "Okta", "https://corp.okta.com", "o", "os"}, {"google", "Google", "https://accounts.google.com", "g", "gs"},
		{"azure", "Microsoft Entra ID", "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", "a", "as"}, {"generic", "Keycloak", "https://sso.example.com/realms/corp", "k", "ks"},
	} {
		p := all[i]
		if p.ID != want.id || p.Name != want.name || p.Issuer != want.issuer || p.ClientID != want.client || p.Secret.Reveal() != want.secret || !p.Enabled || p.JIT || p.Home != home || p.Workspace != "" ||
			strings.Join(p.Domains, " ") != "example.com corp.example" || p.Roles["look"] != route.RoleAuditor || p.TrustEmail != (p.ID == "azure") || strings.Join(p.Scopes, " ") != "profile email" {
			t.Errorf("%+v", p)
		}
	}
}

// TestOperatorApart: without its secret a provider is there for a home that keeps
// secrets elsewhere, and for no other.
func TestOperatorApart(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GOOGLE_CLIENT_ID": "g"}
	if all, err := signin.OperatorApart(env); err != nil || len(all) != 1 || all[0].ID != signin.Google || !all[0].Secret.IsZero() {
		t.Errorf("%+v %v", all, err)
	}
	if _, err := signin.Operator(env); err == nil || !strings.Contains(err.Error(), signin.SecretName(signin.Google)) {
		t.Error(err)
	}
	if _, err := signin.OperatorApart(map[string]string{"OKTA_CLIENT_ID": "o"}); err == nil || !strings.Contains(err.Error(), "issuer") {
		t.Error(err)
	}
}

func TestOperatorRefused(t *testing.T) {
	t.Parallel()
	okta := func(more map[string]string) map[string]string {
		env := map[string]string{"OKTA_ISSUER": "https://corp.okta.com", "OKTA_CLIENT_ID": "o", "OKTA_CLIENT_SECRET": "a-secret"}
		for k, v := range more {
			env[k] = v
		}
		return env
	}
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no secret":              {okta(map[string]string{"OKTA_CLIENT_SECRET": ""}), "OKTA_CLIENT_SECRET"},
		"no issuer":              {okta(map[string]string{"OKTA_ISSUER": ""}), "issuer"},
		"plain http":             {okta(map[string]string{"OKTA_ISSUER": "http://corp.okta.com"}), "issuer"},
		"an issuer with a query": {okta(map[string]string{"OKTA_ISSUER": "https://corp.okta.com/?x"}), "issuer"},
		"no directory":           {map[string]string{"AZURE_AD_CLIENT_ID": "a", "AZURE_AD_CLIENT_SECRET": "s"}, "AZURE_AD_TENANT_ID"},
		"trust in everybody":     {map[string]string{"AZURE_AD_CLIENT_ID": "a", "AZURE_AD_CLIENT_SECRET": "s", "AZURE_AD_TENANT_ID": "common", "SIGNIN_TRUST_EMAIL": "azure"}, "trustEmail"},
		"roles without a home":   {okta(map[string]string{"SIGNIN_ROLE_CLAIM": "groups", "SIGNIN_ROLES": "a=ADMIN"}), "SIGNIN_WORKSPACE"},
		"roles without a claim":  {okta(map[string]string{"SIGNIN_ROLES": "a=ADMIN"}), "mapping"},
		"a role of ours":         {okta(map[string]string{"SIGNIN_WORKSPACE": "wsp_0190aaaa-0000-7000-8000-000000000000", "SIGNIN_ROLE_CLAIM": "groups", "SIGNIN_ROLES": "a=OWNER"}), "roles"},
		"no pairs":               {okta(map[string]string{"SIGNIN_ROLES": "ADMIN"}), "SIGNIN_ROLES"},
		"no workspace":           {okta(map[string]string{"SIGNIN_WORKSPACE": "main"}), "SIGNIN_WORKSPACE"},
		"no answer":              {okta(map[string]string{"SIGNIN_NEW_ACCOUNTS": "maybe"}), "SIGNIN_NEW_ACCOUNTS"},
		"a domain that is none":  {okta(map[string]string{"SIGNIN_DOMAINS": "*"}), "domains"},
	} {
		if _, err := signin.Operator(c.env); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
