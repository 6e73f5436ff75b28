package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity/weak"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	sessionLife = 7 * 24 * time.Hour
	inviteLife  = 7 * 24 * time.Hour
	// MinPassword is how many characters a password has at least.
	MinPassword = 10
	maxPassword = 256
	maxName     = 100 // characters of a person's or workspace's name
)

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Grace is how long a workspace can be restored before it is deleted. Defaults to
	// seven days.
	Grace time.Duration
	// OnWorkspace runs after a workspace was made, in its tenant. An error is
	// its own to report: the workspace stands. Defaults to nothing.
	OnWorkspace func(ctx context.Context, w Workspace)
	// OnLeave runs after a member has left, so that what they own is passed on soon:
	// ResumeLeaving does that. Defaults to nothing: it is done from time to time.
	OnLeave func()
	// Mail queues letters to people. Defaults to a queue on the same store whose links
	// lead to localhost.
	Mail *post.Post
	// Desk is where letters are kept in place of being sent; nil: nowhere.
	Desk *post.Desk
	// Registration says who may make an account by themself: RegistrationOpen, …Invite or
	// …Closed. Defaults to open.
	Registration string
	// Passwords is what hashing one takes. Defaults to 19 MiB in two passes, as OWASP
	// recommends; tests that do not judge it take less.
	Passwords Cost
	// Room bounds how many members a workspace may have. Defaults to nil: there is
	// always room.
	Room *quota.Room
	// ReadOnly: the table can only be read, so the last use of sessions is not noted.
	ReadOnly bool
}

// Service is the domain of people and sessions.
type Service struct {
	store       *table.Store
	trail       *audit.Trail
	limiter     limit.Limiter
	passwords   *hasher
	signer      *signer
	now         func() time.Time
	grace       time.Duration
	onWorkspace func(context.Context, Workspace)
	readOnly    bool
	onLeave     func()
	post        *post.Post
	desk        *post.Desk
	registering string
	room        *quota.Room // may be nil
}

// New makes the service. What it is made of is required: none may be nil.
func New(store *table.Store, trail *audit.Trail, sealer secret.Sealer, limiter limit.Limiter, o *Options) (*Service, error) {
	if store == nil || trail == nil || sealer == nil || limiter == nil {
		return nil, errors.New("identity: store, trail, sealer and limiter are required")
	}
	s := &Service{store: store, trail: trail, limiter: limiter, passwords: newHasher(recommended),
		signer: &signer{store: store, sealer: sealer}, now: time.Now, grace: 7 * 24 * time.Hour, onWorkspace: func(context.Context, Workspace) {}, onLeave: func() {}, readOnly: o != nil && o.ReadOnly}
	if o != nil {
		s.post, s.desk = o.Mail, o.Desk
		s.registering, s.room = o.Registration, o.Room
		if o.Now != nil {
			s.now = o.Now
		}
		if o.Passwords != (Cost{}) {
			s.passwords = newHasher(o.Passwords)
		}
		if o.Grace > 0 {
			s.grace = o.Grace
		}
		if o.OnLeave != nil {
			s.onLeave = o.OnLeave
		}
		if o.OnWorkspace != nil {
			s.onWorkspace = o.OnWorkspace
		}
	}
	if s.registering = cmp.Or(s.registering, RegistrationOpen); !slices.Contains(registrations, s.registering) {
		return nil, errors.New("identity: registration is open, invite or closed")
	}
	if s.post == nil {
		s.post = post.New(store, sealer, &post.Options{Now: s.now})
	}
	return s, nil
}

// userRecord is how a user is kept.
type userRecord struct {
	User
	PasswordHash string `json:"passwordHash"`
	// Workspace is where the next sign-in leads.
	Workspace string `json:"workspace"`
	// Managed is the workspace whose own sign-in made this account: nobody is found
	// by its e-mail but there, and no other sign-in leads to it.
	Managed string `json:"managed,omitempty"`
}

type emailRecord struct {
	UserID string `json:"userId"`
	// Former: the account has another address now, and may have this one again for some
	// days. Nobody signs in by it, and nobody else gets it.
	Former bool `json:"former,omitempty"`
}

func userKey(id string) table.Key         { return table.Key{PK: "USER#" + id, SK: "0"} }
func emailKey(email string) table.Key     { return table.Key{PK: "EMAIL#" + email, SK: "0"} }
func workspaceKey(id string) table.Key    { return table.Key{PK: "WORKSPACE#" + id, SK: "0"} }
func memberKey(wsp, usr string) table.Key { return table.Key{PK: "MEMBERS#" + wsp, SK: usr} }
func sessionsPK(usr string) string        { return "SESSIONS#" + usr }
func sessionKey(usr, id string) table.Key { return table.Key{PK: sessionsPK(usr), SK: id} }
func inviteKey(hash string) table.Key     { return table.Key{PK: "INVITE#" + hash, SK: "0"} }

// load reads a system record.
func load[T any](ctx context.Context, s *Service, key table.Key) (T, int64, error) {
	var v T
	item, err := s.store.Get(tenant.WithSystem(ctx), key)
	if err != nil {
		return v, 0, err
	}
	return v, item.Version, json.Unmarshal(item.Data, &v)
}

func put(key table.Key, v any, cond table.Condition, expires time.Time) (table.Op, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return table.Op{}, err
	}
	return table.Global(table.Put(table.Item{Key: key, Data: data, ExpiresAt: expires}, cond)), nil
}

// normalEmail gives the one form that an address is kept and found under.
func normalEmail(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 {
		return "", problem("/email", "email", "Give an e-mail address such as ada@example.com.")
	}
	return email, nil
}

func checkName(path, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return "", problem(path, "length", "Give a name of 1 to 100 characters.")
	}
	return name, nil
}

// judgePassword says what is wrong with a new password of somebody whom words belong to,
// such as their address and name. What it must be made of is not demanded: what is
// guessed first is refused (NIST SP 800-63B, 3.1.1.2).
func judgePassword(path, password string, words ...string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return problem(path, "too_short", "A password needs at least 10 characters.")
	case len(password) > maxPassword:
		return problem(path, "too_long", "A password may have at most 256 bytes.")
	case !utf8.ValidString(password):
		return problem(path, "encoding", "The password is not valid text.")
	}
	switch weak.Judge(password, words...) {
	case weak.Pattern:
		return problem(path, "weak", "This password repeats itself or runs along the keyboard. Take a few words that do not belong together.")
	case weak.Personal:
		return problem(path, "weak", "This password is made of your name, address or workspace. Take a few words that do not belong together.")
	case weak.Common:
		return problem(path, "weak", "This password is among those that are guessed first, or made of one. Take a few words that do not belong together.")
	}
	return nil
}

func problem(path, code, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: code, Message: message})
}

func notFoundIs(err error, replacement error) error {
	if errors.Is(err, table.ErrNotFound) {
		return replacement
	}
	return err
}
