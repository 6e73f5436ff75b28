package identity

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/route"
)

// User is a person.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	// EmailVerified: the person has shown that they read mail at this address.
	EmailVerified bool `json:"emailVerified,omitempty"`
	// Quiet: the person wants no letters about what waits for them. Those about the
	// account itself come all the same.
	Quiet     bool      `json:"quiet,omitempty"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	// Version is the store's; what is kept of it inside the record does not count.
	Version int64 `json:"version"`
}

// Workspace keeps its connections, workflows, runs and trail apart from all others.
type Workspace struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// OwnerID is who may hand the workspace on or delete it: always an active admin.
	// Workspaces from before there were owners have none until one is needed.
	OwnerID string `json:"ownerId,omitempty"`
	// DeleteAt is when it will be deleted, where its owner asked for that; until then it
	// only can be read. ClosedBy is who asked.
	DeleteAt  *time.Time `json:"deleteAt,omitempty"`
	ClosedBy  string     `json:"closedBy,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	Version   int64      `json:"version"` // as User's
}

// Member is a person's place in a workspace. JoinedAt is when the membership was
// made: as a resource's createdAt, under the name that people know.
type Member struct {
	ID        string     `json:"id"` // the user's
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	Role      route.Role `json:"role"`
	Active    bool       `json:"active"`
	JoinedAt  time.Time  `json:"joinedAt"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	Version   int64      `json:"version"` // as User's
}

// Invite lets one person join with a role; its token is shown once and kept hashed.
type Invite struct {
	ID        string     `json:"id"`
	Email     string     `json:"email"`
	Role      route.Role `json:"role"`
	Token     string     `json:"token,omitempty"` // only where it was just made
	InvitedBy string     `json:"invitedBy,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt time.Time  `json:"expiresAt"`
}

// Membership is one of the workspaces that a person belongs to.
type Membership struct {
	Workspace Workspace
	Role      route.Role
	// Active is false where an admin has switched the membership off: it cannot be entered.
	Active bool
}

// Principal is who makes a request, as its session says.
type Principal struct {
	UserID      string
	Email       string
	Name        string
	WorkspaceID string
	Role        route.Role
	SessionID   string
	// Via is the sign-in outside that the session came by; nil for a password.
	Via *Via
	// TokenID names the API token that stands for a session, and Scopes what it may do.
	TokenID string
	Scopes  []string
	// ProvenAt is when they last proved who they are: routes that are Fresh ask for
	// that to be recent.
	ProvenAt time.Time
	// FactorAt is when they last showed a second factor in this session.
	FactorAt time.Time
	// Due is what they owe their workspace's policy, "" for nothing.
	Due Due
}

// Grant is what a sign-in answers.
type Grant struct {
	User      User
	Workspace Workspace
	Role      route.Role
	Token     string
	ExpiresAt time.Time
}

type principalKey struct{}

// WithPrincipal returns a context that carries who makes the request.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom returns who makes the request.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
