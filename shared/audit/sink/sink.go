package sink

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Actions of the records.
const (
	ActionCreate = "audit.sink.create"
	ActionDelete = "audit.sink.delete"
	ActionFail   = "audit.sink.fail"
)

// TypeWebhook is the one type that there is.
const TypeWebhook = "webhook"

const (
	sinkPK = "AUDSINK"
	// allPK lists, in the system records, the sinks of all workspaces.
	allPK    = "AUDSINKS"
	maxSinks = 5
	maxURL   = 2048
	field    = "address"
	// secretLen is how many random bytes a signing secret has (Standard Webhooks: 24 to 64).
	secretLen = 32
)

// States of a sink.
const (
	StateWaiting = "waiting"
	StateFailing = "failing"
)

// Sink is one address, and how far it has come.
type Sink struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Host      string    `json:"host"` // of the address; the rest may hold a token and is never shown
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy,omitempty"`
	State     string    `json:"state"`
	// Delivered counts the records that were accepted, those sent again too.
	Delivered   int64     `json:"delivered"`
	DeliveredAt time.Time `json:"deliveredAt,omitzero"`
	// LastRecordAt is the time of the last record that was accepted.
	LastRecordAt time.Time `json:"lastRecordAt,omitzero"`
	Failures     int       `json:"failures,omitempty"` // since the last success
	LastError    string    `json:"lastError,omitempty"`
	NextAt       time.Time `json:"nextAt,omitzero"` // when it is tried again
}

// Made is a new sink with the secret that its deliveries are signed with, shown once.
type Made struct {
	Sink
	Secret string `json:"secret"`
}

// Input makes a sink.
type Input struct {
	Type string
	URL  secret.Secret
	// FromStart sends all that the trail holds; else what is written from now on.
	FromStart bool
}

// stored is what is kept of one.
type stored struct {
	Sink
	Sealed   []byte `json:"sealed"` // an address
	Position string `json:"position"`
}

// address is what is secret of a sink.
type address struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Trail is the part of the audit trail that sinks use.
type Trail interface {
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
	Note(ctx context.Context, e audit.Entry) error
	After(ctx context.Context, position string, limit int) ([]audit.Record, string, error)
	End(ctx context.Context) (string, error)
}

// Guard judges addresses before they are kept; the client that sends dials through it.
type Guard interface {
	CheckURL(u *url.URL) error
}

// Client sends a request through the guard, and follows no redirect.
type Client interface {
	Do(req *http.Request) (*http.Response, error)
}

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets what could not be delivered. Defaults to slog.Default().
	Log *slog.Logger
}

// Service is the sinks of all workspaces, kept apart by the one in the context.
type Service struct {
	store  *table.Store
	trail  Trail
	sealer secret.Sealer
	guard  Guard
	client Client
	o      Options
}

// New makes a Service. A client of nil is for who delivers nothing.
func New(store *table.Store, trail Trail, sealer secret.Sealer, guard Guard, client Client, opts *Options) *Service {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{store, trail, sealer, guard, client, o}
}

func sinkKey(sinkID string) table.Key { return table.Key{PK: sinkPK, SK: sinkID} }

func listedKey(workspace, sinkID string) table.Key {
	return table.Key{PK: allPK, SK: workspace + "/" + sinkID}
}

