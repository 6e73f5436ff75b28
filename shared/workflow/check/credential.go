package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
)

// credential checks that the connection holds what one of the operation's
// security requirements needs, with the scopes where the connection knows those that
// it was granted; else they are unknown.
func (c *checker) credential(at string, a *api, op *spec.Operation) {
	if len(op.Security) == 0 {
		c.add(at, Credential, yes(), "The operation needs none.")
		return
	}
	schemes := a.doc.Info().SecuritySchemes
	var best *bool = no()
	detail := ""
	for _, need := range op.Security {
		ok, why := meets(a.conn, need, schemes)
		if ok != nil && *ok {
			c.add(at, Credential, yes(), why)
			return
		}
		if ok == nil && best != nil || detail == "" {
			best, detail = ok, why
		}
	}
	if best == nil {
		c.add(at, Credential, nil, detail)
		return
	}
	c.fail(at, "/connection", Credential, "credential", detail)
}

func meets(conn connection.Connection, need spec.Requirement, schemes map[string]spec.SecurityScheme) (*bool, string) {
	if len(need) == 0 {
		return yes(), "The operation needs none."
	}
	result, detail := yes(), ""
	for _, name := range sortedNames(need) {
		scheme, declared := schemes[name]
		if !declared {
			result, detail = nil, "The spec names a security scheme “"+name+"” that it does not describe."
			continue
		}
		ok, why := holds(conn, scheme, need[name])
		if ok != nil && !*ok {
			return no(), why
		}
		if ok == nil {
			result, detail = nil, why
		} else if detail == "" {
			detail = why
		}
	}
	return result, detail
}

// holds says whether the connection can answer one scheme.
func holds(conn connection.Connection, scheme spec.SecurityScheme, scopes []string) (*bool, string) {
	wanted := schemeName(scheme)
	switch conn.AuthType {
	case connection.AuthNone, "":
		return no(), "The operation needs " + wanted + "; the connection holds no credential."
	case connection.AuthCustom:
		if in := strings.ToLower(scheme.In); scheme.Type == "apiKey" && slices.ContainsFunc(conn.Auth.Set, func(s string) bool {
			return strings.EqualFold(s, scheme.Name) || strings.EqualFold(s, "headers."+scheme.Name) || strings.EqualFold(s, in+"."+scheme.Name)
		}) {
			return yes(), "The connection sends " + scheme.Name + "."
		}
		return nil, "The connection sends its own headers; whether they are " + wanted + " cannot be told."
	}
	if len(conn.Auth.Set) == 0 && conn.AuthType != connection.AuthOAuth {
		return no(), "The connection's credential is not set."
	}
	switch conn.AuthType {
	case connection.AuthAWS, connection.AuthHMAC:
		return nil, "The connection signs its requests; whether that is " + wanted + " cannot be told."
	}
	fits := false
	switch scheme.Type {
	case "apiKey":
		fits = conn.AuthType == connection.AuthAPIKey && (conn.Auth.Name == "" || strings.EqualFold(conn.Auth.Name, scheme.Name))
		if conn.AuthType == connection.AuthAPIKey && !fits || bearerAsKey(conn, scheme) {
			return nil, "The connection's key goes by another way than " + wanted + "."
		}
	case "http":
		switch strings.ToLower(scheme.Scheme) {
		case "basic":
			fits = conn.AuthType == connection.AuthBasic
		case "bearer":
			if fits = conn.AuthType == connection.AuthBearer || conn.AuthType == connection.AuthOAuth || conn.AuthType == connection.AuthTokenExchange; fits && len(scopes) > 0 && len(conn.Auth.Scopes) > 0 {
				return granted(conn, scopes) // OpenAPI 3.1 may name them here too
			}
		default:
			return nil, "Whether the credential answers " + wanted + " cannot be told."
		}
	case "oauth2", "openIdConnect":
		switch conn.AuthType {
		case connection.AuthOAuth, connection.AuthBearer, connection.AuthTokenExchange:
			return granted(conn, scopes)
		}
	default:
		return nil, "Whether the credential answers " + wanted + " cannot be told."
	}
	if !fits {
		return no(), "The operation needs " + wanted + "; the connection holds another kind of credential."
	}
	return yes(), "The connection holds " + wanted + "."
}

// granted compares the scopes that an operation needs with those of the connection's
// token.
func granted(conn connection.Connection, needed []string) (*bool, string) {
	if len(needed) == 0 {
		return yes(), "The connection holds a token."
	}
	if len(conn.Auth.Scopes) == 0 {
		return nil, "The connection holds a token; whether it has " + scopesOf(needed) + " cannot be told."
	}
	missing := slices.DeleteFunc(slices.Clone(needed), func(s string) bool { return slices.Contains(conn.Auth.Scopes, s) })
	if len(missing) == 0 {
		return yes(), "The connection's token has " + scopesOf(needed) + "."
	}
	get := "Get a token with it from the API, where you may have to consent anew, and give it to the connection with its scopes. If the token has it by another name, give that scope too."
	if conn.AuthType == connection.AuthOAuth {
		get = "Connect the account again, and consent to it."
	}
	return no(), "The operation needs " + scopesOf(missing) + ", which the connection's token was not granted (it has " + strings.Join(firstFew(conn.Auth.Scopes), ", ") + "). " + get
}

func scopesOf(names []string) string {
	if len(names) == 1 {
		return "the scope " + names[0]
	}
	return "the scopes " + strings.Join(names, ", ")
}

// firstFew keeps a sentence readable: a token may have a hundred scopes.
func firstFew(names []string) []string {
	const few = 8
	if len(names) <= few {
		return names
	}
	return append(slices.Clone(names[:few]), fmt.Sprintf("%d more", len(names)-few))
}

// bearerAsKey: documents often describe "Authorization: Bearer …" as an API key.
func bearerAsKey(conn connection.Connection, scheme spec.SecurityScheme) bool {
	return strings.EqualFold(scheme.Name, "Authorization") &&
		(conn.AuthType == connection.AuthBearer || conn.AuthType == connection.AuthBasic)
}

func schemeName(s spec.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return "the API key " + s.Name + " (" + s.In + ")"
	case "http":
		return "HTTP " + strings.ToLower(s.Scheme) + " authentication"
	case "oauth2":
		return "an OAuth 2 grant"
	case "openIdConnect":
		return "an OpenID Connect token"
	}
	return "a credential of type " + s.Type
}

// credentialNames are the parameters that the connection's credential fills, as
// "in name": documents often list them as ordinary parameters too.
func credentialNames(a *api, op *spec.Operation) map[string]bool {
	names := map[string]bool{}
	for _, need := range op.Security {
		for name := range need {
			if s := a.doc.Info().SecuritySchemes[name]; s.Type == "apiKey" {
				names[s.In+" "+strings.ToLower(s.Name)] = true
			}
		}
	}
	if a.conn.AuthType == connection.AuthAPIKey && a.conn.Auth.Name != "" {
		names[a.conn.Auth.In+" "+strings.ToLower(a.conn.Auth.Name)] = true
	}
	return names
}
