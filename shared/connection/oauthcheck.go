package connection

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

const (
	maxPointer    = 200
	maxPrivateKey = 16 << 10
)

// reservedParams are those of the protocol: an added one must not take their place.
var reservedParams = []string{"response_type", "response_mode", "client_id", "client_secret", "redirect_uri", "scope", "state", "code", "code_challenge",
	"code_challenge_method", "code_verifier", "grant_type", "refresh_token", "assertion", "client_assertion", "client_assertion_type", "device_code"}

// checkOAuth tells what is wrong with the fields, as far as that can be told without
// the document.
func (c *AuthConfig) checkOAuth(p *problems) {
	o := c.OAuth.withDefaults(!c.ClientSecret.IsZero(), !c.PrivateKey.IsZero())
	switch o.Grant {
	case GrantCode, GrantDevice, GrantClientCredentials, GrantJWTBearer:
	default:
		p.add("/authConfig/grant", "enum", "Obtain the grant by authorization_code, device_code, client_credentials or jwt_bearer. (The password grant is refused: RFC 9700, 2.4.)")
	}
	if o.ClientID == "" && o.Grant != GrantJWTBearer {
		p.add("/authConfig/clientId", "required", "Give the client id that the provider gave your application.")
	}
	if o.Grant == GrantJWTBearer && o.ClientID == "" && o.Issuer == "" {
		p.add("/authConfig/issuer", "required", "Give the issuer of the assertion: for a Google service account its client_email.")
	}
	c.checkClient(o, p)
	for name, text := range c.OAuth.texts() {
		if len(*text) > maxBase || strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			p.add(at("authConfig", name), "format", "At most %d bytes, without control characters.", maxBase)
		}
		if strings.HasSuffix(name, "Pointer") && *text != "" && (!strings.HasPrefix(*text, "/") || len(*text) > maxPointer) {
			p.add(at("authConfig", name), "format", "Give a JSON Pointer (RFC 6901), for example /authed_user/access_token.")
		}
	}
	if s := o.ScopeSeparator; s != "" && s != " " && s != "," && s != ";" {
		p.add("/authConfig/scopeSeparator", "enum", "Scopes are joined by a space, a comma or a semicolon.")
	}
	checkParams("authorizeParams", o.AuthorizeParams, p)
	checkParams("tokenParams", reveal(c.TokenParams), p)
	checkParams("refreshParams", reveal(c.RefreshParams), p)
	c.checkScopes(p)
	slices.SortFunc(*p, func(a, b apierr.Problem) int { return strings.Compare(a.Path, b.Path) })
}

// checkClient checks how the client proves who it is.
func (c *AuthConfig) checkClient(o OAuth, p *problems) {
	needsKey := o.Grant == GrantJWTBearer || o.ClientAuth == ClientPrivateKeyJWT
	switch o.ClientAuth {
	case ClientBasic, ClientPost:
		required(c.ClientSecret, "/authConfig/clientSecret", "Give the client secret.", p)
	case ClientNone:
		if o.Grant == GrantClientCredentials {
			p.add("/authConfig/clientSecret", "required", "Give the client secret: by client credentials alone, anybody could have the grant.")
		}
		if !c.ClientSecret.IsZero() {
			p.add("/authConfig/clientSecret", "exclusive", "With clientAuth none there is no client secret.")
		}
	case ClientPrivateKeyJWT:
	default:
		p.add("/authConfig/clientAuth", "enum", "A client proves who it is by basic, post, none or private_key_jwt.")
	}
	switch {
	case !needsKey && !c.PrivateKey.IsZero():
		p.add("/authConfig/privateKey", "unknown_field", "A private key is for jwt_bearer and private_key_jwt only.")
	case needsKey && c.PrivateKey.IsZero():
		p.add("/authConfig/privateKey", "required", "Give the private key that signs assertions, as PEM.")
	case needsKey && !isPrivateKey(c.PrivateKey.Reveal()):
		p.add("/authConfig/privateKey", "format", "This is not an RSA or EC private key in PEM: it begins with -----BEGIN PRIVATE KEY-----.")
	}
}

func isPrivateKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil || len(text) > maxPrivateKey {
		return false
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(block.Bytes)
	return err == nil
}

func checkParams(field string, params map[string]string, p *problems) {
	if len(params) > maxEntries {
		p.add(at("authConfig", field), "too_many", "At most %d parameters.", maxEntries)
		return
	}
	for _, name := range sortedKeys(params) {
		path := at("authConfig", field, brief(name))
		switch {
		case name == "" || len(name) > maxField || len(params[name]) > maxValue:
			p.add(path, "format", "A parameter's name has 1 to %d bytes, its value at most %d.", maxField, maxValue)
		case slices.Contains(reservedParams, name):
			p.add(path, "not_allowed", "The parameter %s belongs to the protocol itself.", brief(name))
		}
	}
}

// flowNames are the document's names of what obtains a kind of grant.
var flowNames = map[GrantKind][]string{
	GrantCode: {"authorizationCode", "accessCode"}, GrantClientCredentials: {"clientCredentials", "application"},
	GrantJWTBearer: {"clientCredentials", "application", "authorizationCode"}, GrantDevice: {"deviceAuthorization", "authorizationCode"},
}

// fromFlows fills the addresses that were not given from the document's flows: those
// of a scheme that the whole document requires before one that is merely there.
func (o *OAuth) fromFlows(info spec.Info, base *url.URL) {
	for _, name := range preferred(info) {
		scheme := info.SecuritySchemes[name]
		if scheme.Type != "oauth2" {
			continue
		}
		for _, flow := range flowNames[o.Grant] {
			f, ok := scheme.Flows[flow]
			if !ok {
				continue
			}
			fillURL(&o.TokenURL, f.TokenURL, base)
			fillURL(&o.RefreshURL, f.RefreshURL, base)
			if o.Grant == GrantCode {
				fillURL(&o.AuthorizeURL, f.AuthorizationURL, base)
			}
			return
		}
	}
}

// fillURL sets an address that is not there; a relative one is to the API's own.
func fillURL(dst *string, text string, base *url.URL) {
	if *dst != "" || text == "" || len(text) > maxBase {
		return
	}
	if u, err := base.Parse(text); err == nil {
		*dst = u.String()
	}
}

// checkURLs tells what is wrong with the addresses, once the document has filled
// those that were not given.
func (s *Service) checkURLs(o OAuth, p *problems) {
	for _, u := range []struct {
		name, text string
		needed     bool
	}{
		{"accountUrl", o.AccountURL, false},
		{"authorizeUrl", o.AuthorizeURL, o.Grant == GrantCode},
		{"deviceUrl", o.DeviceURL, o.Grant == GrantDevice},
		{"refreshUrl", o.RefreshURL, false},
		{"revokeUrl", o.RevokeURL, false},
		{"tokenUrl", o.TokenURL, true},
	} {
		path := at("authConfig", u.name)
		if u.text == "" {
			if u.needed {
				p.add(path, "required", "The document does not say where this is: give %s.", u.name)
			}
			continue
		}
		s.checkAddress(u.text, path, p)
	}
}

// checkAddress judges an address at which tokens are given.
func (s *Service) checkAddress(text, path string, p *problems) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "" || parsed.Fragment != "":
		p.add(path, "format", "Give a complete address without a fragment: https://…")
	case parsed.User != nil:
		p.add(path, "userinfo", "Leave user and password out of the address; give them as values.")
	case parsed.Scheme != "https" && !onLoopback(parsed):
		p.add(path, "scheme", "Tokens travel over https only.")
	default:
		if err := s.guard.CheckURL(parsed); err != nil {
			p.add(path, "refused", "%s", apierr.From(err).Detail)
		}
	}
}

// onLoopback: a provider on this very machine needs no TLS; whether it may be reached
// at all is the guard's to say.
func onLoopback(u *url.URL) bool {
	if u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
