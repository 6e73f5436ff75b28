package connection

import (
	"context"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
)

// Tokens obtains the tokens of connections that have no fixed credential. It keeps
// what it obtains by itself, and calls no API.
type Tokens interface {
	// Token gives a token that is valid as far as is known. refused, where it is not 0,
	// is the serial of one that the API took no more: that one is not given again, but
	// at most one new one is obtained for it, however many ask. Errors: REAUTHORIZE
	// where a person has to consent; CREDENTIALS_INVALID where the provider does not
	// know the client; UPSTREAM_ERROR and UPSTREAM_TIMEOUT, with how long to wait where
	// that is known; EGRESS_BLOCKED.
	Token(ctx context.Context, c Connection, refused int64) (Token, error)
	// Revoke takes what was obtained back at the provider, as far as it can, and says
	// what came of it. It forgets nothing.
	Revoke(ctx context.Context, c Connection) (Revocation, error)
}

// Token is what a request is authorised with.
type Token struct {
	Access secret.Secret
	// Origins are where it may be sent; they were sealed with it.
	Origins []string
	// Serial is raised with each new token of the connection.
	Serial int64
	// ExpiresAt is zero where the provider does not say.
	ExpiresAt time.Time
}

// Revocation says what came of taking a grant back.
type Revocation struct {
	// Revoked: the provider took it back; null where there was nothing to take back.
	Revoked *bool `json:"revoked"`
	// Detail is for a person.
	Detail string `json:"detail"`
}

// UseTokens says who obtains the tokens of connections of a type. It is called before
// the service is used.
func (s *Service) UseTokens(t AuthType, tokens Tokens) { s.tokens[t] = tokens }

// obtains says whether a credential of a type is obtained, not given.
func obtains(t AuthType) bool { return t == AuthOAuth || t == AuthTokenExchange }

// token is the credential of a connection that obtains tokens.
func (s *Service) token(ctx context.Context, c stored, refused int64) (Credential, error) {
	tokens := s.tokens[c.AuthType]
	if tokens == nil {
		return Credential{}, apierr.Newf(apierr.CredentialsInvalid, "Nobody here obtains tokens for %s.", c.AuthType)
	}
	t, err := tokens.Token(ctx, c.Connection, refused)
	if err != nil {
		return Credential{}, err
	}
	out := Credential{Type: c.AuthType, Token: t.Access, Serial: t.Serial, Origins: t.Origins}
	if e := c.Auth.Exchange; e != nil {
		out.In, out.Name, out.Value = e.Use.In, e.Use.Name, secret.New(e.Use.Prefix+t.Access.Reveal())
	}
	if c.Certificate != nil {
		cred, _, err := s.unseal(ctx, c.ID)
		if err != nil {
			return Credential{}, err
		}
		if cred == nil || !slices.Equal(cred.Origins, t.Origins) {
			return Credential{}, noCredential()
		}
		out.Certificate = cred.Certificate.open()
	}
	return out, nil
}

// Renew is Credential after the API refused one: it gives another, or the error that
// says why there is none. Of a credential that is not obtained there is no other:
// CREDENTIALS_INVALID.
func (s *Service) Renew(ctx context.Context, conID string, refused Credential) (Credential, error) {
	c, err := s.read(ctx, conID)
	if err != nil {
		return Credential{}, err
	}
	if s.tokens[c.AuthType] == nil || refused.Serial == 0 {
		return Credential{}, apierr.New(apierr.CredentialsInvalid, "The API no longer takes the connection's credential. Give it again.")
	}
	return s.token(ctx, c, refused.Serial)
}

// OAuth opens how a connection obtains its grant, for the one request that needs it,
// as it was sealed. Errors: NOT_FOUND; CREDENTIALS_INVALID where it does not open, is
// not there, or is of another type.
func (s *Service) OAuth(ctx context.Context, conID string) (Connection, OAuthConfig, error) {
	c, err := s.read(ctx, conID)
	if err != nil {
		return Connection{}, OAuthConfig{}, err
	}
	if !obtains(c.AuthType) {
		return Connection{}, OAuthConfig{}, apierr.Newf(apierr.Conflict, "This connection is of type %s: there is nothing to authorise.", c.AuthType)
	}
	if c.Status == StatusImporting || c.Status == StatusFailed {
		return Connection{}, OAuthConfig{}, apierr.New(apierr.Conflict, "The document of this connection has not been imported yet.")
	}
	cred, _, err := s.unseal(ctx, conID)
	if err != nil {
		return Connection{}, OAuthConfig{}, err
	}
	if cred == nil || cred.Type != c.AuthType || cred.OAuth == nil && cred.Exchange == nil || len(cred.Origins) == 0 {
		return Connection{}, OAuthConfig{}, noCredential()
	}
	shown, err := s.view(ctx, c)
	if err != nil {
		return Connection{}, OAuthConfig{}, err
	}
	if e := cred.Exchange; e != nil {
		return shown, OAuthConfig{OAuth: OAuth{Grant: GrantExchange, TokenURL: e.Request.URL}, Origins: cred.Origins,
			Exchange: &ExchangeConfig{Request: e.Request, Token: e.Token, ExpiresIn: e.ExpiresIn, Values: conceal(e.Values)}}, nil
	}
	o := cred.OAuth
	return shown, OAuthConfig{OAuth: o.OAuth, Scopes: o.Scopes, Origins: cred.Origins, OAuthSecrets: OAuthSecrets{
		ClientSecret: secret.New(o.ClientSecret), PrivateKey: secret.New(o.PrivateKey),
		TokenParams: conceal(o.TokenParams), RefreshParams: conceal(o.RefreshParams)}}, nil
}
