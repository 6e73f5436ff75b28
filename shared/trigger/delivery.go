package trigger

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

// storedDelivery is a delivery as it is kept.
type storedDelivery struct {
	Delivery
	// Body is what a webhook sent, gzipped, until it is delivered.
	Body        []byte            `json:"body,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	ExpiresAt   time.Time         `json:"expiresAt"`
}

// maxPacked is the largest gzipped body: in base64 and with its envelope it fits an item.
const maxPacked = 240 << 10

func deliveryKey(tid, sum string) table.Key { return table.Key{PK: deliveryPK(tid), SK: sum} }

func (d storedDelivery) key() table.Key { return deliveryKey(d.TriggerID, digest(d.EventID)) }

// newDelivery names a delivery by its trigger and event.
func newDelivery(tid, eventID string, at time.Time, keep time.Duration) storedDelivery {
	return storedDelivery{Delivery: Delivery{ID: tid + "." + digest(eventID), TriggerID: tid, EventID: eventID, At: at}, ExpiresAt: at.Add(keep)}
}

// put is the operation that writes a delivery; they are listed by their time.
func (d storedDelivery) put(cond table.Condition) (table.Op, error) {
	item, err := table.JSONItem(d.key(), d)
	item.Index = map[string]table.Key{table.Index1: {PK: deliveryPK(d.TriggerID), SK: d.At.UTC().Format("2006-01-02T15:04:05.000Z") + "#" + item.SK}}
	item.ExpiresAt = d.ExpiresAt
	return table.Put(item, cond), err
}

// ended are the operations that write how a delivery went.
func (s *Service) ended(d storedDelivery, cond table.Condition) ([]table.Op, error) {
	d.Body, d.Headers = nil, nil
	put, err := d.put(cond)
	if err != nil {
		return nil, err
	}
	last, err := table.JSONItem(stateKey(d.TriggerID), state{Last: &Result{
		At: s.moment(), Status: d.Status, DeliveryID: d.ID, ExecutionID: d.ExecutionID, Code: d.Code, Detail: d.Detail}})
	return []table.Op{put, table.Put(last, table.Always())}, err
}

// delivery reads one. The error is table.ErrNotFound.
func (s *Service) delivery(ctx context.Context, key table.Key) (storedDelivery, int64, error) {
	return table.GetJSON[storedDelivery](ctx, s.store, key)
}

// Deliveries lists what reached a trigger, newest first, and the cursor of the
// next page, "" at the end. The error is NOT_FOUND.
func (s *Service) Deliveries(ctx context.Context, workflowID, tid string, limit int, cursor string) ([]Delivery, string, error) {
	if _, err := s.of(ctx, workflowID, tid, access.Use); err != nil {
		return nil, "", err
	}
	page, err := s.store.Query(ctx, table.Query{Index: table.Index1, PK: deliveryPK(tid), Limit: limit, Cursor: cursor, Reverse: true})
	if err != nil {
		return nil, "", err
	}
	all := make([]Delivery, 0, len(page.Items))
	for _, item := range page.Items {
		var d storedDelivery
		if err := item.Decode(&d); err != nil {
			return nil, "", err
		}
		all = append(all, d.Delivery)
	}
	return all, page.Next, nil
}

// pack compresses a body; PAYLOAD_TOO_LARGE where it does not fit an item.
func pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.Len() > maxPacked {
		return nil, apierr.Newf(apierr.PayloadTooLarge, "The body is too large: compressed it may have at most %d KiB.", maxPacked>>10)
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("trigger: body of a delivery: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil || len(body) > MaxBody {
		return nil, fmt.Errorf("trigger: body of a delivery: %w", errors.Join(err, io.ErrShortBuffer))
	}
	return body, nil
}

// text is a JSON string.
func text(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string is always JSON
	return raw
}
