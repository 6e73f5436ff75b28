package plan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/table"
)

// MaxMessage is the longest goal, in characters.
const MaxMessage = 4000

// Trail records what is stored; *audit.Trail is one.
type Trail interface {
	// Commit applies ops and one record, all or nothing.
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
}

// Options of a Service.
type Options struct {
	// Model drafts before the built-in planner is asked. Defaults to none.
	Model Model
	// ModelTime is how long the model may take for a plan, repairs included.
	// Defaults to 20 s.
	ModelTime time.Duration
	// Tokens bounds what the model may take in a workspace. Defaults to nil: nothing does,
	// and nothing is counted.
	Tokens Tokens
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Keep is how long a plan and its conversation are kept. Defaults to 30 days.
	Keep time.Duration
	// Catalogues keeps what was read from documents. Defaults to none: each process reads
	// each document that it plans with.
	Catalogues Catalogues
	// Documents is how many documents' catalogues are held in memory. Defaults to 64.
	Documents int
	// Log gets what a person is not shown. Defaults to slog.Default().
	Log *slog.Logger
}

// Service makes, keeps and releases plans. It is safe for concurrent use.
type Service struct {
	drafter
	store   *table.Store
	trail   Trail
	sources *sources
	keep    time.Duration
	log     *slog.Logger
}

