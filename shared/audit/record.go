package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/tenant"
)

// Outcome of an audited action.
type Outcome string

// Outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // authorisation, validation or a precondition said no
	Failed  Outcome = "failed"
)

// Level is how loud a record is.
type Level string

// Levels.
const (
	Info  Level = "info"
	Warn  Level = "warn"
	Error Level = "error"
)

// Record is one entry of a workspace's trail. Seq, PrevHash and Hash chain it.
type Record struct {
	ID        string          `json:"id"`
	Shard     int             `json:"shard,omitempty"` // which of the workspace's chains
	Seq       int64           `json:"seq"`             // the place in it
	At        time.Time       `json:"at"`
	Actor     string          `json:"actor"` // user id or "system"
	ActorName string          `json:"actorName,omitempty"`
	Action    string          `json:"action"`             // "connection.create"
	Resource  string          `json:"resource,omitempty"` // id
	Outcome   Outcome         `json:"outcome"`
	Level     Level           `json:"level"`
	Code      string          `json:"code,omitempty"` // apierr code of a refusal or failure
	Message   string          `json:"message,omitempty"`
	RequestID string          `json:"requestId,omitempty"`
	IP        string          `json:"ip,omitempty"`
	Token     string          `json:"token,omitempty"`   // id of the API token that stood for the actor
	Details   json.RawMessage `json:"details,omitempty"` // never a secret, never a body
	// Personal stands for actorName and ip in the record's hash: see commitment. They,
	// and Salt, may be erased, and the chain still holds. Records from before have none.
	Personal string `json:"personal,omitempty"`
	Salt     string `json:"salt,omitempty"`
	PrevHash string `json:"prevHash"`
	Hash     string `json:"hash"`
}

// Bounds of what one record holds: a resource is named by the path of a request
// and a message may quote one, so that both come from outside. A record that were
// too large for an item would be no record at all.
const (
	maxText    = 1 << 10
	maxMessage = 4 << 10
	maxDetails = 64 << 10
)

// newRecord is the record of an entry that follows a head.
func newRecord(ctx context.Context, shard int, h head, now time.Time, e Entry) (Record, error) {
	actor := tenant.ActorFrom(ctx)
	rec := Record{
		ID: id.New(id.Audit), Shard: shard, Seq: h.Seq + 1, At: now.UTC().Truncate(time.Millisecond),
		Actor: text(actor.ID, maxText), ActorName: text(actor.Email, maxText),
		RequestID: text(actor.RequestID, maxText), IP: text(actor.IP, maxText), Token: tokenOf(actor),
		Action: text(e.Action, maxText), Resource: text(e.Resource, maxText),
		Outcome: cmp.Or(e.Outcome, Done), Level: cmp.Or(e.Level, Info),
		Code: text(e.Code, maxText), Message: text(e.Message, maxMessage), PrevHash: h.Hash,
	}
	if e.Details != nil {
		b, err := json.Marshal(e.Details)
		if err != nil {
			return rec, fmt.Errorf("audit: details of %s: %w", e.Action, err)
		}
		if len(b) > maxDetails {
			return rec, fmt.Errorf("audit: details of %s have %d bytes, at most %d", e.Action, len(b), maxDetails)
		}
		rec.Details = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	rec.commit()
	sum, err := rec.sum()
	rec.Hash = sum
	return rec, err
}

// text makes what comes from outside fit a record: valid UTF-8, because JSON
// would replace the rest on the way out and the chain would not add up on the way
// back in; and no longer than its bound.
func text(s string, limit int) string {
	if len(s) > limit {
		cut := limit - len("…")
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// tokenOf is the API token that the actor came by, "" for a session.
func tokenOf(a tenant.Actor) string {
	if id.Is(a.SessionID, id.Token) {
		return a.SessionID
	}
	return ""
}
