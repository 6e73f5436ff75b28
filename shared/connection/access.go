package connection

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// ActionAccess is the trail's word for another sharing, or another owner.
const ActionAccess = "connection.access"

// open is read for whose rights count in the context: NOT_FOUND where they do not see
// the connection, FORBIDDEN where they may less than this.
func (s *Service) open(ctx context.Context, conID string, l access.Level) (stored, error) {
	c, err := s.read(ctx, conID)
	if err != nil {
		return stored{}, err
	}
	return c, c.For(access.From(ctx)).Require(l, notFound())
}

// Judge refuses who may less than this with a connection, as open does.
func (s *Service) Judge(ctx context.Context, conID string, l access.Level) error {
	_, err := s.open(ctx, conID, l)
	return err
}

// JudgeSettings refuses who does not see how a connection is set up.
func (s *Service) JudgeSettings(ctx context.Context, conID string) error {
	c, err := s.read(ctx, conID)
	if err != nil {
		return err
	}
	return c.For(access.From(ctx)).RequireSettings(notFound())
}

// outline is what using a connection takes to know of it. The reasons of its risk name
// hosts, its status what they answered.
func (c Connection) outline() Connection {
	return Connection{ID: c.ID, Version: c.Version, Name: c.Name, AuthType: c.AuthType, Auth: AuthView{Set: []string{}}, Status: c.Status, Title: c.Title,
		EndpointCount: c.EndpointCount, SpecHash: c.SpecHash, SpecVersion: c.SpecVersion, SpecFormat: c.SpecFormat, Risk: Risk{Level: c.Risk.Level}, Sample: c.Sample, Origins: []string{},
		LastUsed: c.LastUsed, LastUpdated: c.LastUpdated, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

// rated is the connection with what whose rights count may do with it.
func (c Connection) rated(ctx context.Context) Connection {
	r := c.For(access.From(ctx))
	c.Sharing, c.May = c.Explicit(), r.Level
	if !r.May(access.Use) {
		c.May = ""
	}
	return c
}

// told is the connection as people see it: its settings are for who may change them.
func (c Connection) told(ctx context.Context) Connection {
	c = c.rated(ctx)
	r := c.For(access.From(ctx))
	if r.Settings() {
		return c
	}
	out := c.outline()
	out.Sharing, out.May = c.Shown(r), c.May
	return out
}

// SetAccess changes who may do what with a connection, or whose it is. Errors:
// NOT_FOUND, FORBIDDEN, VERSION_STALE, VALIDATION_FAILED.
func (s *Service) SetAccess(ctx context.Context, conID string, ifVersion int64, change access.Change) (Connection, error) {
	for range attempts {
		c, err := s.open(ctx, conID, access.Manage)
		if err != nil {
			return Connection{}, err
		}
		if ifVersion != 0 && ifVersion != c.Version {
			return Connection{}, stale(c.Version)
		}
		next, err := c.Apply(ctx, change, s.o.Members)
		if err != nil {
			return Connection{}, err
		}
		err = s.share(ctx, &c, next, "Set who may use "+c.Name)
		if errors.Is(err, table.ErrCondition) {
			continue
		}
		if err != nil {
			return Connection{}, err
		}
		out, err := s.view(ctx, c)
		return out.told(ctx), err // it may have been handed on
	}
	return Connection{}, apierr.New(apierr.Conflict, "The connection is being changed by others at this moment. Try again.")
}

// share writes another sharing, with its record.
func (s *Service) share(ctx context.Context, c *stored, next access.Sharing, message string) error {
	before, version := c.Sharing, c.Version
	c.Sharing, c.UpdatedAt = next, s.o.Now().UTC()
	put, err := c.put(table.IfVersion(version))
	if err != nil {
		return err
	}
	err = s.trail.Commit(ctx, []table.Op{put}, audit.Entry{Action: ActionAccess, Resource: c.ID, Message: message, Details: next.Details(before)})
	c.Version = version + 1
	return err
}

// PassOn hands what a member who left owned to heir, and names them no more. It may be
// repeated; each connection that it changes leaves a record.
func (s *Service) PassOn(ctx context.Context, userID, heir string) error {
	for item, err := range s.table.All(ctx, table.Query{PK: pkConnection}) {
		if err != nil {
			return err
		}
		var c stored
		if err := item.Decode(&c); err != nil {
			return err
		}
		c.Version = item.Version
		next, changed := c.Without(userID, heir)
		if !changed {
			continue
		}
		// Of one that is being changed meanwhile the rest is done when this is repeated.
		if err := s.share(ctx, &c, next, "Passed "+c.Name+" on, for its member has left"); err != nil {
			return err
		}
	}
	return nil
}
