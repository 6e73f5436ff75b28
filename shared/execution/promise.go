package execution

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

const (
	// turn is how long a process has what it carries out to itself: a stop, a redrive,
	// a decision. Done late by a second process, each could undo what came after it.
	turn = time.Minute
	// act bounds the carrying out itself, well inside the turn.
	act = 45 * time.Second
	// unseen is how long an engine of several machines may take to see a run that it
	// has started.
	unseen = 10 * time.Minute
)

// errTaken: another process is at it, or was a moment ago.
var errTaken = errors.New("execution: another process is carrying it out")

// take loads a run, and its intent with it for a turn, unless another process has
// that: errTaken. A start needs no turn: one under the same name is the same start.
func (s *Service) take(ctx context.Context, id string) (record, error) {
	r, err := s.load(ctx, id)
	if err != nil || r.Intent == intentNone || r.Intent == intentStart {
		return r, err
	}
	if s.held(r.Until) {
		return r, errTaken
	}
	r.Until, r.Again = s.now().UTC().Add(turn), true
	op, err := s.save(r)
	if err != nil {
		return r, err
	}
	item, err := s.store.Put(ctx, op.Item, op.If)
	if errors.Is(err, table.ErrCondition) {
		return r, errTaken
	}
	r.revision = item.Version
	return r, err
}

// held says whether a process still has the turn that ends then.
func (s *Service) held(until time.Time) bool {
	return s.now().Before(until) && !until.Add(-turn).Before(s.since)
}

// carryOut brings to the engine the intent of a run that this process has set or
// taken, and clears it. What it could not do is anybody's again.
func (s *Service) carryOut(ctx context.Context, r record) error {
	if r.Intent == intentNone {
		return nil
	}
	ended, err := s.perform(ctx, r)
	never := errors.Is(err, errNever)
	switch {
	case ended:
	case err == nil || never:
		if err := s.endTurn(ctx, r, intentNone); err != nil {
			return err
		}
	case r.Intent == intentStart:
		return err
	default:
		return errors.Join(err, s.endTurn(ctx, r, r.Intent))
	}
	if err := s.Sync(ctx, r.ID); err != nil || !never {
		return err
	}
	return apierr.Wrap(apierr.Conflict, "The run can be continued no more: it ended too long ago. Start a new one.", errNever)
}

// errNever: the engine will not continue a run, now or ever.
var errNever = errors.New("execution: the run ended too long ago to be redriven")

// perform does it. ended says that the run has come to its end here, since the
// engine will not have it: then its intent is cleared too.
func (s *Service) perform(ctx context.Context, r record) (ended bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, act)
	defer cancel()
	switch r.Intent {
	case intentStart:
		return s.begin(ctx, r)
	case intentStop:
		if r.queued() {
			return true, s.withdraw(ctx, r)
		}
		err = s.engine.Stop(ctx, r.ID, "Run.Cancelled", "cancelled by a person")
		if !errors.Is(err, ErrNoRun) {
			return false, err
		}
		if s.now().Sub(r.StartedAt) < unseen {
			return false, fmt.Errorf("execution: stop %s, which the engine does not see yet: %w: %w", r.ID, table.ErrThrottled, err)
		}
		return true, s.end(ctx, r, Cancelled, nil) // its engine has lost it
	case intentRedrive:
		return s.redrive(ctx, r)
	case intentNone:
	}
	return false, nil
}

// begin starts a run. One that the engine will never have ends as failed.
func (s *Service) begin(ctx context.Context, r record) (ended bool, err error) {
	p, err := s.program(ctx, r.ID)
	if err != nil {
		return false, err
	}
	err = s.engine.Start(ctx, StartInput{Name: r.ID, Definition: p.Definition, Input: r.Input, Brief: p.Brief})
	var refused *apierr.Error
	if !errors.As(err, &refused) || !final(refused.Code) {
		return false, err
	}
	if st, _, stateErr := s.logState(ctx, r.ID); stateErr != nil || st.HistoryID > 0 {
		return false, errors.Join(err, stateErr) // it has begun before
	}
	s.log.ErrorContext(ctx, "the engine refuses a run", "execution", r.ID, "err", err)
	return true, s.end(ctx, r, Failed, &Failure{Name: "States.Runtime", Cause: refused.Detail})
}

// final says whether an engine that refuses a start with a code will do so again.
func final(code apierr.Code) bool {
	return slices.Contains([]apierr.Code{apierr.WorkflowInvalid, apierr.ValidationFailed, apierr.PayloadTooLarge, apierr.Conflict}, code)
}

