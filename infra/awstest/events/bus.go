package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// Rule hands events to a target.
type Rule struct {
	// Bus, Source: what an event must have.
	Bus, Source string
	// Types are the detail-types that match; Except those that do not. No Types: all
	// but Except.
	Types, Except []string
	// Target is called with the event as Lambda gets it. An error is tried again, up
	// to Tries times in all.
	Target func(payload []byte) error
	// Tries defaults to 3, as of Lambda's asynchronous calls.
	Tries int
}

// BusOptions of a Bus.
type BusOptions struct {
	// Buses are those that exist, by name, besides "default".
	Buses []string
	// Live hands events over by themselves, as they come; else Settle does.
	Live bool
	// Twice hands each event over twice.
	Twice bool
	// Fault is asked before each request. Defaults to no fault.
	Fault func() Fault
	// Now is the time of events that bring none. Defaults to time.Now.
	Now func() time.Time
}

// Bus is an EventBridge. It is an http.Handler, safe for concurrent use.
type Bus struct {
	o       BusOptions
	mu      sync.Mutex
	rules   []Rule
	pending []delivery
	dead    [][]byte
	seen    int
	work    sync.WaitGroup
}

type delivery struct {
	rule    Rule
	payload []byte
	tries   int
}

// NewBus makes a Bus without rules.
func NewBus(opts *BusOptions) *Bus {
	var o BusOptions
	if opts != nil {
		o = *opts
	}
	if o.Fault == nil {
		o.Fault = func() Fault { return Fault{} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Bus{o: o}
}

// Start serves b on loopback until the test ends and returns its address.
func (b *Bus) Start(t testing.TB) (endpoint string) {
	t.Helper()
	endpoint = serve(t, b)
	t.Cleanup(b.work.Wait)
	return endpoint
}

// Wait returns when a Live bus has handed over what it took so far.
func (b *Bus) Wait() { b.work.Wait() }

// Add adds a rule.
func (b *Bus) Add(r Rule) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Tries == 0 {
		r.Tries = 3
	}
	b.rules = append(b.rules, r)
}

// Taken is how many entries were taken so far.
func (b *Bus) Taken() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

// Dead are the events that were given up.
func (b *Bus) Dead() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.dead)
}

// Settle hands over what waits, and what follows from it, until nothing does.
func (b *Bus) Settle() {
	b.work.Wait()
	for {
		b.mu.Lock()
		all := b.pending
		b.pending = nil
		b.mu.Unlock()
		if len(all) == 0 {
			return
		}
		for _, d := range all {
			b.hand(d)
		}
	}
}

// hand calls a target, again where that fails.
func (b *Bus) hand(d delivery) {
	for d.rule.Target(bytes.Clone(d.payload)) != nil {
		if d.tries++; d.tries >= d.rule.Tries {
			b.mu.Lock()
			b.dead = append(b.dead, d.payload)
			b.mu.Unlock()
			return
		}
	}
}

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
