package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	pkDevice    = "OAUTH-DEVICE"
	fieldDevice = "device"
	maxDevice   = 30 * time.Minute
	maxInterval = time.Minute
)

// device is a person who is to enter a code on another device: at most one for a
// connection.
type device struct {
	Of        string        `json:"of"`
	User      string        `json:"user"`
	Sealed    []byte        `json:"sealed"` // the device code
	Scopes    []string      `json:"scopes,omitempty"`
	Interval  time.Duration `json:"interval"`
	NextAt    time.Time     `json:"nextAt"`
	ExpiresAt time.Time     `json:"expiresAt"`
}

// DeviceCode is what a person is to enter, and where.
type DeviceCode struct {
	UserCode        string `json:"userCode"`
	VerificationURI string `json:"verificationUri"`
	// VerificationURIComplete has the code in it, where the provider gives such a one.
	VerificationURIComplete string    `json:"verificationUriComplete,omitempty"`
	ExpiresAt               time.Time `json:"expiresAt"`
	IntervalSeconds         int       `json:"intervalSeconds"`
}

// DeviceState is how far a person is.
type DeviceState struct {
	// Status is pending, connected, denied or expired.
	Status string `json:"status" jsonschema:"enum=pending,enum=connected,enum=denied,enum=expired"`
	// RetryAfterSeconds is when to ask again, of pending.
	RetryAfterSeconds int `json:"retryAfterSeconds,omitempty"`
}

func deviceKey(conID string) table.Key { return table.Key{PK: pkDevice, SK: conID} }

// StartDevice asks the provider for a code that a person enters there (RFC 8628, 3.1).
// Errors: those of connection.Service.OAuth; CONFLICT where the connection's grant is
// not obtained in this way; those of Token.
func (s *Service) StartDevice(ctx context.Context, conID string) (DeviceCode, error) {
	c, config, err := s.granting(ctx, conID)
	if err != nil {
		return DeviceCode{}, err
	}
	if config.Grant != connection.GrantDevice {
		return DeviceCode{}, apierr.Newf(apierr.Conflict, "This connection's grant is obtained by %s, not by a code that is entered on another device.", config.Grant)
	}
	scopes, err := s.wanted(ctx, c, config)
	if err != nil {
		return DeviceCode{}, err
	}
	form := url.Values{"client_id": {config.ClientID}}
	addScopes(form, config.OAuth, scopes)
	status, header, body, refusal := s.post(ctx, config, config.DeviceURL, form)
	if refusal != nil {
		return DeviceCode{}, refusal.public()
	}
	doc, ok := decodeAnswer(header.Get("Content-Type"), body)
	if code := errorCode(doc); !ok || status < 200 || status >= 300 || code != "" {
		wait, _ := ratelimit.RetryAfter(header, s.now())
		return DeviceCode{}, classify(status, code, wait).public()
	}
	now := s.now()
	life := min(seconds(doc["expires_in"]), maxDevice)
	if life == 0 {
		life = flowLife
	}
	d := device{Of: fingerprint(c), User: tenant.ActorFrom(ctx).ID, Scopes: scopes, Interval: min(max(seconds(doc["interval"]), 5*time.Second), maxInterval), ExpiresAt: now.Add(life)}
	d.NextAt = now.Add(d.Interval)
	out := DeviceCode{UserCode: shown(text(doc["user_code"])), VerificationURI: webAddress(doc["verification_uri"], doc["verification_url"]),
		VerificationURIComplete: webAddress(doc["verification_uri_complete"]), ExpiresAt: d.ExpiresAt, IntervalSeconds: int(d.Interval / time.Second)}
	code := text(doc["device_code"])
	if code == "" || len(code) > maxReturned || out.UserCode == "" || out.VerificationURI == "" {
		return DeviceCode{}, apierr.New(apierr.CredentialsInvalid, "The provider's answer holds no code to enter: check deviceUrl.")
	}
	if d.Sealed, err = s.sealer.Seal(ctx, secret.Scope{Resource: conID, Field: fieldDevice}, []byte(code)); err != nil {
		return DeviceCode{}, fmt.Errorf("grant: seal device code: %w", err)
	}
	item, err := table.JSONItem(deviceKey(conID), d)
	if err != nil {
		return DeviceCode{}, err
	}
	item.ExpiresAt = d.ExpiresAt
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Always())}, audit.Entry{Action: ActionAuthorise, Resource: conID,
		Message: "Asked " + provider(config.OAuth) + " for a code to authorise " + c.Name, Details: map[string]any{"provider": provider(config.OAuth), "scopes": scopes}})
	return out, err
}

