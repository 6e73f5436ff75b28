package sink

import (
	"context"
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

// Types of sinks.
const (
	TypeWebhook = "webhook"
	TypeS3      = "s3"
)

const (
	sinkPK = "AUDSINK"
	// allPK lists, in the system records, the sinks of all workspaces.
	allPK    = "AUDSINKS"
	maxSinks = 5
	field    = "address"
)

// States of a sink.
const (
	StateWaiting = "waiting"
	StateFailing = "failing"
)

// Sink is one place that records are sent to, and how far it has come.
type Sink struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Host string `json:"host"` // of the address; the rest may hold a token and is never shown
	Bucket
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

// place names a sink in texts.
func (s Sink) place() string {
	if s.Type == TypeS3 {
		return "s3://" + s.Bucket.Name + "/" + s.Prefix
	}
	return s.Host
}

// Made is a new sink with the secret that its deliveries are signed with, shown once;
// a bucket's has none.
type Made struct {
	Sink
	Secret string `json:"secret,omitempty"`
}

// Input makes a sink.
type Input struct {
	Type string
	// URL is a webhook's.
	URL secret.Secret
	// Bucket and the key of its AccessKeyID are those of the type s3.
	Bucket          Bucket
	SecretAccessKey secret.Secret
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
	URL             string `json:"url,omitempty"`
	Secret          string `json:"secret,omitempty"`
	SecretAccessKey string `json:"secretAccessKey,omitempty"`
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
	// Buckets reaches buckets. Without it none can be named.
	Buckets Buckets
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

// Create makes a sink. A bucket is tried first: an object is put there and read again.
// Errors: VALIDATION_FAILED, EGRESS_BLOCKED, CREDENTIALS_INVALID, UPSTREAM_ERROR where a
// bucket does not answer, CONFLICT where there are enough sinks.
func (s *Service) Create(ctx context.Context, in Input) (Made, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Made{}, err
	}
	made := Made{Sink: Sink{ID: id.New(id.Sink), Type: in.Type, CreatedAt: s.o.Now().UTC().Truncate(time.Millisecond), CreatedBy: tenant.ActorFrom(ctx).ID, State: StateWaiting}}
	var to address
	switch in.Type {
	case TypeWebhook:
		made.Host, to, err = s.webhook(in)
		made.Secret = to.Secret
	case TypeS3:
		made.Host, made.Bucket, err = s.bucket(workspace, in)
		to.SecretAccessKey = in.SecretAccessKey.Reveal()
	default:
		err = wrong("/type", "unknown", "A sink is of the type webhook or s3.")
	}
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
	if made.Type == TypeS3 {
		if err := s.try(ctx, made.Sink, to); err != nil {
			return Made{}, err
		}
	}
	return made, s.keep(ctx, workspace, made.Sink, to, in.FromStart)
}

// keep writes a new sink with its record.
func (s *Service) keep(ctx context.Context, workspace string, one Sink, to address, fromStart bool) error {
	plain, err := json.Marshal(to) // #nosec G117 -- it is sealed at once
	if err != nil {
		return err
	}
	kept := stored{Sink: one}
	if kept.Sealed, err = s.sealer.Seal(ctx, scope(one.ID), plain); err != nil {
		return err
	}
	if !fromStart {
		if kept.Position, err = s.trail.End(ctx); err != nil {
			return err
		}
	}
	item, err := table.JSONItem(sinkKey(one.ID), kept)
	if err != nil {
		return err
	}
	listed := table.Item{Key: listedKey(workspace, one.ID), Data: []byte(`{}`)}
	details := map[string]any{"type": one.Type, "host": one.Host, "fromStart": fromStart}
	if one.Type == TypeS3 {
		details["bucket"] = one.Bucket
	}
	return s.trail.Commit(ctx, []table.Op{table.Put(item, table.Absent()), table.Global(table.Put(listed, table.Absent()))},
		audit.Entry{Action: ActionCreate, Resource: one.ID, Level: audit.Warn, Message: "Records of the trail are sent to " + one.place(), Details: details})
}

// wrong is what an input has, by its field.
func wrong(path, code, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: code, Message: message})
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
	e := audit.Entry{Action: ActionDelete, Resource: sinkID, Level: audit.Warn, Message: "Records of the trail are sent to " + one.place() + " no more",
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
