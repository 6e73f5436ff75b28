// Package tenant carries, in the context, whose data a call may touch and who
// is acting. The table and blob stores read it and refuse to work without it;
// nothing ever falls back to another tenant.
package tenant

import (
	"context"
	"errors"
)

// ErrNone is returned where a context names no workspace.
var ErrNone = errors.New("tenant: no workspace in context")

// System is the reserved workspace of records that belong to no single one:
// users by e-mail, sessions, the directory of workspaces. Ids made by package
// id can never equal it.
const System = "_system"

// Actor is who causes a change; the audit trail records it.
type Actor struct {
	// ID is a user id, or "system" for work that no person started.
	ID        string
	Email     string
	Role      string
	SessionID string // or the id of the API token that stands for one
	RequestID string
	// IP is the peer's address as the server saw it.
	IP string
	// Agent is the peer's User-Agent, cut short.
	Agent string
}

type workspaceKey struct{}
type actorKey struct{}

// With returns a context bound to one workspace.
func With(ctx context.Context, workspace string) context.Context {
	return context.WithValue(ctx, workspaceKey{}, workspace)
}

// WithSystem binds the context to the system records.
func WithSystem(ctx context.Context) context.Context { return With(ctx, System) }

// From returns the workspace or ErrNone.
func From(ctx context.Context) (string, error) {
	w, _ := ctx.Value(workspaceKey{}).(string)
	if w == "" {
		return "", ErrNone
	}
	return w, nil
}

// WithActor returns a context that names who is acting.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns who is acting; the system when nobody is named.
func ActorFrom(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{ID: "system"}
}
