package connection

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// usedEvery is how often a use is written down: a busy loop must not write once a call.
const usedEvery = time.Minute

// maxUsed is how many connections' last uses are remembered in memory.
const maxUsed = 8192

// longBlock is from which length on it is worth a write that an API wants to be left
// alone: other processes would ask it before they learn of it.
const longBlock = 5 * time.Second

// use is what this process noted last of a connection's use.
type use struct{ at, blocked time.Time }

// Used notes that the connection was called just now, and what the API said of its
// limits, nil where it said nothing. A use within a minute of the last one noted
// changes nothing, unless the API asked to be left alone meanwhile. It never fails a
// call: what goes wrong is only logged.
func (s *Service) Used(ctx context.Context, conID string, seen *Limits) {
	workspace, err := tenant.From(ctx)
	now := s.o.Now().UTC()
	key := workspace + "/" + conID
	last, ok := s.used.Get(key)
	blocked := seen != nil && seen.BlockedUntil.Sub(now) > longBlock && seen.BlockedUntil.After(last.blocked)
	if err == nil && ok && now.Sub(last.at) < usedEvery && !blocked {
		return // noted by this process: not even a read
	}
	if err == nil {
		err = s.note(ctx, conID, func(st *state) bool {
			if now.Sub(st.LastUsed) < usedEvery && !blocked {
				return false
			}
			st.LastUsed = now
			if seen != nil && (st.Limits == nil || seen.At.After(st.Limits.At)) {
				st.Limits = seen
			}
			return true
		})
	}
	if err != nil {
		s.o.Log.WarnContext(ctx, "use of a connection not noted", "connection", conID, "cause", err)
		return
	}
	if blocked {
		last.blocked = seen.BlockedUntil
	}
	s.used.Add(key, use{at: now, blocked: last.blocked})
}

// MarkStatus notes what a call found: ACTIVE, UNREACHABLE or
// CREDENTIALS_INVALID, with a detail that a person may read. A change is told to
// the trail, as a fact of the system's.
func (s *Service) MarkStatus(ctx context.Context, conID string, status Status, detail string) error {
	switch status {
	case StatusActive:
		status, detail = "", ""
	case StatusUnreachable, StatusCredentialsInvalid:
		detail = clip(detail, 500)
	default:
		return errors.New("connection: status " + string(status) + " is not one that a call finds")
	}
	changed := false
	err := s.note(ctx, conID, func(st *state) bool {
		changed = st.Status != status
		if !changed && st.Detail == detail {
			return false
		}
		st.Status, st.Detail = status, detail
		return true
	})
	if err != nil || !changed {
		return err
	}
	e := audit.Entry{Action: ActionStatus, Resource: conID, Level: audit.Warn, Message: "Connection is " + string(status)}
	if status == "" {
		e.Level, e.Message = audit.Info, "Connection works again"
	}
	return s.trail.Note(ctx, e)
}

// note changes the state item of a connection that exists; change says whether
// there is anything to write.
func (s *Service) note(ctx context.Context, conID string, change func(*state) bool) error {
	for range 8 {
		st, version, err := table.GetJSON[state](ctx, s.table, stateKey(conID))
		cond := table.IfVersion(version)
		if errors.Is(err, table.ErrNotFound) {
			cond, err = table.Absent(), nil
		}
		if err != nil || !change(&st) {
			return err
		}
		item, err := table.JSONItem(stateKey(conID), st)
		if err != nil {
			return err
		}
		// The check keeps a late note from leaving an item behind a deleted connection.
		err = s.table.Transact(ctx, []table.Op{table.Check(connectionKey(conID), table.Present()), table.Put(item, cond)})
		var failed *table.ConditionError
		if errors.As(err, &failed) && failed.Index == 0 {
			return notFound()
		}
		if !errors.Is(err, table.ErrCondition) {
			return err
		}
	}
	return nil // others note the same connection all the time: theirs is as good
}
