package connection

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// Partitions; the sort key is the connection's id.
const (
	pkConnection = "CON"
	pkState      = "CON-STATE"
	pkCredential = "CON-CRED"
	pkGrant      = "CON-GRANT"
)

func connectionKey(id string) table.Key { return table.Key{PK: pkConnection, SK: id} }
func stateKey(id string) table.Key      { return table.Key{PK: pkState, SK: id} }
func credentialKey(id string) table.Key { return table.Key{PK: pkCredential, SK: id} }

// GrantKey is where package grant keeps a connection's grant. It is removed with what
// it was obtained by: with the connection, or when the credential is given anew.
func GrantKey(id string) table.Key { return table.Key{PK: pkGrant, SK: id} }

// granted is the part of a grant's item that may be shown.
type granted struct {
	Account *Account `json:"account,omitempty"`
}

// stored is a connection as it lies in the table.
type stored struct {
	Connection
	// Given is the base URL as it was given, with its {variables}; empty where it
	// is the document's.
	Given string `json:"given,omitempty"`
	// SealedURL: SpecURL is masked, and lies whole beside the credential.
	SealedURL bool `json:"sealedUrl,omitempty"`
}

// state is what the system notes of a connection as it goes.
type state struct {
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Limits   *Limits   `json:"limits,omitempty"`
	// Status overrides ACTIVE, as a call found it.
	Status   Status  `json:"status,omitempty"`
	Detail   string  `json:"detail,omitempty"`
	Progress *Import `json:"progress,omitempty"`
}

func notFound() error { return apierr.New(apierr.NotFound, "There is no such connection.") }

// read returns a connection as stored, with its version.
func (s *Service) read(ctx context.Context, conID string) (stored, error) {
	if !id.Is(conID, id.Connection) {
		return stored{}, notFound()
	}
	c, version, err := table.GetJSON[stored](ctx, s.table, connectionKey(conID))
	if errors.Is(err, table.ErrNotFound) {
		return stored{}, notFound()
	}
	c.Version = version
	return c, err
}

func (s *Service) readState(ctx context.Context, conID string) (state, error) {
	st, _, err := table.GetJSON[state](ctx, s.table, stateKey(conID))
	if errors.Is(err, table.ErrNotFound) {
		return state{}, nil
	}
	return st, err
}

// readGrant is what may be shown of the grant, nil without one.
func (s *Service) readGrant(ctx context.Context, c stored) (*Account, error) {
	if !obtains(c.AuthType) {
		return nil, nil
	}
	g, _, err := table.GetJSON[granted](ctx, s.table, GrantKey(c.ID))
	if errors.Is(err, table.ErrNotFound) {
		return nil, nil
	}
	return g.Account, err
}

// with is the connection as its reader sees it, with what is known of its grant.
func (c stored) with(st state, account *Account) Connection {
	out := c.shown(st)
	if !obtains(c.AuthType) {
		return out
	}
	if out.Account = account; account != nil {
		out.Auth.Scopes = account.Scopes
	}
	if c.Status != StatusActive {
		return out
	}
	switch {
	case account != nil && account.Fault != "":
		out.Status, out.StatusDetail = StatusNeedsAuthorisation, account.Fault
	case account == nil && c.Auth.OAuth != nil && c.Auth.OAuth.Grant.Personal():
		out.Status, out.StatusDetail = StatusNeedsAuthorisation, "Nobody has consented yet: connect the account."
	}
	return out
}

// shown is the connection as its reader sees it, without a grant.
func (c stored) shown(st state) Connection {
	out := c.Connection
	out.LastUsed, out.Limits = st.LastUsed, st.Limits
	switch {
	case c.Status == StatusImporting:
		if st.Progress != nil {
			out.Progress = st.Progress
		}
	case c.Status == StatusActive && st.Status != "":
		out.Status, out.StatusDetail = st.Status, st.Detail
	}
	if out.Origins == nil {
		out.Origins = []string{}
	}
	return out
}

// put is the operation that writes the connection under a condition.
func (c *stored) put(cond table.Condition) (table.Op, error) {
	c.May = "" // its readers' own
	item, err := table.JSONItem(connectionKey(c.ID), c)
	return table.Put(item, cond), err
}

// setURL keeps the address of the document; the masked form where it holds a credential.
func (c *stored) setURL(url string) {
	c.SpecURL, c.SealedURL = "", false
	if url != "" {
		c.SpecURL = library.Mask(url)
		c.SealedURL = c.SpecURL != url
	}
}
