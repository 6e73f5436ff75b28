package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// size is how much one delivery holds.
type size struct{ records, bytes int }

// An object costs its owner the same whatever is in it, so that a bucket gets larger
// ones, and fewer: none within gather of the one before, unless it is full.
var (
	requests = size{100, 256 << 10}
	objects  = size{1000, 4 << 20}
)

const (
	gather = time.Minute
	// turn is how many batches a sink gets before the next one's turn.
	turn = 20
	// sendTimeout bounds one delivery; claim, longer than it, keeps other processes from
	// sending the same.
	sendTimeout = 15 * time.Second
	claim       = time.Minute
	firstPause  = time.Minute
	maxPause    = 6 * time.Hour
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
		b, err := s.batch(ctx, one.Position, one.size())
		if err != nil || len(b.records) == 0 {
			return err
		}
		// Whoever claims it sends; what it claimed and did not finish is sent again later.
		one.NextAt = s.o.Now().UTC().Add(claim)
		claimed, err := s.update(ctx, one, version)
		if errors.Is(err, table.ErrCondition) {
			return nil // another process was first, or it was removed
		}
		if err != nil {
			return err
		}
		why := s.send(ctx, one, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := s.o.Now().UTC()
		if why != "" {
			return s.failed(ctx, one, claimed, why)
		}
		one.State, one.Failures, one.LastError, one.NextAt = StateWaiting, 0, "", time.Time{}
		if one.Type == TypeS3 && !b.full {
			one.NextAt = now.Add(gather)
		}
		one.Position, one.Delivered, one.DeliveredAt, one.LastRecordAt = b.next, one.Delivered+int64(len(b.records)), now, b.records[len(b.records)-1].At
		if _, err := s.update(ctx, one, claimed); err != nil {
			if errors.Is(err, table.ErrCondition) {
				return nil
			}
			return err
		}
	}
	return nil
}

func (s Sink) size() size {
	if s.Type == TypeS3 {
		return objects
	}
	return requests
}

// batch is what is sent at once, and the position behind it.
type batch struct {
	records []audit.Record
	body    []byte
	next    string
	full    bool // there may be more
}

// batch reads what comes next, as it is sent.
func (s *Service) batch(ctx context.Context, position string, most size) (batch, error) {
	for limit := most.records; ; limit = max(1, limit/2) {
		records, next, err := s.trail.After(ctx, position, limit)
		if err != nil {
			return batch{}, err
		}
		var out bytes.Buffer
		for _, r := range records {
			if err := json.NewEncoder(&out).Encode(r); err != nil {
				return batch{}, err
			}
		}
		if out.Len() <= most.bytes || limit == 1 {
			return batch{records, out.Bytes(), next, len(records) == limit}, nil
		}
	}
}

func (s *Service) update(ctx context.Context, one stored, version int64) (int64, error) {
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
	if _, err := s.update(ctx, one, version); err != nil {
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
		Message: "Records of the trail could not be sent to " + one.place() + ": " + why})
}

// send makes one delivery and says why it was none.
func (s *Service) send(ctx context.Context, one stored, b batch) string {
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
	if one.Type == TypeS3 {
		return s.put(ctx, one.Sink, to, b)
	}
	return s.post(ctx, one.ID, to, b.body)
}
