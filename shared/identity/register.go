package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Registration is what a person gives to join.
type Registration struct {
	Email    string
	Name     string
	Password string
	// Workspace names the new workspace; empty: "<name>'s workspace".
	Workspace string
	// Invite is the token of an invitation; with it no workspace is made.
	Invite string
}

// Register makes the person and, without an invitation, their workspace, whose
// ADMIN they are; and signs them in.
func (s *Service) Register(ctx context.Context, in Registration) (Grant, error) {
	email, err := normalEmail(in.Email)
	if err != nil {
		return Grant{}, err
	}
	name, err := checkName("/name", in.Name)
	if err != nil {
		return Grant{}, err
	}
	if err := judgePassword("/password", in.Password, email, name, in.Workspace); err != nil {
		return Grant{}, err
	}
	userID := id.New(id.User)
	if err := s.mayRegister(ctx, in.Invite != ""); err != nil {
		return Grant{}, err
	}
	place, err := s.placeFor(ctx, in, userID, name, email)
	if err != nil {
		return Grant{}, err
	}
	switch barred, err := s.barred(ctx, User{Email: email}); {
	case err != nil:
		return Grant{}, err
	case barred == place.workspace.ID && barred != "":
		return Grant{}, providerOnly()
	}
	done, err := s.reserve(ctx, place.workspace.ID, userID)
	if err != nil {
		return Grant{}, err
	}
	defer done()
	hash, err := s.passwords.hash(ctx, in.Password)
	if err != nil {
		return Grant{}, err
	}
	now := s.now().UTC()
	user := User{ID: userID, Email: email, Name: name, CreatedAt: now, UpdatedAt: now, Version: 1}
	grant, session, err := s.newSession(ctx, user, place.workspace, place.role)
	if err != nil {
		return Grant{}, err
	}
	join, err := joinOps(place.workspace.ID, s.newMember(user, place.role))
	if err != nil {
		return Grant{}, err
	}
	ops := append(append(place.ops, session), join...)
	for _, row := range []struct {
		key   table.Key
		value any
	}{
		{emailKey(email), emailRecord{UserID: user.ID}},
		{userKey(user.ID), userRecord{User: user, PasswordHash: hash, Workspace: place.workspace.ID}},
	} {
		op, err := put(row.key, row.value, table.Absent(), noExpiry)
		if err != nil {
			return Grant{}, err
		}
		ops = append(ops, op)
	}
	verify, parcel, err := s.letterToVerify(ctx, userRecord{User: user, PasswordHash: hash})
	if err != nil {
		return Grant{}, err
	}
	ops = append(ops, verify...)
	ctx = as(ctx, user, place.workspace.ID)
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: "user.register", Resource: user.ID, Message: place.message})
	var failed *table.ConditionError
	switch {
	case errors.As(err, &failed) && in.Invite != "" && failed.Index < len(place.ops):
		return Grant{}, badInvite() // used by another request a moment ago
	case errors.As(err, &failed):
		return Grant{}, apierr.New(apierr.Conflict, "There is an account with this e-mail already: sign in instead.")
	}
	if err != nil {
		return Grant{}, err
	}
	s.post.Ring(ctx, parcel)
	if place.made {
		s.onWorkspace(ctx, place.workspace)
	}
	return grant, nil
}

// place is where a new person ends up.
type place struct {
	workspace Workspace
	role      route.Role
	ops       []table.Op
	made      bool
	message   string
}

func (s *Service) placeFor(ctx context.Context, in Registration, owner, name, email string) (place, error) {
	if in.Invite != "" {
		return s.acceptInvite(ctx, in.Invite, email)
	}
	title := in.Workspace
	if title == "" {
		title = defaultTitle(name)
	}
	title, err := checkName("/workspace", title)
	if err != nil {
		return place{}, err
	}
	w, op, err := s.newWorkspace(title, owner, s.now().UTC())
	return place{workspace: w, role: route.RoleAdmin, ops: []table.Op{op}, made: true, message: "made the workspace " + w.Name}, err
}

// defaultTitle leaves out what would make a name of full length too long.
func defaultTitle(name string) string {
	const of = "'s workspace"
	if runes := []rune(name); len(runes) > maxName-len(of) {
		name = strings.TrimSpace(string(runes[:maxName-len(of)]))
	}
	return name + of
}

// as names the person as actor in a workspace, keeping request id and address.
func as(ctx context.Context, u User, workspace string) context.Context {
	a := tenant.ActorFrom(ctx)
	a.ID, a.Email = u.ID, u.Email
	return tenant.WithActor(tenant.With(ctx, workspace), a)
}
