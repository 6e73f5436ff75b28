package connection

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// Actions of the trail.
const (
	ActionCreate  = "connection.create"
	ActionUpdate  = "connection.update"
	ActionDelete  = "connection.delete"
	ActionImport  = "connection.import"
	ActionRefresh = "connection.refresh"
	ActionStatus  = "connection.status"
)

// Create makes a connection. A small document is imported at once: its errors
// are returned and nothing is stored. A large one gives a connection with status
// IMPORTING that becomes ACTIVE or FAILED by itself. Errors: VALIDATION_FAILED
// with every problem by path, those of library.Fetch and Add, EGRESS_BLOCKED,
// QUOTA_EXCEEDED.
func (s *Service) Create(ctx context.Context, in CreateInput) (Connection, error) {
	now := s.o.Now().UTC()
	p := in.check()
	certificate := in.ClientCertificate.check(now, &p)
	if err := p.err(); err != nil {
		return Connection{}, err
	}
	c := &stored{Given: in.BaseURL, Connection: Connection{
		ID: id.New(id.Connection), Name: in.Name, Variables: in.Variables,
		AuthType: in.AuthType, Auth: in.AuthConfig.view(in.AuthType), Certificate: certificate, Settings: in.Settings, Sample: in.Sample, CreatedAt: now, UpdatedAt: now,
	}}
	c.OwnerID = access.Creator(ctx)
	if in.Access != nil {
		var err error
		if c.Sharing, err = c.Apply(ctx, in.Access.Of(), s.o.Members); err != nil {
			return Connection{}, below(err, "/access")
		}
	}
	c.setURL(in.SpecURL)
	done, err := s.o.Room.Reserve(ctx, connectionKey(c.ID))
	if err != nil {
		return Connection{}, err
	}
	defer done()
	cred := in.AuthConfig.open(in.AuthType).withCertificate(in.AuthType, in.ClientCertificate.seal())
	res, err := s.obtain(ctx, in.SpecURL, in.SpecDocument, true)
	if errors.Is(err, library.ErrLarge) {
		return s.createLater(ctx, c, cred, in.SpecURL, res.Hash)
	}
	if err != nil {
		return Connection{}, err
	}
	if err := s.fill(c, res, in.SpecURL, true); err != nil {
		return Connection{}, err
	}
	if err := s.store(ctx, c, cred, in.SpecURL, table.Absent(), s.entry(ActionCreate, c, "Connected "+c.Name)); err != nil {
		return Connection{}, err
	}
	return c.with(state{}, nil).rated(ctx), nil
}

// below puts the problems of an error under the field that held what they are of.
func below(err error, field string) error {
	var e *apierr.Error
	if errors.As(err, &e) {
		for i := range e.Problems {
			e.Problems[i].Path = field + e.Problems[i].Path
		}
	}
	return err
}

// obtain gets the document: from its address, or as it was given. A large one is
// ErrLarge where the caller is to be let go; an upload is then stashed, and the
// result has its hash.
func (s *Service) obtain(ctx context.Context, specURL string, text Text, letGo bool) (library.Result, error) {
	if specURL != "" {
		res, err := s.library.Fetch(ctx, library.Request{URL: specURL, LetGo: letGo})
		return res, placed(err, "/specUrl")
	}
	if letGo && s.library.Large(int64(len(text))) {
		hash, err := s.library.Stash(ctx, []byte(text))
		if err != nil {
			return library.Result{}, placed(err, "/specDocument")
		}
		return library.Result{Hash: hash}, library.ErrLarge
	}
	res, err := s.library.Add(ctx, []byte(text))
	return res, err
}

// placed gives a refusal that names no place the field that caused it.
func placed(err error, path string) error {
	var e *apierr.Error
	if !errors.As(err, &e) || len(e.Problems) > 0 {
		return err
	}
	switch e.Code {
	case apierr.EgressBlocked, apierr.SpecTooLarge, apierr.ValidationFailed:
		return apierr.Wrap(e.Code, e.Detail, err).With(apierr.Problem{Path: path, Code: "refused", Message: e.Detail})
	}
	return err
}

// store writes connection, credential and record together. ErrCondition is left
// to the caller.
func (s *Service) store(ctx context.Context, c *stored, cred *opened, specURL string, cond table.Condition, e audit.Entry, more ...table.Op) error {
	if cred != nil {
		cred.Origins = c.Origins
		if cred.OAuth != nil && c.Auth.OAuth != nil {
			cred.OAuth.OAuth = *c.Auth.OAuth // with the document's addresses
		}
	}
	if !c.SealedURL {
		specURL = ""
	}
	sealed, err := s.sealOp(ctx, c.ID, cred, specURL)
	if err != nil {
		return err
	}
	put, err := c.put(cond)
	if err != nil {
		return err
	}
	if err := s.trail.Commit(ctx, append([]table.Op{put, sealed}, more...), e); err != nil {
		return err
	}
	c.Version, _ = cond.Next()
	s.wantReport(ctx, c)
	return nil
}

// entry is the audit record of a change: what it made, never a secret.
func (s *Service) entry(action string, c *stored, message string) audit.Entry {
	return audit.Entry{Action: action, Resource: c.ID, Message: message, Details: map[string]any{
		"name": c.Name, "status": c.Status, "baseUrl": c.BaseURL, "authType": c.AuthType, "authFields": c.Auth.Set,
		"specUrl": c.SpecURL, "specHash": c.SpecHash, "endpointCount": c.EndpointCount, "risk": c.Risk.Level, "settings": c.Settings,
	}}
}
