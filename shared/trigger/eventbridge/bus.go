package eventbridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/apiq/apiq/shared/awsfault"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/trigger"
)

const (
	// Source is the source of all events that are put.
	Source = "apiq"
	// maxEntry is the largest entry: its time counts 14 bytes, its texts their UTF-8
	// bytes (EventBridge User Guide, "Calculating PutEvents event entry size").
	maxEntry  = 256 << 10
	timeBytes = 14
)

// BusOptions of a Bus.
type BusOptions struct {
	// Tries is how often an entry is put that the service takes the request of, but
	// not the entry. Defaults to 4.
	Tries int
	// Pause is waited before the second try, and up to twice as long before each
	// next. Defaults to 50 ms.
	Pause time.Duration
}

// Bus implements trigger.Bus.
type Bus struct {
	client *eventbridge.Client
	name   string
	o      BusOptions
}

// NewBus makes a Bus of that name or ARN; it calls no service.
func NewBus(client *eventbridge.Client, name string, o *BusOptions) *Bus {
	b := &Bus{client: client, name: name, o: BusOptions{Tries: 4, Pause: 50 * time.Millisecond}}
	if o != nil {
		if o.Tries > 0 {
			b.o.Tries = o.Tries
		}
		if o.Pause > 0 {
			b.o.Pause = o.Pause
		}
	}
	return b
}

// Publish implements trigger.Bus.
func (b *Bus) Publish(ctx context.Context, e trigger.Event) error {
	if e.ID == "" || e.Name == "" || e.Workspace == "" || len(e.Data) > trigger.MaxEventData {
		return fmt.Errorf("%w: it has no id, name or workspace, or more than %d bytes of data", trigger.ErrEvent, trigger.MaxEventData)
	}
	detail, err := plain(e)
	if err != nil {
		return fmt.Errorf("%w: %w", trigger.ErrEvent, err)
	}
	if n := timeBytes + len(Source) + len(e.Name) + len(detail); n > maxEntry {
		return fmt.Errorf("%w: an entry of %d bytes, at most %d", trigger.ErrEvent, n, maxEntry)
	}
	entry := types.PutEventsRequestEntry{Source: aws.String(Source), DetailType: &e.Name, Detail: aws.String(string(detail)), EventBusName: &b.name}
	if !e.At.IsZero() {
		entry.Time = &e.At
	}
	for try := 1; ; try++ {
		out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry}})
		if err != nil {
			return failed(ctx, "put events", err)
		}
		code, message, passing := refusal(out)
		switch {
		case code == "":
			return nil
		case !passing:
			return fmt.Errorf("eventbridge: put events: %s: %s", code, message)
		case try >= b.o.Tries:
			return fmt.Errorf("eventbridge: put events: %s: %s: %w", code, message, table.ErrThrottled)
		}
		if err := pause.For(ctx, b.o.Pause+rand.N(b.o.Pause<<try)); err != nil { // #nosec G404 -- jitter
			return err
		}
	}
}

// refusal is why the one entry was not taken, "" where it was. A request that was
// taken may hold entries that were not: the client does not try those again.
func refusal(out *eventbridge.PutEventsOutput) (code, message string, passing bool) {
	if out.FailedEntryCount == 0 {
		return "", "", false
	}
	code = "unknown"
	for _, r := range out.Entries {
		if r.ErrorCode != nil {
			code, message = *r.ErrorCode, aws.ToString(r.ErrorMessage)
		}
	}
	// As the API names them: "ThrottlingException", "InternalFailure" and the like pass.
	return code, message, awsfault.Throttles(code) || code == "InternalFailure" || code == "InternalException" || code == "ServiceUnavailable" || code == "unknown"
}

// ParseEvent reads the event that a rule of the bus calls its function with.
func ParseEvent(payload []byte) (trigger.Event, error) {
	var in struct {
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return trigger.Event{}, fmt.Errorf("eventbridge: event: %w", err)
	}
	var e trigger.Event
	if err := json.Unmarshal(in.Detail, &e); err != nil {
		return trigger.Event{}, fmt.Errorf("eventbridge: detail of an event: %w", err)
	}
	if in.Source != Source || in.DetailType != e.Name || e.ID == "" || e.Workspace == "" {
		return trigger.Event{}, errors.New("eventbridge: the event is none of APIQ's")
	}
	return e, nil
}

// plain is JSON as it is: the encoder's own care for HTML would make markup in
// data several times as large.
func plain(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