// redrive continues a run, once for each time that it was asked for: where another
// process may have done so, the history tells.
func (s *Service) redrive(ctx context.Context, r record) (ended bool, err error) {
	if r.Past == 0 { // the engine had refused it
		return s.begin(ctx, r)
	}
	done := func() (bool, error) {
		run, err := s.engine.Describe(ctx, r.ID)
		return run.LastEventID > r.Past || run.Status == RunRunning, err
	}
	if r.Again {
		if ok, err := done(); ok || err != nil {
			return false, err
		}
	}
	err = s.engine.Redrive(ctx, r.ID)
	if !errors.Is(err, ErrNotRedrivable) && !errors.Is(err, ErrNoRun) {
		return false, err
	}
	// It is going on already, or it ended too long ago: Step Functions redrives for 14
	// days and forgets after 90.
	if ok, doneErr := done(); doneErr != nil && !errors.Is(doneErr, ErrNoRun) || ok {
		return false, doneErr
	}
	return false, errNever
}

// end writes the end of a run that its engine does not have, with more.
func (s *Service) end(ctx context.Context, r record, status Status, f *Failure, more ...table.Op) error {
	st, version, err := s.logState(ctx, r.ID)
	if err != nil {
		return err
	}
	st.Seq++
	st.Deciding = nil
	e := entry{Event: Event{Seq: st.Seq, At: s.now().UTC(), Type: EventRun, Status: string(status), Error: f}}
	r.apply(e, st)
	r.Intent, r.Until = intentNone, time.Time{}
	op, err := s.save(r)
	if err != nil {
		return err
	}
	return s.appendLog(ctx, r.ID, st, version, []entry{e}, append([]table.Op{op}, more...)...)
}

// endTurn leaves an intent, or none, of the one that this process had a turn of.
func (s *Service) endTurn(ctx context.Context, had record, left intent) error {
	_, err := table.ModifyItem(ctx, s.store, runKey(had.ID), func(item *table.Item) error {
		r, err := decodeRun(*item)
		if err != nil {
			return err
		}
		if r.Intent == had.Intent && r.Turn == had.Turn {
			r.Intent, r.Until = left, time.Time{}
		}
		written, err := table.JSONItem(item.Key, r)
		item.Data = written.Data
		return err
	})
	s.hub.notify(had.ID) // it may have ended meanwhile: only now is its log at its end
	return err
}

// resume does what a crash or a failure left undone of one run. errTaken: some of
// it another process has at this moment.
func (s *Service) resume(ctx context.Context, id string) error {
	r, err := s.take(ctx, id)
	if err != nil {
		return err
	}
	if err := s.carryOut(ctx, r); err != nil && !errors.Is(err, errNever) {
		return err
	}
	k, err := s.kept(ctx, id)
	if err != nil {
		return err
	}
	taken := s.resendDecisions(ctx, id, k.asks)
	if taken != nil && !errors.Is(taken, errTaken) {
		return taken
	}
	// Most runs of many have nothing new, which is seen at less than Sync costs.
	news, err := s.engine.History(ctx, id, k.log.HistoryID, 1)
	if err != nil && !errors.Is(err, ErrNoRun) {
		return err
	}
	if len(news) > 0 || r.Status.Ended() || s.observed.waits(id) {
		if err := s.Sync(ctx, id); err != nil {
			return err
		}
	}
	if k.nested && !r.Status.Ended() {
		if err := s.stopOrphans(ctx, id); err != nil {
			return err
		}
	}
	if err := s.keepPlace(ctx, r); err != nil {
		return err
	}
	return taken
}

// kept is what lies beside a run's record and log.
type kept struct {
	log    logState
	nested bool // it has started runs of its own
	asks   []table.Item
}

// kept reads it all at once.
func (s *Service) kept(ctx context.Context, id string) (k kept, err error) {
	for item, err := range s.store.All(ctx, table.Query{PK: runsPK + "#" + id, From: logSK, To: askSK + "~"}) {
		if err != nil {
			return k, err
		}
		switch {
		case item.SK == logSK:
			if err := item.Decode(&k.log); err != nil {
				return k, err
			}
		case strings.HasPrefix(item.SK, nestedSK):
			k.nested = true
		case strings.HasPrefix(item.SK, askSK):
			k.asks = append(k.asks, item)
		}
	}
	return k, nil
}
