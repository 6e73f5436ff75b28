package audit

import (
	"encoding/json"
	"time"
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
	Seq       int64           `json:"seq"`
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
	Details   json.RawMessage `json:"details,omitempty"` // never a secret, never a body
	PrevHash  string          `json:"prevHash"`
	Hash      string          `json:"hash"`
}
