package signin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
)

// azureIssuer is Entra ID's for one directory.
const azureIssuer = "https://login.microsoftonline.com/%s/v2.0"

// Operator reads the operator's providers from the variables of the environment
// (docs/configuration.md). Every fault is reported at once, and no value is quoted.
func Operator(env map[string]string) ([]Provider, error) {
	all, faults := operator(env)
	for _, p := range all {
		if p.Secret.IsZero() {
			faults = append(faults, errors.New(SecretName(p.ID)+" must be set where the client id is"))
		}
	}
	return all, errors.Join(faults...)
}

// OperatorApart is Operator for a home whose environment holds no secrets: they are
// found by Options.Secret, under their names, when a flow ends.
func OperatorApart(env map[string]string) ([]Provider, error) {
	all, faults := operator(env)
	return all, errors.Join(faults...)
}

// prefixes begin the variables of each provider.
func prefixes() map[string]string {
	return map[string]string{Okta: "OKTA_", Google: "GOOGLE_", Azure: "AZURE_AD_", Generic: "GENERIC_OIDC_"}
}

// SecretName is the variable that holds the client secret of an operator's provider.
func SecretName(providerID string) string { return prefixes()[providerID] + "CLIENT_SECRET" }

func operator(env map[string]string) ([]Provider, []error) {
	shared := Provider{Home: env["SIGNIN_WORKSPACE"], Domains: listed(env["SIGNIN_DOMAINS"]), Claim: env["SIGNIN_ROLE_CLAIM"], JIT: env["SIGNIN_NEW_ACCOUNTS"] != "false", Enabled: true}
	var faults []error
	bad := func(name, must string) { faults = append(faults, fmt.Errorf("%s %s", name, must)) }
	if text := env["SIGNIN_NEW_ACCOUNTS"]; text != "" && text != "true" && text != "false" {
		bad("SIGNIN_NEW_ACCOUNTS", "must be true or false")
	}
	if shared.Home != "" && !id.Is(shared.Home, id.Workspace) {
		bad("SIGNIN_WORKSPACE", "must be the id of a workspace: wsp_…")
	}
	if shared.Claim != "" && shared.Home == "" {
		bad("SIGNIN_ROLE_CLAIM", "needs SIGNIN_WORKSPACE: roles are of a workspace")
	}
	for _, pair := range listed(env["SIGNIN_ROLES"]) {
		value, role, ok := strings.Cut(pair, "=")
		if !ok {
			bad("SIGNIN_ROLES", "must be values with a role each, such as admins=ADMIN, joined by commas")
			break
		}
		if shared.Roles == nil {
			shared.Roles = map[string]route.Role{}
		}
		shared.Roles[strings.TrimSpace(value)] = route.Role(strings.TrimSpace(role))
	}
	trusted := map[string]bool{}
	for _, name := range listed(env["SIGNIN_TRUST_EMAIL"]) {
		trusted[name] = true
	}
	var out []Provider
	for _, one := range []struct{ id, issuer string }{
		{Okta, env["OKTA_ISSUER"]}, {Google, GoogleIssuer}, {Azure, fmt.Sprintf(azureIssuer, env["AZURE_AD_TENANT_ID"])}, {Generic, env["GENERIC_OIDC_ISSUER"]},
	} {
		p, prefix := shared, prefixes()[one.id]
		p.ID, p.Issuer, p.ClientID, p.Secret = one.id, one.issuer, env[prefix+"CLIENT_ID"], secret.New(env[SecretName(one.id)])
		p.Name, p.TrustEmail = env[prefix+"NAME"], trusted[one.id]
		if p.ClientID == "" {
			continue
		}
		if one.id == Azure && env["AZURE_AD_TENANT_ID"] == "" {
			bad("AZURE_AD_TENANT_ID", "must be set where the client id is")
			continue
		}
		p, problems := p.normal()
		for _, f := range problems {
			bad(prefix+"…, "+strings.TrimPrefix(f.Path, "/")+":", f.Message)
		}
		out = append(out, p)
	}
	return out, faults
}

func listed(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
