package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// CallbackPath is where people come back to from a provider, below the public URL: the
// path of the row oauth-callback.
const CallbackPath = "/api/oauth/callback"

const (
	pkFlow = "OAUTH-FLOW"
	// flowLife is how long a person may take at the provider.
	flowLife = 10 * time.Minute
	// maxReturned bounds what is read of an address that a person comes back with.
	maxReturned = 4 << 10
	maxURL      = 8 << 10
)

// flow is a person on their way to the provider and back. The state that names it is
// stored as its hash only.
type flow struct {
	Connection string    `json:"connection"`
	Of         string    `json:"of"`
	User       string    `json:"user"`
	Session    string    `json:"session"`
	Browser    []byte    `json:"browser"` // hash of what the browser's cookie holds
	Verifier   []byte    `json:"verifier,omitempty"`
	Scopes     []string  `json:"scopes,omitempty"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// Started is where a person is to be sent, and what their browser is to keep.
type Started struct {
	URL       string
	ExpiresAt time.Time
	// Cookie is the name of the cookie that the browser keeps Browser in until then.
	Cookie  string
	Browser secret.Secret
}

// Callback is what a person's browser brings back.
type Callback struct {
	State, Code, Error string
	// Cookie gives what the browser keeps under a name; "" for nothing.
	Cookie func(name string) string
}

// Outcome is how a flow ended, for the page that says so. The set is closed: the words
// are the page's.
type Outcome string

// The outcomes.
const (
	Connected    Outcome = "connected"
	Denied       Outcome = "denied"        // the person said no
	Expired      Outcome = "expired"       // the flow is over, was used before, or never was
	SignedOut    Outcome = "signed_out"    // nobody is signed in
	Another      Outcome = "another"       // another person or browser than the one who began
	Changed      Outcome = "changed"       // the connection is not what it was
	ProviderSaid Outcome = "provider"      // the provider refused
	Unreachable  Outcome = "unreachable"   // the provider did not answer
	Misconfigure Outcome = "configuration" // client or addresses are wrong
)

// Ended is a flow's end.
type Ended struct {
	Outcome    Outcome
	Connection string // "" where it is not known
	// Cookie is the name of the cookie that is of no use any more; "" for none.
	Cookie string
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func flowKey(state string) table.Key {
	sum := sha256.Sum256([]byte(state))
	return table.Key{PK: pkFlow, SK: hex.EncodeToString(sum[:])}
}

// cookieOf names a flow's cookie: two flows in one browser do not disturb each other.
func cookieOf(key table.Key) string { return "apiq_oauth_" + key.SK[:16] }

// Start begins a person's way to the provider. It is for the browser and session that
// ask. Errors: those of connection.Service.OAuth; CONFLICT where the connection's grant
// is not obtained in this way.
func (s *Service) Start(ctx context.Context, conID string) (Started, error) {
	c, config, err := s.granting(ctx, conID)
	if err != nil {
		return Started{}, err
	}
	if config.Grant != connection.GrantCode {
		return Started{}, apierr.Newf(apierr.Conflict, "This connection's grant is obtained by %s: nobody is sent to a provider for it.", config.Grant)
	}
	if s.o.Redirect == "" {
		return Started{}, apierr.New(apierr.Conflict, "This installation does not know its own address: set APIQ_PUBLIC_URL.")
	}
	address, err := url.Parse(config.AuthorizeURL)
	if err != nil || address.Host == "" {
		return Started{}, apierr.New(apierr.CredentialsInvalid, "The connection does not say where people authorise it: give authorizeUrl.")
	}
	scopes, err := s.wanted(ctx, c, config)
	if err != nil {
		return Started{}, err
	}
	state, verifier, browser := random(), random(), random()
	key, now, actor := flowKey(state), s.now(), tenant.ActorFrom(ctx)
	sum := sha256.Sum256([]byte(browser))
	f := flow{Connection: conID, Of: fingerprint(c), User: actor.ID, Session: actor.SessionID, Browser: sum[:], Scopes: scopes, ExpiresAt: now.Add(flowLife)}
	query := address.Query()
	for name, value := range config.AuthorizeParams {
		query.Set(name, value)
	}
	query.Set("response_type", "code")
	query.Set("client_id", config.ClientID)
	query.Set("redirect_uri", s.o.Redirect)
	query.Set("state", state)
	addScopes(query, config.OAuth, scopes)
	if config.Resource != "" {
		query.Set("resource", config.Resource)
	}
	if config.UsesPKCE() {
		challenge := sha256.Sum256([]byte(verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
		query.Set("code_challenge_method", "S256")
		if f.Verifier, err = s.sealer.Seal(ctx, secret.Scope{Resource: conID, Field: key.SK}, []byte(verifier)); err != nil {
			return Started{}, fmt.Errorf("grant: seal verifier: %w", err)
		}
	}
	address.RawQuery, address.Fragment = query.Encode(), ""
	if len(address.String()) > maxURL {
		return Started{}, apierr.New(apierr.ValidationFailed, "The address at the provider becomes too long: ask for fewer scopes.")
	}
	item, err := table.JSONItem(key, f)
	if err != nil {
		return Started{}, err
	}
	item.ExpiresAt = f.ExpiresAt
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Absent())}, audit.Entry{Action: ActionAuthorise, Resource: conID,
		Message: "Sent to " + provider(config.OAuth) + " to authorise " + c.Name, Details: map[string]any{"provider": provider(config.OAuth), "scopes": scopes}})
	if err != nil {
		return Started{}, err
	}
	return Started{URL: address.String(), ExpiresAt: f.ExpiresAt, Cookie: cookieOf(key), Browser: secret.New(browser)}, nil
}

// wanted are the scopes that are asked for: the connection's own, and those that active
// workflows need.
func (s *Service) wanted(ctx context.Context, c connection.Connection, config connection.OAuthConfig) ([]string, error) {
	needs, err := s.needs(ctx, c, config)
	if err != nil {
		return nil, err
	}
	scopes := union(config.Scopes, nil)
	for _, n := range needs {
		scopes = union(scopes, n.Scopes)
	}
	return scopes, nil
}

// Complete ends a person's way: it checks that they are who began it, in the same
// browser, and exchanges what they bring for a grant. A flow ends once, whatever comes
// of it. The error is of our own making; what the person or the provider did is the
// outcome.
func (s *Service) Complete(ctx context.Context, in Callback) (Ended, error) {
	actor := tenant.ActorFrom(ctx)
	if _, err := tenant.From(ctx); err != nil || actor.SessionID == "" {
		return Ended{Outcome: SignedOut}, nil
	}
	if in.State == "" || len(in.State) > maxReturned || len(in.Code) > maxReturned || len(in.Error) > maxReturned {
		return Ended{Outcome: Expired}, nil
	}
	key := flowKey(in.State)
	f, version, err := table.GetJSON[flow](ctx, s.store, key)
	if errors.Is(err, table.ErrNotFound) {
		return Ended{Outcome: Expired}, nil
	}
	if err != nil {
		return Ended{}, err
	}
	end := Ended{Connection: f.Connection, Cookie: cookieOf(key)}
	browser := sha256.Sum256([]byte(in.Cookie(end.Cookie)))
	switch {
	case !s.now().Before(f.ExpiresAt):
		end.Outcome = Expired
		return end, nil
	case f.User != actor.ID || f.Session != actor.SessionID || subtle.ConstantTimeCompare(browser[:], f.Browser) != 1:
		end.Cookie, end.Outcome = "", Another // and who began it may still end it
		return end, s.note(ctx, f.Connection, "Somebody else, or another browser, came back from the provider")
	}
	if err := s.store.Delete(ctx, key, table.IfVersion(version)); err != nil {
		if errors.Is(err, table.ErrCondition) {
			end.Outcome, err = Expired, nil // used a moment ago
		}
		return end, err
	}
	end.Outcome, err = s.complete(ctx, key, f, in)
	return end, err
}

func (s *Service) complete(ctx context.Context, key table.Key, f flow, in Callback) (Outcome, error) {
	c, config, err := s.granting(ctx, f.Connection)
	switch apierr.CodeOf(err) {
	case "":
	case apierr.NotFound, apierr.Forbidden, apierr.Conflict, apierr.CredentialsInvalid:
		return Changed, nil
	default:
		return "", err
	}
	switch {
	case fingerprint(c) != f.Of:
		return Changed, s.note(ctx, c.ID, "The connection was changed while it was being authorised")
	case in.Error == "access_denied":
		return Denied, s.note(ctx, c.ID, "The access was not granted")
	case in.Error != "":
		return ProviderSaid, s.note(ctx, c.ID, classify(400, in.Error, 0).detail)
	case in.Code == "":
		return Expired, nil
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {in.Code}, "redirect_uri": {s.o.Redirect}}
	if f.Verifier != nil {
		verifier, err := s.sealer.Open(ctx, secret.Scope{Resource: c.ID, Field: key.SK}, f.Verifier)
		if err != nil {
			return "", fmt.Errorf("grant: open verifier: %w", err)
		}
		form.Set("code_verifier", string(verifier))
	}
	// The code is used up by the request, so its answer is kept even if the browser goes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Lease)
	defer cancel()
	a, refusal := s.exchange(ctx, config, form)
	if refusal != nil {
		return outcomeOf(refusal), s.note(ctx, c.ID, refusal.detail)
	}
	return Connected, s.consented(ctx, c, config, a, f.Scopes)
}

// outcomeOf is what a refusal is to the person.
func outcomeOf(f *fault) Outcome {
	switch f.kind {
	case faultPassing:
		return Unreachable
	case faultClient:
		return Misconfigure
	case faultDenied:
		return Denied
	}
	return ProviderSaid
}

// note tells the trail of a way that led nowhere.
func (s *Service) note(ctx context.Context, conID, message string) error {
	return s.trail.Commit(ctx, nil, audit.Entry{Action: ActionAuthorise, Resource: conID, Outcome: audit.Refused, Level: audit.Warn, Message: message})
}

// consented stores the grant that a person gave, over whatever there was before.
func (s *Service) consented(ctx context.Context, c connection.Connection, config connection.OAuthConfig, a answer, asked []string) error {
	if a.scopes == nil {
		a.scopes = union(asked, nil) // the same as were asked for (RFC 6749, 5.1)
	}
	if a.email == "" {
		a.email = s.whose(ctx, config, a.access)
	}
	for range storing {
		r, err := s.read(ctx, c)
		if err != nil {
			return err
		}
		r.Account = nil
		if err := s.renewed(ctx, c, config, &r.record, a); err != nil {
			return err
		}
		put, err := r.op(c.ID)
		if err != nil {
			return err
		}
		message := "Authorised " + c.Name + " at " + r.Account.Provider
		if r.Account.Email != "" {
			message += " as " + r.Account.Email
		}
		err = s.trail.Commit(ctx, []table.Op{put}, audit.Entry{Action: ActionAuthorise, Resource: c.ID, Message: message,
			Details: map[string]any{"provider": r.Account.Provider, "email": r.Account.Email, "scopes": r.Account.Scopes, "expiresAt": r.ExpiresAt}})
		if err == nil {
			// What a call found of the grant before is over.
			if err := s.connections.MarkStatus(ctx, c.ID, connection.StatusActive, ""); err != nil {
				s.o.Log.WarnContext(ctx, "status of a connection not noted", "connection", c.ID, "cause", err)
			}
		}
		if !errors.Is(err, table.ErrCondition) {
			return err
		}
	}
	return apierr.New(apierr.Conflict, "The connection is being changed by others at this moment. Try again.")
}
