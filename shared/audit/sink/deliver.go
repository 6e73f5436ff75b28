package sink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	batchLen   = 100
	batchBytes = 256 << 10
	// turn is how many batches a sink gets before the next one's turn.
	turn = 20
	// sendTimeout bounds one delivery; claim, longer than it, keeps other processes from
	// sending the same.
	sendTimeout = 15 * time.Second
	claim       = time.Minute
	firstPause  = time.Minute
	maxPause    = 6 * time.Hour
	maxAnswer   = 4 << 10
)

// Deliver sends what is due, of all workspaces. What fails at one sink keeps no other
// from it; a receiver's refusal is no error but the sink's state.
func (s *Service) Deliver(ctx context.Context) error {
	var failures []error
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: allPK}) {
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		workspace, sinkID, ok := strings.Cut(item.SK, "/")
		if !ok {
			continue
		}
		in := tenant.WithActor(tenant.With(ctx, workspace), tenant.Actor{ID: "system"})
		if err := s.deliver(in, sinkID); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", item.SK, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(failures...)
}

// deliver sends batches of one sink until there is nothing left or one is refused.
func (s *Service) deliver(ctx context.Context, sinkID string) error {
	for range turn {
		one, version, err := table.GetJSON[stored](ctx, s.store, sinkKey(sinkID))
		if errors.Is(err, table.ErrNotFound) { // removed, or its whole workspace was: then the list still names it
			workspace, err := tenant.From(ctx)
			if err != nil {
				return err
			}
			return s.store.Delete(tenant.WithSystem(ctx), listedKey(workspace, sinkID), table.Always())
		}
		if err != nil {
			return err
		}
		if one.NextAt.After(s.o.Now()) {
			return nil
		}
		records, body, next, err := s.batch(ctx, one.Position)
		if err != nil || len(records) == 0 {
			return err
		}
		// Whoever claims it sends; what it claimed and did not finish is sent again later.
		one.NextAt = s.o.Now().UTC().Add(claim)
		claimed, err := s.put(ctx, one, version)
		if errors.Is(err, table.ErrCondition) {
			return nil // another process was first, or it was removed
		}
		if err != nil {
			return err
		}
		why := s.send(ctx, one, body)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := s.o.Now().UTC()
		if why != "" {
			return s.failed(ctx, one, claimed, why)
		}
		one.State, one.Failures, one.LastError, one.NextAt = StateWaiting, 0, "", time.Time{}
		one.Position, one.Delivered, one.DeliveredAt, one.LastRecordAt = next, one.Delivered+int64(len(records)), now, records[len(records)-1].At
		if _, err := s.put(ctx, one, claimed); err != nil {
			if errors.Is(err, table.ErrCondition) {
				return nil
			}
			return err
		}
	}
	return nil
}

// batch reads what comes next, as it is sent.
func (s *Service) batch(ctx context.Context, position string) (records []audit.Record, body []byte, next string, err error) {
	for limit := batchLen; ; limit = max(1, limit/2) {
		records, next, err = s.trail.After(ctx, position, limit)
		if err != nil {
			return nil, nil, "", err
		}
		var out bytes.Buffer
		for _, r := range records {
			if err := json.NewEncoder(&out).Encode(r); err != nil {
				return nil, nil, "", err
			}
		}
		if out.Len() <= batchBytes || limit == 1 {
			return records, out.Bytes(), next, nil
		}
	}
}

func (s *Service) put(ctx context.Context, one stored, version int64) (int64, error) {
	item, err := table.JSONItem(sinkKey(one.ID), one)
	if err != nil {
		return 0, err
	}
	put, err := s.store.Put(ctx, item, table.IfVersion(version))
	return put.Version, err
}

// failed puts the next try off. The first failure after a success has a record: who
// reads the trail elsewhere must know that something is missing there.
func (s *Service) failed(ctx context.Context, one stored, version int64, why string) error {
	pause := maxPause
	if one.Failures < 9 {
		pause = min(maxPause, firstPause<<one.Failures)
	}
	first := one.State != StateFailing
	one.State, one.LastError, one.NextAt = StateFailing, why, s.o.Now().UTC().Add(pause)
	one.Failures++
	if _, err := s.put(ctx, one, version); err != nil {
		if errors.Is(err, table.ErrCondition) {
			return nil
		}
		return err
	}
	s.o.Log.WarnContext(ctx, "records not delivered", "sink", one.ID, "why", why, "next", one.NextAt)
	if !first {
		return nil
	}
	return s.trail.Note(ctx, audit.Entry{Action: ActionFail, Resource: one.ID, Outcome: audit.Failed, Level: audit.Warn,
		Message: "Records of the trail could not be sent to " + one.Host + ": " + why})
}

// send makes one delivery and says why it was none. Nothing of the answer but its
// status is kept: it is the receiver's text.
func (s *Service) send(ctx context.Context, one stored, body []byte) string {
	plain, err := s.sealer.Open(ctx, scope(one.ID), one.Sealed)
	if err != nil {
		return "its address cannot be opened"
	}
	defer clear(plain)
	var to address
	if json.Unmarshal(plain, &to) != nil {
		return "its address cannot be read"
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return "its address cannot be read"
	}
	sum := sha256.Sum256(append([]byte(one.ID+"\n"), body...))
	sign(req, "msg_"+hex.EncodeToString(sum[:16]), s.o.Now(), to.Secret, body)
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", "apiq-audit/1")
	res, err := s.client.Do(req)
	if err != nil {
		if apierr.CodeOf(err) == apierr.EgressBlocked {
			return "the address leads to where nothing may be sent"
		}
		return "the receiver cannot be reached"
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return "the receiver answered " + strconv.Itoa(res.StatusCode)
	}
	return ""
}

// sign puts the headers of Standard Webhooks on a request.
func sign(req *http.Request, messageID string, now time.Time, key string, body []byte) {
	at := strconv.FormatInt(now.Unix(), 10)
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whsec_")) // we made it
	mac := hmac.New(sha256.New, raw)
	fmt.Fprintf(mac, "%s.%s.", messageID, at) // a hash never fails
	mac.Write(body)
	req.Header.Set("webhook-id", messageID)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
