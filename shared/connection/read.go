package connection

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/table"
)

// maxSifted bounds the connections read for one page of those that may be used.
const maxSifted = 2000

// Get returns a connection, NOT_FOUND where this workspace has none of that id, or none
// that may be used.
func (s *Service) Get(ctx context.Context, conID string) (Connection, error) {
	c, err := s.open(ctx, conID, access.Use)
	if err != nil {
		return Connection{}, err
	}
	return s.view(ctx, c)
}

// view is a connection as its reader sees it.
func (s *Service) view(ctx context.Context, c stored) (Connection, error) {
	st, err := s.readState(ctx, c.ID)
	if err != nil {
		return c.shown(st), err
	}
	account, err := s.readGrant(ctx, c)
	return c.with(st, account).rated(ctx), err
}

// Told is List as people see it: of what is shared with them for use, its name and what
// using it takes.
func (s *Service) Told(ctx context.Context, limit int, cursor string) ([]Connection, string, error) {
	list, next, err := s.List(ctx, limit, cursor)
	for i := range list {
		list[i] = list[i].told(ctx)
	}
	return list, next, err
}

// List returns at most limit of the connections that may be used, oldest first, and the next page's
// cursor. Their Warnings are left out, WarningCount tells of them, and so are their
// SecuritySchemes.
func (s *Service) List(ctx context.Context, limit int, cursor string) ([]Connection, string, error) {
	subject := access.From(ctx)
	page, err := s.table.Filled(ctx, table.Query{PK: pkConnection, Limit: limit, Cursor: cursor}, maxSifted, func(item table.Item) (bool, error) {
		if subject.SeesAll() {
			return true, nil
		}
		var c access.Sharing
		err := item.Decode(&c)
		return c.For(subject).Sees(), err
	})
	if errors.Is(err, table.ErrInvalid) {
		return nil, "", badCursor(err)
	}
	if err != nil {
		return nil, "", err
	}
	list := make([]Connection, 0, len(page.Items))
	if len(page.Items) == 0 {
		return list, page.Next, nil
	}
	states, err := s.states(ctx, page.Items[0].SK, page.Items[len(page.Items)-1].SK)
	if err != nil {
		return nil, "", err
	}
	accounts, err := s.accounts(ctx, page.Items[0].SK, page.Items[len(page.Items)-1].SK)
	if err != nil {
		return nil, "", err
	}
	for _, item := range page.Items {
		var c stored
		if err := item.Decode(&c); err != nil {
			return nil, "", err
		}
		c.Version, c.Warnings, c.SecuritySchemes = item.Version, nil, nil
		list = append(list, c.with(states[c.ID], accounts[c.ID]).rated(ctx))
	}
	return list, page.Next, nil
}

func (s *Service) states(ctx context.Context, from, to string) (map[string]state, error) {
	states := map[string]state{}
	for item, err := range s.table.All(ctx, table.Query{PK: pkState, From: from, To: to}) {
		if err != nil {
			return nil, err
		}
		var st state
		if err := item.Decode(&st); err != nil {
			return nil, err
		}
		states[item.SK] = st
	}
	return states, nil
}

func (s *Service) accounts(ctx context.Context, from, to string) (map[string]*Account, error) {
	accounts := map[string]*Account{}
	for item, err := range s.table.All(ctx, table.Query{PK: pkGrant, From: from, To: to}) {
		if err != nil {
			return nil, err
		}
		var g granted
		if err := item.Decode(&g); err != nil {
			return nil, err
		}
		accounts[item.SK] = g.Account
	}
	return accounts, nil
}

// Document opens the document of a connection. CONFLICT while it is imported, or
// where the import failed.
func (s *Service) Document(ctx context.Context, conID string) (Connection, *spec.Document, error) {
	c, err := s.imported(ctx, conID)
	if err != nil {
		return c, nil, err
	}
	doc, err := s.library.Open(ctx, c.SpecHash)
	return c, doc, err
}

// imported is a connection that has a document.
func (s *Service) imported(ctx context.Context, conID string) (Connection, error) {
	c, err := s.Get(ctx, conID)
	if err != nil {
		return Connection{}, err
	}
	switch c.Status {
	case StatusImporting:
		return c, apierr.New(apierr.Conflict, "The document of this connection is still being imported.")
	case StatusFailed:
		return c, apierr.New(apierr.Conflict, "The document of this connection could not be imported. Refresh it first.")
	}
	return c, nil
}

func badCursor(cause error) error {
	return apierr.Wrap(apierr.ValidationFailed, "The cursor is not one of this list.", cause).
		With(apierr.Problem{Path: "query.cursor", Code: "cursor", Message: "Take the cursor from meta.nextCursor of this list."})
}
