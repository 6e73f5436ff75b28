package execution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/table"
)

// entry is an event as it is kept: with the value that a finished step gave,
// which the run's detail shows and the live log does not carry.
type entry struct {
	Event
	Output      json.RawMessage `json:"output,omitempty"`
	StepName    string          `json:"stepName,omitempty"`
	ExecutionID string          `json:"executionId,omitempty"`
	Undoes      string          `json:"undoes,omitempty"`
	// Run events carry how the run ended.
	Cause string `json:"cause,omitempty"`
}

// logState says how far a run's log has come. It is written with each entry.
type logState struct {
	Seq       int64 `json:"seq"`
	HistoryID int64 `json:"historyId"`
	// Part is how much of what the next history event means is logged already.
	Part int `json:"part,omitempty"`
	// Deciding holds the paths that wait for a person.
	Deciding map[string]bool `json:"deciding,omitempty"`
}

// maxLogged is the largest value that is kept with an entry.
const maxLogged = 64 << 10

// perWrite and writeBytes bound the entries of one write: they take at most 18 items, and
// the transaction has the log's state, the run and the open pointer too.
const (
	perWrite   = 256
	writeBytes = 1 << 20
)

// bytes is the most that an entry takes: its output is JSON already, other text may be escaped.
func (e entry) bytes() int {
	n := 512 + len(e.Output) + 6*(len(e.Message)+len(e.Path)+len(e.StepName)+len(e.Cause))
	if e.Error != nil {
		n += 6 * (len(e.Error.Name) + len(e.Error.Cause))
	}
	return n
}

func (s *Service) logState(ctx context.Context, id string) (logState, int64, error) {
	st, version, err := table.GetJSON[logState](ctx, s.store, partKey(id, logSK))
	if errors.Is(err, table.ErrNotFound) {
		return logState{}, 0, nil
	}
	return st, version, err
}

// appendLog writes entries, the log's new state and further operations, all or nothing.
func (s *Service) appendLog(ctx context.Context, id string, st logState, version int64, entries []entry, more ...table.Op) error {
	if len(entries) > perWrite {
		return fmt.Errorf("execution: %d entries in one write", len(entries))
	}
	items, err := eventItems(id, entries)
	if err != nil {
		return err
	}
	ops := make([]table.Op, 0, len(items)+1+len(more))
	for _, item := range items {
		ops = append(ops, table.Put(item, table.Absent()))
	}
	item, err := table.JSONItem(partKey(id, logSK), st)
	if err != nil {
		return err
	}
	if err := s.store.Transact(ctx, append(append(ops, table.Put(item, table.Unchanged(version))), more...)); err != nil {
		return err
	}
	s.hub.notify(id)
	return nil
}

// togetherBytes is the size from which entries of one write begin a further item.
const togetherBytes = 64 << 10

// eventItems puts entries that are written at once together, so that they are one
// write and one read: each item lies under the number of its last entry, where reading on
// from any of its entries finds it.
func eventItems(id string, entries []entry) ([]table.Item, error) {
	var items []table.Item
	var together bytes.Buffer
	enc := json.NewEncoder(&together)
	enc.SetEscapeHTML(false) // as table.JSONItem
	for i, e := range entries {
		if together.Len() == 0 {
			together.WriteByte('[')
		} else {
			together.WriteByte(',')
		}
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
		if together.Len() < togetherBytes && i < len(entries)-1 {
			continue
		}
		together.WriteByte(']')
		items = append(items, table.Item{Key: eventKey(id, e.Seq), Data: bytes.Clone(together.Bytes())})
		together.Reset()
	}
	return items, nil
}

// eventsOf are the entries in an item. Those of before they were put together are one each.
func eventsOf(item table.Item) (entries []entry, err error) {
	if bytes.HasPrefix(item.Data, []byte("[")) {
		err = item.Decode(&entries)
		return entries, err
	}
	entries = make([]entry, 1)
	err = item.Decode(&entries[0])
	return entries, err
}

// Stretch is a part of a run's log.
type Stretch struct {
	Items []Event
	// Next is the cursor to ask with next.
	Next int64
	// Done: the run has ended and Items reach its end.
	Done bool
	// RetryAfter is how long to wait before asking again; zero at once.
	RetryAfter time.Duration
}

// Events returns what was logged after a cursor. When there is nothing it waits
// for up to wait, capped by the service, for something to come.
func (s *Service) Events(ctx context.Context, id string, after int64, limit int, wait time.Duration) (Stretch, error) {
	if _, err := s.open(ctx, id, access.Use); err != nil {
		return Stretch{}, err
	}
	deadline := s.now().Add(min(wait, s.maxWait))
	timer := time.NewTimer(max(0, min(wait, s.maxWait)))
	defer timer.Stop()
	for {
		woken := s.hub.wait(id)
		if err := s.freshen(ctx, id); err != nil {
			return Stretch{}, err
		}
		r, err := s.load(ctx, id)
		if err != nil {
			return Stretch{}, err
		}
		got, more, err := s.read(ctx, id, after, limit)
		if err != nil {
			return Stretch{}, err
		}
		out := Stretch{Items: got, Next: after, Done: !more && r.Status.Ended() && r.Intent == intentNone}
		if n := len(got); n > 0 {
			out.Next = got[n-1].Seq
		}
		if out.Done {
			s.hub.notify(id) // nobody has anything to wait for
		}
		if len(got) > 0 || out.Done || !s.now().Before(deadline) {
			if !out.Done && len(got) == 0 {
				out.RetryAfter = 500 * time.Millisecond
			}
			return out, nil
		}
		select {
		case <-ctx.Done():
			return Stretch{}, ctx.Err()
		case <-woken:
		case <-s.poll():
		case <-timer.C:
			deadline = s.now() // one last look
		}
	}
}

func (s *Service) read(ctx context.Context, id string, after int64, limit int) (events []Event, more bool, err error) {
	page, err := s.store.Query(ctx, table.Query{PK: runsPK + "#" + id, From: eventKey(id, after+1).SK, To: eventKey(id, 9999999999).SK, Limit: limit})
	if err != nil {
		return nil, false, err
	}
	events = []Event{}
	for _, item := range page.Items {
		entries, err := eventsOf(item)
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			if e.Seq <= after {
				continue
			}
			if len(events) == limit {
				return events, true, nil
			}
			events = append(events, e.Event)
		}
	}
	return events, page.Next != "", nil
}

// whole reads the log from its start.
func (s *Service) whole(ctx context.Context, id string) ([]entry, error) {
	var all []entry
	for cursor := ""; ; {
		page, err := s.store.Query(ctx, table.Query{PK: runsPK + "#" + id, Prefix: eventSK, Limit: 1000, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			entries, err := eventsOf(item)
			if err != nil {
				return nil, err
			}
			all = append(all, entries...)
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}
