package call

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/effect"
)

// Status is where a step stands in its journal.
type Status string

// The statuses; doc.go shows the way between them.
const (
	StatusSending   Status = "SENDING"
	StatusSucceeded Status = "SUCCEEDED"
	StatusFailed    Status = "FAILED"
	StatusUnknown   Status = "UNKNOWN"
)

// entry is the journal item of one step, CALL#<path>.
type entry struct {
	Step       string       `json:"step"`
	Path       string       `json:"path"`
	Connection string       `json:"connection"`
	Operation  string       `json:"operation"`
	Class      effect.Class `json:"class"`
	Status     Status       `json:"status"`
	// Attempts counts all; Log holds the last of them.
	Attempts int       `json:"attempts"`
	Log      []Attempt `json:"log"`
	// HTTPStatus and Value are a succeeded step's; a large value is an object.
	HTTPStatus int             `json:"httpStatus,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
	ValueBlob  string          `json:"valueBlob,omitempty"`
	Error      *Failure        `json:"error,omitempty"`
	Effect     Effect          `json:"effect,omitempty"`
	Resolution *Resolution     `json:"resolution,omitempty"`
	Undo       *Undo           `json:"undo,omitempty"`
	// Reconciled counts how often a read has said that the request had no effect.
	Reconciled int       `json:"reconciled,omitempty"`
	StartedAt  time.Time `json:"startedAt"`
	EndedAt    time.Time `json:"endedAt,omitzero"`
}

// Resolution is what a person, or a read (byReconcile), decided on an unknown outcome.
type Resolution struct {
	Decision string    `json:"decision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

const (
	// maxLog is how many attempts are kept; the count goes on.
	maxLog = 12
	// maxEntry leaves room below the table's 400 KiB for keys and the store's own.
	maxEntry = 360 << 10
)

// last is the attempt made last, nil before the first.
func (e *entry) last() *Attempt {
	if len(e.Log) == 0 {
		return nil
	}
	return &e.Log[len(e.Log)-1]
}

// find returns the attempt of a nonce, nil where it has been dropped.
func (e *entry) find(nonce string) *Attempt {
	for i := range e.Log {
		if e.Log[i].Nonce == nonce {
			return &e.Log[i]
		}
	}
	return nil
}

// did is what the step's requests did to the peer. One of several may have had its
// effect although the last had none.
func (e *entry) did() Effect {
	if e.Class == effect.Safe {
		return EffectNone
	}
	if e.Status == StatusSucceeded {
		return EffectDone
	}
	did := EffectNone
	for _, a := range e.Log {
		switch {
		case a.Effect == EffectDone:
			return EffectDone
		case a.Effect == EffectMaybe, a.Effect == "" && a.EndedAt.IsZero():
			did = EffectMaybe
		}
	}
	return did
}

func (e *entry) add(a Attempt) {
	e.Log = append(e.Log, a)
	if len(e.Log) > maxLog {
		e.Log = append([]Attempt{}, e.Log[len(e.Log)-maxLog:]...)
	}
}

// encode writes the entry within the table's limit: the bodies of older attempts
// go first, then those of the last, then headers.
func (e *entry) encode() ([]byte, error) {
	data, err := marshal(e)
	if err != nil || len(data) <= maxEntry {
		return data, err
	}
	small := *e
	small.Log = make([]Attempt, len(e.Log))
	for i, a := range e.Log {
		a.Request, a.Response = clone(a.Request), clone(a.Response)
		small.Log[i] = a
	}
	for _, shrink := range []func(*Message){dropBody, func(m *Message) { m.Headers, m.Problems = nil, nil }} {
		for i := range small.Log {
			for _, m := range []*Message{small.Log[i].Response, small.Log[i].Request} {
				if m == nil {
					continue
				}
				shrink(m)
				if data, err = marshal(&small); err != nil || len(data) <= maxEntry {
					return data, err
				}
			}
		}
	}
	return data, err
}

func clone(m *Message) *Message {
	if m == nil {
		return nil
	}
	c := *m
	return &c
}

func dropBody(m *Message) {
	if len(m.Body) > 0 {
		m.Body, m.Base64, m.Cut = nil, false, true
	}
}

// marshal does not escape <, > and &: six bytes for one would burst the limit.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}