// Create makes a sink. Errors: VALIDATION_FAILED, EGRESS_BLOCKED, CONFLICT where
// there are enough.
func (s *Service) Create(ctx context.Context, in Input) (Made, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Made{}, err
	}
	target, err := s.judge(in)
	if err != nil {
		return Made{}, err
	}
	have, err := s.List(ctx)
	if err != nil {
		return Made{}, err
	}
	if len(have) >= maxSinks {
		return Made{}, apierr.New(apierr.Conflict, fmt.Sprintf("A workspace has at most %d sinks. Remove one first.", maxSinks))
	}
	raw := make([]byte, secretLen)
	rand.Read(raw) // never fails (crypto/rand)
	made := Made{Sink: Sink{ID: id.New(id.Sink), Type: TypeWebhook, Host: target.Host, CreatedAt: s.o.Now().UTC().Truncate(time.Millisecond),
		CreatedBy: tenant.ActorFrom(ctx).ID, State: StateWaiting}, Secret: "whsec_" + base64.StdEncoding.EncodeToString(raw)}
	plain, err := json.Marshal(address{URL: target.String(), Secret: made.Secret}) // #nosec G117 -- it is sealed at once
	if err != nil {
		return Made{}, err
	}
	kept := stored{Sink: made.Sink}
	if kept.Sealed, err = s.sealer.Seal(ctx, scope(made.ID), plain); err != nil {
		return Made{}, err
	}
	if !in.FromStart {
		if kept.Position, err = s.trail.End(ctx); err != nil {
			return Made{}, err
		}
	}
	item, err := table.JSONItem(sinkKey(made.ID), kept)
	if err != nil {
		return Made{}, err
	}
	listed := table.Item{Key: listedKey(workspace, made.ID), Data: []byte(`{}`)}
	e := audit.Entry{Action: ActionCreate, Resource: made.ID, Level: audit.Warn, Message: "Records of the trail are sent to " + target.Host,
		Details: map[string]any{"type": TypeWebhook, "host": target.Host, "fromStart": in.FromStart}}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Absent()), table.Global(table.Put(listed, table.Absent()))}, e)
	return made, err
}

// judge says what is wrong with an input.
func (s *Service) judge(in Input) (*url.URL, error) {
	wrong := func(path, code, message string) error {
		return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: code, Message: message})
	}
	if in.Type == "s3" {
		return nil, wrong("/type", "not_available", "Sending records to a bucket is not available: use a webhook, or the archive that this home keeps.")
	}
	if in.Type != TypeWebhook {
		return nil, wrong("/type", "unknown", "A sink is of the type webhook.")
	}
	given := in.URL.Reveal()
	if given == "" || len(given) > maxURL {
		return nil, wrong("/url", "required", fmt.Sprintf("Give the address to send records to, of at most %d bytes.", maxURL))
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(given, " \t\r\n") {
		return nil, wrong("/url", "invalid", "Give an address such as https://siem.example.com/apiq, without a user, a password or a fragment.")
	}
	if err := s.guard.CheckURL(u); err != nil {
		return nil, apierr.Wrap(apierr.EgressBlocked, "Records cannot be sent to this address.", err).With(apierr.Problem{Path: "/url", Code: "blocked", Message: "This address is not allowed."})
	}
	return u, nil
}

// List gives the sinks of the workspace, the oldest first.
func (s *Service) List(ctx context.Context) ([]Sink, error) {
	all := []Sink{}
	for item, err := range s.store.All(ctx, table.Query{PK: sinkPK}) {
		if err != nil {
			return nil, err
		}
		var one stored
		if err := item.Decode(&one); err != nil {
			return nil, err
		}
		all = append(all, one.Sink)
	}
	slices.SortFunc(all, func(a, b Sink) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// Delete removes a sink. A batch that is under way may still arrive.
func (s *Service) Delete(ctx context.Context, sinkID string) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	one, _, err := table.GetJSON[stored](ctx, s.store, sinkKey(sinkID))
	if errors.Is(err, table.ErrNotFound) || !id.Is(sinkID, id.Sink) {
		return apierr.New(apierr.NotFound, "There is no such sink.")
	}
	if err != nil {
		return err
	}
	e := audit.Entry{Action: ActionDelete, Resource: sinkID, Level: audit.Warn, Message: "Records of the trail are sent to " + one.Host + " no more",
		Details: map[string]any{"delivered": one.Delivered}}
	err = s.trail.Commit(ctx, []table.Op{table.Delete(sinkKey(sinkID), table.Present()), table.Global(table.Delete(listedKey(workspace, sinkID), table.Always()))}, e)
	if errors.Is(err, table.ErrCondition) {
		return apierr.New(apierr.NotFound, "There is no such sink.")
	}
	return err
}

func scope(sinkID string) secret.Scope { return secret.Scope{Resource: sinkID, Field: field} }

// Reseal implements secret.Holder.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.sealer, secret.KeysOf(s.store.All(ctx, table.Query{PK: sinkPK})),
		func(key table.Key) string { return "sink " + key.SK },
		func(key table.Key, v *stored) []secret.Kept {
			return []secret.Kept{{Scope: scope(key.SK), Value: &v.Sealed}}
		})
}
