package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/egress"
)

const (
	metadataLife = time.Hour
	// metadataStale is how long what was known serves while the provider is not reached.
	metadataStale = 24 * time.Hour
	maxIssuers    = 256
)

// Algorithms that an ID token may be signed with: asymmetric ones only. Under HS256
// the client's secret would be the key, and a public key could be passed off as one.
func algorithms() []string {
	return []string{gooidc.RS256, gooidc.RS384, gooidc.RS512, gooidc.ES256, gooidc.ES384, gooidc.ES512, gooidc.PS256, gooidc.PS384, gooidc.PS512, gooidc.EdDSA}
}

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0, 3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	EndSession    string   `json:"end_session_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	// TellsIssuer: answers name their issuer (RFC 9207), so that one without is refused.
	TellsIssuer bool `json:"authorization_response_iss_parameter_supported"`

	keys *gooidc.RemoteKeySet
	at   time.Time
}

// Options of a Client.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Client speaks with providers. It is safe for concurrent use.
type Client struct {
	guard *egress.Guard
	http  *http.Client
	now   func() time.Time
	mu    sync.Mutex
	known *lru.Cache[string, *metadata]
}

// New makes a Client whose every call passes the guard.
func New(guard *egress.Guard, o *Options) *Client {
	known, _ := lru.New[string, *metadata](maxIssuers) // fails for a size below 1 only
	c := &Client{guard: guard, http: newHTTP(guard), now: time.Now, known: known}
	if o != nil && o.Now != nil {
		c.now = o.Now
	}
	return c
}

// metadata gives what a provider says of itself, remembered for a while. Only what
// stood up to the checks is remembered.
func (c *Client) metadata(ctx context.Context, issuer string) (*metadata, error) {
	c.mu.Lock()
	have, ok := c.known.Get(issuer)
	c.mu.Unlock()
	now := c.now()
	if ok && now.Sub(have.at) < metadataLife {
		return have, nil
	}
	m, err := c.discover(ctx, issuer)
	if err != nil {
		if ok && now.Sub(have.at) < metadataStale && !errors.Is(err, errMetadata) {
			return have, nil
		}
		return nil, err
	}
	m.at = now
	// The key set remembers keys, and asks again where a token names another.
	m.keys = gooidc.NewRemoteKeySet(gooidc.ClientContext(context.WithoutCancel(ctx), c.http), m.Keys)
	if ok && have.Keys == m.Keys {
		m.keys = have.keys
	}
	c.mu.Lock()
	c.known.Add(issuer, m)
	c.mu.Unlock()
	return m, nil
}

// errMetadata: what a provider says of itself is not usable, however often it is asked.
var errMetadata = errors.New("oidc: the provider's metadata is not usable")

func (c *Client) discover(ctx context.Context, issuer string) (*metadata, error) {
	var m metadata
	if err := c.getJSON(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", "", &m); err != nil {
		return nil, err
	}
	if m.Issuer != issuer && !(manyTenants(issuer) && strings.Contains(m.Issuer, tenantHole)) {
		return nil, fmt.Errorf("%w: it calls itself %q, not %q", errMetadata, clip(m.Issuer), issuer)
	}
	for name, at := range map[string]string{"authorization_endpoint": m.Authorization, "token_endpoint": m.Token, "jwks_uri": m.Keys, "userinfo_endpoint": m.UserInfo, "end_session_endpoint": m.EndSession} {
		if at == "" && (name == "userinfo_endpoint" || name == "end_session_endpoint") {
			continue
		}
		u, err := url.Parse(at)
		if err == nil {
			err = errors.Join(c.guard.CheckURL(u), plainOnlyHere(u))
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errMetadata, name, err)
		}
	}
	if len(m.Challenges) > 0 && !slices.Contains(m.Challenges, "S256") {
		return nil, fmt.Errorf("%w: it does not take PKCE with S256", errMetadata)
	}
	return &m, nil
}

// tenantHole stands for a directory's id where an issuer of Entra ID speaks for all.
const tenantHole = "{tenantid}"

// manyTenants: an issuer of Entra ID that stands for every directory there is.
func manyTenants(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || !entra(u.Hostname()) {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return slices.Contains([]string{"common", "organizations", "consumers"}, first)
}

// entra hosts, sovereign clouds included (Microsoft Entra, "National clouds").
func entra(host string) bool {
	return slices.Contains([]string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}, host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// clip bounds what an error quotes of a provider's.
func clip(s string) string {
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
