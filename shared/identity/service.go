package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	sessionLife = 7 * 24 * time.Hour
	inviteLife  = 7 * 24 * time.Hour
	minPassword = 10
	maxPassword = 256
	maxName     = 100 // characters of a person's or workspace's name
	// Sign-ins for one e-mail, whatever address they come from.
	loginPerMinute, loginBurst = 10, 20
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
	noteSeen    bool
}

// New makes the service. What it is made of is required: none may be nil.
func New(store *table.Store, trail *audit.Trail, sealer secret.Sealer, limiter limit.Limiter, o *Options) (*Service, error) {
	if store == nil || trail == nil || sealer == nil || limiter == nil {
		return nil, errors.New("identity: store, trail, sealer and limiter are required")
	}
	s := &Service{store: store, trail: trail, limiter: limiter, passwords: newHasher(),
		signer: &signer{store: store, sealer: sealer}, now: time.Now, grace: 7 * 24 * time.Hour, onWorkspace: func(context.Context, Workspace) {}, noteSeen: o == nil || !o.ReadOnly}
	if o != nil {
		if o.Now != nil {
			s.now = o.Now
		}
		if o.Grace > 0 {
			s.grace = o.Grace
		}
		if o.OnWorkspace != nil {
			s.onWorkspace = o.OnWorkspace
		}
	}
	return s, nil
}

// userRecord is how a user is kept.
type userRecord struct {
	User
	PasswordHash string `json:"passwordHash"`
	// Workspace is where the next sign-in leads.
	Workspace string `json:"workspace"`
	// EmailVerified: the person has shown that they read mail at this address.
	EmailVerified bool `json:"emailVerified,omitempty"`
	// Managed is the workspace whose own sign-in made this account: nobody is found
	// by its e-mail but there, and no other sign-in leads to it.
	Managed string `json:"managed,omitempty"`
}

type emailRecord struct {
	UserID string `json:"userId"`
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

func checkPassword(password, email string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return problem("/password", "too_short", "A password needs at least 10 characters.")
	case len(password) > maxPassword:
		return problem("/password", "too_long", "A password may have at most 256 bytes.")
	case strings.EqualFold(password, email):
		return problem("/password", "weak", "The password must not be the e-mail address.")
	case strings.Trim(password, firstRune(password)) == "":
		return problem("/password", "weak", "The password must not be one character repeated.")
	}
	return nil
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
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
