package signin

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Exit tells where a browser goes on to whose session here is over. It asks no provider:
// where that takes browsers was noted with the sign-in, so that a sign-out neither waits
// for a provider nor fails with it.
type Exit struct {
	// PublicURL tells where browsers reach the product.
	PublicURL func() string
	// Store keeps what a SAML provider is told, until the browser fetches it.
	Store *table.Store
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// After is where the provider ends its own session and sends the browser back from
// (OpenID Connect RP-Initiated Logout 1.0, 2; SAML 2.0 profiles, 4.4). Empty: nowhere,
// it stays here.
func (x Exit) After(ctx context.Context, e identity.Ended) string {
	if e.Via == nil || e.Via.Ending == nil || x.PublicURL() == "" {
		return ""
	}
	if e.Via.Ending.NameID != nil {
		return x.farewell(ctx, e)
	}
	u, err := url.Parse(e.Via.Ending.URL)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", e.Via.Ending.ClientID)
	q.Set("post_logout_redirect_uri", signedOutURL(x.PublicURL(), e.Via.Workspace))
	if !e.IDToken.IsZero() {
		q.Set("id_token_hint", e.IDToken.Reveal())
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Farewell is what a SAML provider is told of a session that is over. It waits for the
// browser to fetch it from the function that signs it.
type Farewell struct {
	NameID       identity.NameID `json:"nameId"`
	SessionIndex string          `json:"sessionIndex"`
	ExpiresAt    time.Time       `json:"expiresAt"`
}

const (
	farewellLife = time.Minute
	farewellKind = "SAMLEXIT#"
)

// FarewellKey is where the workspace keeps the one of a ticket.
func FarewellKey(ticket string) table.Key {
	return table.Key{PK: farewellKind + hashed(ticket), SK: "0"}
}

// farewell keeps it, and gives the address that it is fetched by. What fails here keeps
// nobody signed in: the browser then stays.
func (x Exit) farewell(ctx context.Context, e identity.Ended) string {
	now := time.Now
	if x.Now != nil {
		now = x.Now
	}
	ticket := random()
	rec := Farewell{NameID: *e.Via.Ending.NameID, SessionIndex: e.Via.SessionID, ExpiresAt: now().Add(farewellLife).UTC()}
	item, err := table.JSONItem(FarewellKey(ticket), rec)
	if err != nil {
		return ""
	}
	item.ExpiresAt = rec.ExpiresAt.Truncate(time.Second)
	if _, err := x.Store.Put(tenant.With(ctx, e.Via.Workspace), item, table.Absent()); err != nil {
		return ""
	}
	return x.PublicURL() + "/api/auth/saml/" + e.Via.Workspace + "/logout?" + url.Values{"ticket": {ticket}}.Encode()
}

// signedOutURL is where a provider sends browsers back to after a sign-out: the page of
// sign-in, with the ways of the workspace whose provider it is.
func signedOutURL(public, workspace string) string { return public + SignedOutPage(workspace) }

// SignedOutPage is its path.
func SignedOutPage(workspace string) string {
	q := url.Values{"signedOut": {"1"}}
	if workspace != "" {
		q.Set("workspace", workspace)
	}
	return "/login?" + q.Encode()
}

// SignedOutURL is where a provider of the workspace ("" for the operator's) sends
// browsers back to after a sign-out.
func (s *Service) SignedOutURL(workspace string) string {
	return signedOutURL(s.publicURL(), workspace)
}

// NoticeURL is where a provider tells of sessions that ended there.
func (s *Service) NoticeURL(workspace, providerID string) string {
	at := s.publicURL() + "/api/auth/" + providerID + "/backchannel-logout"
	if workspace != "" {
		at += "?" + url.Values{"workspace": {workspace}}.Encode()
	}
	return at
}

// Notice is what a provider says of a session of its that ended, its token checked.
type Notice struct {
	Issuer, ID string
	// Subject is the person, SessionID the one session; one of them may be empty.
	Subject, SessionID string
	ExpiresAt          time.Time
}

// Ended takes a provider's word that a session there has ended, and ends those here that
// came by it (OpenID Connect Back-Channel Logout 1.0). A workspace's own provider ends
// sessions that it began itself, in that workspace, and no others. Errors carry a
// Failure where the token does not stand up to its checks.
func (s *Service) Ended(ctx context.Context, workspace, providerID, token string) error {
	p, err := s.find(ctx, workspace, providerID)
	if err != nil {
		return err
	}
	n, err := s.protocol.Notice(ctx, p, token)
	if err != nil {
		return err
	}
	end := identity.Notice{ID: n.ID, Until: n.ExpiresAt, Provider: p.ID, Workspace: p.Workspace, Issuer: n.Issuer, Subject: n.Subject}
	if n.SessionID != "" {
		end.SessionIDs = []string{n.SessionID}
	}
	_, err = s.people.EndedOutside(ctx, end)
	if errors.Is(err, identity.ErrNoticeUsed) {
		return errors.Join(Invalid, err)
	}
	return err
}