// New makes a Service.
func New(store *table.Store, trail Trail, connections Connections, opts *Options) (*Service, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keep <= 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	if o.Documents <= 0 {
		o.Documents = 64
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	src, err := newSources(connections, o.Catalogues, o.Documents, o.Log)
	if err != nil {
		return nil, err
	}
	return &Service{drafter: newDrafter(&builtin.Options{Now: o.Now}, o.Model, o.ModelTime).within(o.Tokens), store: store, trail: trail, sources: src, keep: o.Keep, log: o.Log}, nil
}

// Draft makes a plan and stores it as a draft. Nothing runs. Errors:
// VALIDATION_FAILED with the field's path, NOT_FOUND for an unknown
// conversation or plan, PLAN_NOT_POSSIBLE with what would help, CONFLICT for an
// alternative of a document that has changed since.
func (s *Service) Draft(ctx context.Context, req Request) (Plan, error) {
	began := s.now()
	req.Message = strings.TrimSpace(req.Message)
	if err := checkRequest(req); err != nil {
		return Plan{}, err
	}
	said, rec, conv, err := s.respond(ctx, req)
	if err != nil {
		return Plan{}, err
	}
	rec.name(id.New(id.Plan))
	rec.ConversationID, rec.CreatedAt = conv.ID, began.UTC()
	rec.LatencyMs = s.now().Sub(began).Milliseconds()
	if err := s.save(ctx, conv, said, rec); err != nil {
		return Plan{}, err
	}
	return rec.Plan, nil
}

// Warm brings the catalogues of the workspace's active connections into memory, so that
// the next Draft need not: about 5 µs for each operation where they are stored, and
// 0.16 ms of one core where their documents have to be read. A home may call it after an import; nothing depends on it.
func (s *Service) Warm(ctx context.Context) error {
	conns, err := s.sources.active(ctx, nil)
	if err != nil {
		return err
	}
	_, err = s.sources.set(ctx, conns)
	return err
}

// made is a plan that passed its checks.
type made struct {
	draft   *draft.Draft
	proof   proof
	planner string
	usage   Usage
	// note begins the explanation: why the model's plan is not shown.
	note string
	// changes are what it changes in the plan basedOn, where it is an edit.
	changes []draft.Change
	basedOn string
	// others are plans that may have been meant instead.
	others []*draft.Draft
}

// make drafts, and says why the model's plan is not shown where there is a model.
func (s *Service) make(ctx context.Context, conv conversation, message string, conns []connection.Connection) (record, error) {
	set, err := s.sources.set(ctx, conns)
	if err != nil {
		return record{}, err
	}
	if set.Len() == 0 {
		return record{}, apierr.New(apierr.PlanNotPossible, "The connected APIs offer no operations to plan with.")
	}
	t := task{goal: conv.goal(message), message: message, turns: conv.Turns}
	if s.model != nil {
		if t.base, err = s.base(ctx, conv, set); err != nil {
			return record{}, err
		}
	}
	m, failed, err := s.draft(ctx, t, set, newProver(conns, set))
	if failed != nil && !failed.Impossible {
		s.log.WarnContext(ctx, "planning model failed", "reason", failed.Reason, "error", failed, "usage", failed.Usage)
		m.note = failed.Reason
		if err == nil {
			m.note += " This plan was made by the built-in planner."
		}
		if err == nil && t.base.draft != nil {
			m.note += " It is a new plan; the last one is as it was."
		}
	}
	if unread := set.Failed(); unread != nil {
		return record{}, unread // what could not be read said nothing to the planner
	}
	if err != nil {
		return record{}, s.noPlan(ctx, m.usage, outOfTokens(failed, after(m.note, err)))
	}
	return s.record(message, m, conns)
}

// draftBuiltin plans without a model and lets the checks drop what does not hold.
func draftBuiltin(ctx context.Context, planner *builtin.Planner, goal string, set *catalog.Set, p *prover) (made, error) {
	plans, err := planner.Plans(ctx, goal, set, readings)
	if errors.Is(err, builtin.ErrNothingFits) {
		return made{}, notPossible(set)
	}
	if err != nil {
		return made{}, err
	}
	m := made{planner: PlannerBuiltin}
	for _, d := range plans {
		pr, settled := p.settle(ctx, d)
		switch {
		case settled != nil && ctx.Err() != nil:
			return made{}, ctx.Err()
		case settled != nil:
			if err == nil {
				err = settled // of the plan that was best
			}
		case m.draft == nil:
			m.draft, m.proof = d, pr
		default:
			m.others = append(m.others, d)
		}
	}
	if m.draft == nil {
		return made{}, err
	}
	return m, nil
}

const (
	// readings is how many plans are made of a goal: one is shown, the others are
	// offered beside it where they are about as likely.
	readings = 1 + maxAlternatives
	// maxCandidates is how many of them a language model is given.
	maxCandidates = 3
)

// after puts what happened before an error into its message.
func after(note string, err error) error {
	var e *apierr.Error
	if note == "" || !errors.As(err, &e) {
		return err
	}
	told := *e
	told.Detail = note + " " + e.Detail
	return &told
}

// outOfTokens tells of no plan where the model, which might have found one, could not be
// asked for want of tokens: when there are some again matters more than why not without.
func outOfTokens(failed *ModelError, err error) error {
	var quota *apierr.Error
	if failed == nil || !errors.As(failed.Cause, &quota) || quota.Code != apierr.QuotaExceeded || apierr.CodeOf(err) != apierr.PlanNotPossible {
		return err
	}
	told := *quota
	told.Detail = apierr.From(err).Detail
	return &told
}

func notPossible(set *catalog.Set) error {
	var names []string
	for i, e := range set.Entries {
		if i == 5 {
			names = append(names, "others")
			break
		}
		names = append(names, e.Name)
	}
	return apierr.Newf(apierr.PlanNotPossible,
		"No operation of %s fits this goal. Name what should be done and to what, as the API calls it, or connect the API that can do it.", list(names))
}

// record puts the answer together.
func (s *Service) record(message string, m made, conns []connection.Connection) (record, error) {
	questions := questionsOf(m.draft)
	stored, err := m.draft.Encode()
	if err != nil {
		return record{}, err
	}
	r := record{Goal: message, Draft: stored, Usage: m.usage, SpecHashes: hashes(m.draft, conns)}
	r.Plan = Plan{Planner: m.planner, Workflow: m.proof.raw, Steps: m.proof.steps, Questions: questions,
		Confidence: confidence(m.draft, m.proof.steps, len(questions)), BasedOn: m.basedOn, Changes: m.changes}
	if err := r.offer(m.draft, m.others, conns); err != nil {
		return record{}, err
	}
	r.Message = explain(m.draft, m.proof.steps, questions) + otherwise(r.Alternatives)
	if m.note != "" {
		r.Message = m.note + "\n" + r.Message
	}
	if len(m.changes) > 0 {
		r.Message = explainChanges(m.changes) + r.Message
	}
	return r, nil
}

func questionsOf(d *draft.Draft) []Question {
	out := []Question{}
	for i, in := range d.Inputs() {
		if !answered(in.Schema) {
			out = append(out, Question{ID: fmt.Sprintf("q%d", i+1), Text: in.Question, Field: in.Name})
		}
	}
	return out
}
