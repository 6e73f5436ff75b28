package execution

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// draft is one write of a run's log in the making: what the history and the calls
// tell, as far as it fits.
type draft struct {
	trace *trace
	st    logState
	// version is that of the log's state as it was read, from how far it had come.
	version, from int64
	// run is the record as the entries make it, was as it is stored.
	run, was record
	entries  []entry
	bytes    int // of them, at most
	// attempts are those that have no place yet.
	attempts []report
	// over are the ends of steps that waited for a person.
	over []Event
	// left: a step was left while a run of its own may be under way.
	left bool
}

func (s *Service) draft(ctx context.Context, id string, st logState, version int64, attempts []report) (*draft, error) {
	t, err := s.traceTo(ctx, id, st.HistoryID)
	if err != nil {
		return nil, err
	}
	r, err := s.load(ctx, id)
	return &draft{trace: t, st: st, version: version, from: st.HistoryID, run: r, was: r, attempts: attempts}, err
}

// full leaves room for an entry and what the run's status says to it.
func (d *draft) full() bool { return len(d.entries)+2 > perWrite || d.bytes > writeBytes }

func (d *draft) add(e entry) {
	d.st.Seq++
	e.Seq = d.st.Seq
	d.bytes += e.bytes()
	d.entries = append(d.entries, e)
}

// tell takes down what the history means, and says whether all of it fitted. Where
// one event means more than fits, the rest of it follows with the next write, and the
// trace is ahead of this one.
func (d *draft) tell(history []HistoryEvent) bool {
	for _, h := range history {
		told := d.trace.step(h)
		ends := len(told) > 0 && Status(told[len(told)-1].Status).Ended() && told[len(told)-1].Type == EventRun
		for ; d.st.Part < len(told); d.st.Part++ {
			e, was := told[d.st.Part], d.run.Status
			d.place(func(a report) bool { return e.ends(a) })
			if d.full() {
				return false
			}
			if e.StepType == "workflow" && (e.Status == string(StepCancelled) || e.Status == string(StepFailed)) {
				d.left = true
			}
			d.add(e)
			if d.st.apply(e) {
				d.over = append(d.over, e.Event)
			}
			if !ends || e.Type == EventRun {
				d.run.apply(e, d.st)
			}
			if e.Type == EventStep && d.run.Status != was {
				d.add(entry{Event: Event{At: e.At, Type: EventRun, Status: string(d.run.Status)}})
			}
		}
		d.st.HistoryID, d.st.Part = h.ID, 0
	}
	return true
}

// ends says whether an attempt comes before what an entry tells of its step.
func (e entry) ends(a report) bool {
	return e.Type == EventStep && e.Path == a.Path && e.Status != string(StepRunning) && !a.At.After(e.At)
}

// rest takes down the attempts of steps under way, and those that came after their
// step's end. Of a step that is not known, the history tells when it is read again.
func (d *draft) rest() {
	d.place(func(a report) bool {
		_, open := d.trace.open[a.Path]
		return open || a.late
	})
	for i := range d.attempts {
		d.attempts[i].late = true
	}
}

// place takes down the attempts that are due, as far as they fit.
func (d *draft) place(due func(report) bool) {
	var wait []report
	for _, a := range d.attempts {
		if d.full() || !due(a) {
			wait = append(wait, a)
			continue
		}
		d.add(entry{Event: a.Event})
	}
	d.attempts = wait
}

// write makes a draft durable, all or nothing.
func (s *Service) write(ctx context.Context, id string, d *draft) error {
	if len(d.entries) == 0 && d.st.HistoryID == d.from {
		return nil
	}
	var more []table.Op
	// A run that is continued and ends as before within one reading has ended anew.
	if d.run.Status != d.was.Status || !d.run.CompletedAt.Equal(d.was.CompletedAt) {
		op, err := s.save(d.run)
		if err != nil {
			return err
		}
		more = append(more, op)
	}
	if err := s.appendLog(ctx, id, d.st, d.version, d.entries, more...); err != nil {
		return err
	}
	d.trace.log, d.trace.version = d.st, d.version+1
	for _, e := range d.over {
		if err := s.forgetAsk(ctx, id, e); err != nil { // the end of the run forgets it too
			s.log.WarnContext(ctx, "a question outlives its step", "execution", id, "path", e.Path, "err", err)
		}
	}
	return nil
}

// apply follows which steps wait for a person: none, once the run has ended. It says
// whether one that did has come to its end.
func (st *logState) apply(e entry) (over bool) {
	if e.Type != EventStep {
		if Status(e.Status).Ended() {
			st.Deciding = nil
		}
		return false
	}
	if e.Status == string(StepUnknown) || (e.Status == string(StepWaiting) && e.StepType == "approval") {
		if st.Deciding == nil {
			st.Deciding = map[string]bool{}
		}
		st.Deciding[e.Path] = true
		return false
	}
	waited := st.Deciding[e.Path]
	delete(st.Deciding, e.Path)
	return waited && e.Status != string(StepRunning)
}

func (r *record) apply(e entry, st logState) {
	if e.Type == EventRun {
		r.Status = Status(e.Status)
		if r.Status.Ended() {
			r.CompletedAt, r.Error = e.At.UTC(), e.Error
			r.Output = e.Output
		} else {
			r.Error, r.Output = nil, nil
			r.CompletedAt = time.Time{}
		}
		return
	}
	if r.Status.Ended() {
		return
	}
	r.Status = Running
	if len(st.Deciding) > 0 {
		r.Status = Waiting
	}
}
