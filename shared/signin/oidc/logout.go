package oidc

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/signin"
)

const (
	// logoutEvent is what a logout token tells (Back-Channel Logout 1.0, 2.4).
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	// maxName bounds what a notice is known by.
	maxName = 1024
)

// Notice implements signin.Protocol: it checks a logout token (Back-Channel Logout 1.0,
// 2.6). It stands as an ID token does, and can be taken for none: it has its event, which
// those lack, and no nonce, which those have.
func (c *Client) Notice(ctx context.Context, p signin.Provider, raw string) (signin.Notice, error) {
	m, err := c.metadata(ctx, p.Issuer)
	if err != nil {
		return signin.Notice{}, unusable(err)
	}
	set, err := c.verify(ctx, m, p, raw)
	if err != nil {
		return signin.Notice{}, err
	}
	var event map[string]json.RawMessage
	_, nonce := set.all["nonce"]
	now := c.now()
	switch {
	case !logoutType(set.kind):
		return signin.Notice{}, invalid("the token is of type %q, not a logout token", clip(set.kind))
	case json.Unmarshal(set.Events[logoutEvent], &event) != nil || event == nil:
		return signin.Notice{}, invalid("the token tells of no logout")
	case nonce:
		return signin.Notice{}, invalid("a logout token has no nonce")
	case set.Subject == "" && set.SID == "":
		return signin.Notice{}, invalid("the token names neither a person nor a session")
	case set.ID == "" || len(set.ID) > maxName || len(set.Subject) > maxName || len(set.SID) > maxName:
		return signin.Notice{}, invalid("the token has no jti, or names what is too long")
	case set.issuedAt.IsZero() || set.issuedAt.After(now.Add(skew)):
		return signin.Notice{}, invalid("the token was issued at %v", set.issuedAt)
	}
	return signin.Notice{Issuer: set.Issuer, ID: set.ID, Subject: set.Subject, SessionID: set.SID, ExpiresAt: set.expires.Add(skew)}, nil
}

// logoutType asks for the type of logout tokens. The standard recommends it only; without
// it a token of another kind could pass one day (OWASP ASVS 5.0, V10.5.5).
func logoutType(kind string) bool {
	return strings.TrimPrefix(strings.ToLower(kind), "application/") == "logout+jwt"
}