// webAddress is the first of the values that a person can be sent to.
func webAddress(values ...any) string {
	for _, v := range values {
		if u, err := url.Parse(text(v)); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && len(text(v)) <= maxReturned {
			return u.String()
		}
	}
	return ""
}

// PollDevice asks the provider whether the person has entered the code, no more often
// than it allows, and stores the grant once there is one. CONFLICT where nobody is to
// enter one, or another person began.
func (s *Service) PollDevice(ctx context.Context, conID string) (DeviceState, error) {
	c, config, err := s.granting(ctx, conID)
	if err != nil {
		return DeviceState{}, err
	}
	d, version, err := table.GetJSON[device](ctx, s.store, deviceKey(conID))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return DeviceState{Status: "expired"}, nil
	case err != nil:
		return DeviceState{}, err
	case d.User != tenant.ActorFrom(ctx).ID || d.Of != fingerprint(c):
		return DeviceState{}, apierr.New(apierr.Conflict, "Another person began to authorise this connection, or it was changed meanwhile: begin anew.")
	}
	now := s.now()
	if wait := d.NextAt.Sub(now); wait > 0 {
		return pending(wait), nil
	}
	sealed, err := s.sealer.Open(ctx, secret.Scope{Resource: conID, Field: fieldDevice}, d.Sealed)
	if err != nil {
		return DeviceState{}, fmt.Errorf("grant: open device code: %w", err)
	}
	// The next turn is taken before this one is used: two who poll at once do not ask twice.
	d.NextAt = now.Add(d.Interval)
	if version, err = s.turn(ctx, conID, d, version); errors.Is(err, table.ErrCondition) {
		return pending(d.Interval), nil
	} else if err != nil {
		return DeviceState{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Lease) // a code that was taken is used up
	defer cancel()
	a, refusal := s.exchange(ctx, config, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {string(sealed)}, "client_id": {config.ClientID}})
	if refusal == nil {
		if err := s.consented(ctx, c, config, a, d.Scopes); err != nil {
			return DeviceState{}, err
		}
		return DeviceState{Status: "connected"}, s.endDevice(ctx, conID)
	}
	switch refusal.kind {
	case faultPending, faultPassing:
		return pending(max(d.Interval, refusal.wait)), nil
	case faultSlow: // five seconds more from now on (RFC 8628, 3.5)
		d.Interval = min(d.Interval+5*time.Second, maxInterval)
		d.NextAt = now.Add(d.Interval)
		_, err := s.turn(ctx, conID, d, version)
		return pending(d.Interval), err
	case faultDenied:
		return DeviceState{Status: "denied"}, errors.Join(s.note(ctx, conID, refusal.detail), s.endDevice(ctx, conID))
	case faultGrant:
		return DeviceState{Status: "expired"}, s.endDevice(ctx, conID)
	}
	return DeviceState{}, refusal.public()
}

func pending(wait time.Duration) DeviceState {
	return DeviceState{Status: "pending", RetryAfterSeconds: int((wait + time.Second - 1) / time.Second)}
}

func (s *Service) turn(ctx context.Context, conID string, d device, version int64) (int64, error) {
	item, err := table.JSONItem(deviceKey(conID), d)
	if err != nil {
		return 0, err
	}
	item.ExpiresAt = d.ExpiresAt
	item, err = s.store.Put(ctx, item, table.IfVersion(version))
	return item.Version, err
}

func (s *Service) endDevice(ctx context.Context, conID string) error {
	return s.store.Delete(ctx, deviceKey(conID), table.Always())
}
