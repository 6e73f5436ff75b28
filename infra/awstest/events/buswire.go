package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// entry is one of PutEvents as far as it is known here; other members are refused.
type entry struct {
	Time         *float64
	Source       string
	DetailType   string
	Detail       string
	EventBusName string
}

type entryResult struct {
	EventId      string `json:",omitempty"` //nolint:revive,staticcheck // the wire's name
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// Limits of PutEvents (EventBridge User Guide, "Quotas" and "Calculating entry size").
const (
	maxEntries   = 10
	maxEntrySize = 256 << 10
	jsonType     = "application/x-amz-json-1.1"
)

// ServeHTTP answers PutEvents.
func (b *Bus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := b.o.Fault()
	if fault.Status != 0 {
		b.refuse(w, &refusal{fault.Status, fault.Code, "as asked"})
		return
	}
	results, no := b.do(r, fault.Entry)
	if no != nil {
		b.refuse(w, no)
		return
	}
	if fault.Lost {
		panic(http.ErrAbortHandler)
	}
	failures := 0
	for _, e := range results {
		if e.ErrorCode != "" {
			failures++
		}
	}
	answer(w, jsonType, map[string]any{"FailedEntryCount": failures, "Entries": results})
}

func (b *Bus) refuse(w http.ResponseWriter, no *refusal) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": no.code, "message": no.message}) // the client may have gone
}

func (b *Bus) do(r *http.Request, failEntries string) ([]entryResult, *refusal) {
	switch {
	case sigv4.Check(r, "events") != nil:
		return nil, &refusal{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	case r.Method != http.MethodPost || r.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" || r.Header.Get("Content-Type") != jsonType:
		return nil, &refusal{http.StatusBadRequest, "UnknownOperationException", "the stand knows PutEvents only"}
	}
	var in struct{ Entries []entry }
	d := json.NewDecoder(io.LimitReader(r.Body, maxRequest))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, &refusal{http.StatusBadRequest, "SerializationException", err.Error()}
	}
	if len(in.Entries) < 1 || len(in.Entries) > maxEntries {
		return nil, invalid(fmt.Sprintf("1 validation error detected: 'entries' must have length between 1 and %d", maxEntries))
	}
	size := 0
	for _, e := range in.Entries {
		size += len(e.Source) + len(e.DetailType) + len(e.Detail)
		if e.Time != nil {
			size += 14
		}
	}
	if size > maxEntrySize {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	var out []entryResult
	for _, e := range in.Entries {
		result := b.judge(e)
		if failEntries != "" {
			result = entryResult{ErrorCode: failEntries, ErrorMessage: "as asked"}
		}
		if result.ErrorCode == "" {
			result.EventId = uuid.NewString()
			b.take(e, result.EventId)
		}
		out = append(out, result)
	}
	return out, nil
}

// judge refuses the entries that the service refuses one by one.
func (b *Bus) judge(e entry) entryResult {
	var object map[string]json.RawMessage
	switch {
	case e.Source == "" || e.DetailType == "" || e.Detail == "":
		return entryResult{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Source, DetailType or Detail is not valid. Reason: must be specified."}
	case len(e.DetailType) > 128 || len(e.Source) > 256 || !utf8.ValidString(e.Detail):
		return entryResult{ErrorCode: "InvalidArgument", ErrorMessage: "a parameter is too long"}
	case strings.HasPrefix(e.Source, "aws."):
		return entryResult{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	case json.Unmarshal([]byte(e.Detail), &object) != nil:
		return entryResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	case !b.hasBus(e.EventBusName):
		return entryResult{ErrorCode: "InvalidArgument", ErrorMessage: "the stand has no such event bus"}
	}
	return entryResult{}
}

// busName is the name in a name or an ARN.
func busName(s string) string {
	if s == "" {
		return "default"
	}
	if _, name, ok := strings.Cut(s, ":event-bus/"); ok {
		return name
	}
	return s
}

func (b *Bus) hasBus(name string) bool {
	name = busName(name)
	return name == "default" || slices.Contains(b.o.Buses, name)
}

// take gives an entry to the rules that it matches.
func (b *Bus) take(e entry, eventID string) {
	at := b.o.Now()
	if e.Time != nil {
		at = time.UnixMilli(int64(*e.Time * 1000))
	}
	var payload bytes.Buffer
	enc := json.NewEncoder(&payload)
	enc.SetEscapeHTML(false) // the detail is handed on as it came
	err := enc.Encode(map[string]any{"version": "0", "id": eventID, "detail-type": e.DetailType, "source": e.Source, "account": "000000000000",
		"time": at.UTC().Format("2006-01-02T15:04:05Z"), "region": "eu-central-1", "resources": []string{}, "detail": json.RawMessage(e.Detail)})
	if err != nil {
		return // the detail was judged to be an object
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen++
	for _, r := range b.rules {
		if busName(r.Bus) != busName(e.EventBusName) || r.Source != e.Source || slices.Contains(r.Except, e.DetailType) ||
			len(r.Types) > 0 && !slices.Contains(r.Types, e.DetailType) {
			continue
		}
		times := 1
		if b.o.Twice {
			times = 2
		}
		for range times {
			d := delivery{rule: r, payload: payload.Bytes()}
			if b.o.Live {
				b.work.Go(func() { b.hand(d) })
				continue
			}
			b.pending = append(b.pending, d)
		}
	}
}

var _ http.Handler = (*Bus)(nil)
