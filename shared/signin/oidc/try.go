package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/signin"
)

// Try implements signin.Protocol: it fetches what the provider says of itself, now,
// and its keys.
func (c *Client) Try(ctx context.Context, p signin.Provider) []signin.Finding {
	m, err := c.discover(ctx, p.Issuer)
	if err != nil {
		return []signin.Finding{{What: "discovery", Message: sentence(err)}}
	}
	out := []signin.Finding{{What: "discovery", OK: true, Message: "The provider answers as " + clip(m.Issuer) + "."}}
	var keys struct {
		Keys []jwk `json:"keys"`
	}
	switch err := c.getJSON(ctx, m.Keys, "", &keys); {
	case err != nil:
		out = append(out, signin.Finding{What: "keys", Message: "The keys that tokens are signed with cannot be read. " + sentence(err)})
	case !slices.ContainsFunc(keys.Keys, jwk.signs):
		out = append(out, signin.Finding{What: "keys", Message: "There is no key that a token could be signed with."})
	default:
		out = append(out, signin.Finding{What: "keys", OK: true, Message: fmt.Sprintf("%d keys.", len(keys.Keys))})
	}
	algs := signin.Finding{What: "algorithms", OK: true, Message: "Tokens are signed with " + strings.Join(m.Algorithms[:min(len(m.Algorithms), 8)], ", ") + "."}
	if !slices.ContainsFunc(m.Algorithms, func(a string) bool { return slices.Contains(algorithms(), a) }) {
		algs = signin.Finding{What: "algorithms", Message: "Tokens are signed in no way that is taken here: use RS256, ES256, PS256 or EdDSA."}
	}
	return append(out, algs)
}

// jwk is what a trial looks at of a key.
type jwk struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
}

func (k jwk) signs() bool { return k.Kty != "oct" && k.Use != "enc" }

// sentence tells an admin what is wrong, without what a private address answered.
func sentence(err error) string {
	var public *apierr.Error
	switch {
	case errors.As(err, &public):
		return public.Detail
	case errors.Is(err, errMetadata):
		return strings.TrimPrefix(err.Error(), "oidc: ") + "."
	case errors.Is(err, errTooLarge):
		return "The answer is too large."
	case errors.Is(err, context.DeadlineExceeded):
		return "The provider did not answer in time."
	}
	return "There is no usable answer below this issuer: its /.well-known/openid-configuration must be JSON, without a redirect."
}
