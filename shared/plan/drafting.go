package plan

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

const (
	offered    = 24 // operations retrieved for a model
	offeredTop = 40 // with those that yield what the first ones need
	maxRepairs = 2
	// modelTime is how long a model may take for a plan unless told otherwise.
	modelTime = 20 * time.Second
)

// drafter drafts plans with a model, if there is one, and without.
type drafter struct {
	builtin *builtin.Planner
	model   Model
	limit   time.Duration // of the model
	tokens  Tokens        // may be nil
	now     func() time.Time
}

func newDrafter(opts *builtin.Options, m Model, limit time.Duration) drafter {
	d := drafter{builtin: builtin.New(opts), model: m, limit: limit, now: time.Now}
	if opts != nil && opts.Now != nil {
		d.now = opts.Now
	}
	if d.limit <= 0 {
		d.limit = modelTime
	}
	return d
}

// within bounds what the model may take.
func (d drafter) within(t Tokens) drafter {
	d.tokens = t
	return d
}

// draft drafts with the model if there is one, else, or where that fails, without;
// failed says why. What the model used is told with every outcome.
func (d drafter) draft(ctx context.Context, t task, set *catalog.Set, p *prover) (m made, failed *ModelError, err error) {
	own, ownErr := draftBuiltin(ctx, d.builtin, t.goal, set, p)
	if d.model == nil {
		return own, nil, ownErr
	}
	if ownErr == nil {
		t.candidates = append([]*draft.Draft{own.draft}, own.others[:min(len(own.others), maxCandidates-1)]...)
	}
	m, err = d.draftModel(ctx, t, set, p)
	if err == nil || !errors.As(err, &failed) {
		return m, nil, err
	}
	if failed.Impossible {
		return made{usage: failed.Usage}, failed, apierr.New(apierr.PlanNotPossible, "No plan was found for this goal: "+draft.Clip(failed.Reason, 300))
	}
	own.usage = failed.Usage
	return own, failed, ownErr
}

// task is what a model is asked to plan.
type task struct {
	// goal is the message with what it goes on from; message is the message alone.
	goal, message string
	turns         []Turn
	candidates    []*draft.Draft
	base          base
}

// draftModel asks the model, and gives it at most two chances to repair what the
// checks found. Its errors are *ModelError unless ctx ended.
func (d drafter) draftModel(ctx context.Context, t task, set *catalog.Set, p *prover) (made, error) {
	hits := offer(d.builtin.Retrieve(t.goal, set, offered), append([]*draft.Draft{t.base.draft}, t.candidates...))
	if len(hits) == 0 {
		return made{}, &ModelError{Impossible: true, Reason: "no connected operation speaks of it."}
	}
	req := DraftRequest{Goal: t.goal, History: goals(t.turns), Offered: hits, Candidates: t.candidates, Last: t.base.draft, Today: d.now()}
	if req.Last != nil {
		req.Goal = t.message
	}
	var usage Usage
	var last *ModelError
	limited, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	for round := range 1 + maxRepairs {
		if round > 0 {
			usage.Repairs++
		}
		settle, err := d.hold(ctx)
		if apierr.CodeOf(err) == apierr.QuotaExceeded {
			return made{}, &ModelError{Reason: apierr.From(err).Detail, Usage: usage, Cause: err}
		}
		if err != nil {
			return made{usage: usage}, err
		}
		res, err := d.model.Draft(limited, req)
		var failed *ModelError
		if err != nil && !errors.As(err, &failed) {
			failed = &ModelError{Reason: "The model planner failed.", Cause: err}
		}
		if failed != nil {
			res.Usage = failed.Usage
		}
		usage.Add(res.Usage)
		if err := settle(context.WithoutCancel(ctx), res.Usage.PromptTokens+res.Usage.CompletionTokens); err != nil {
			return made{usage: usage}, err
		}
		if ctx.Err() != nil {
			return made{usage: usage}, ctx.Err()
		}
		if failed != nil {
			failed.Usage = usage
			if len(failed.Problems) == 0 || failed.Impossible {
				return made{}, failed
			}
			last = failed
			req.Previous, req.Problems = failed.Raw, failed.Problems
			continue
		}
		m, problems, err := judge(ctx, t, res, hits, p)
		if err != nil {
			return made{}, err
		}
		if len(problems) == 0 {
			m.usage = usage
			return m, nil
		}
		last = &ModelError{Reason: "The model's plan did not pass its checks after two repairs.", Usage: usage}
		req.Previous, req.Problems = res.Raw, problems
	}
	last.Usage = usage
	if len(last.Problems) > 0 {
		last.Reason = "The model's answer was not usable after two repairs: " + draft.Clip(last.Reason, 200)
	}
	return made{}, last
}

// hold sets tokens aside for one question.
func (d drafter) hold(ctx context.Context) (settle func(context.Context, int64) error, err error) {
	if d.tokens == nil {
		return func(context.Context, int64) error { return nil }, nil
	}
	return d.tokens.Hold(ctx)
}

// goals are the turns that a model may be told.
func goals(turns []Turn) []Turn {
	return slices.DeleteFunc(slices.Clone(turns), func(t Turn) bool { return t.Answer })
}

// judge proves a model's draft; what is wrong comes back as sentences for it.
func judge(ctx context.Context, t task, res DraftResult, hits []catalog.Hit, p *prover) (made, []string, error) {
	m := made{draft: res.Draft, planner: PlannerOpenAI}
	if t.base.draft != nil {
		changes, wrong := unasked(t.message, t.base.draft, res)
		if len(wrong) > 0 {
			return made{}, wrong, nil
		}
		m.changes = changes
	}
	var kept *draft.Draft
	if len(m.changes) > 0 {
		m.basedOn, kept = t.base.id, t.base.draft
	}
	evidence(res.Draft, kept, hits)
	pr, problems, err := p.prove(ctx, res.Draft)
	m.proof = pr
	return m, texts(problems, pr.doc), err
}

// offer adds to the retrieved operations those of the given drafts, where they are
// some, and those that yield what a retrieved one needs.
func offer(hits []catalog.Hit, drafts []*draft.Draft) []catalog.Hit {
	seen := map[catalog.Key]bool{}
	var out []catalog.Hit
	add := func(h catalog.Hit) {
		k := h.Entry.Key(h.Op)
		if !seen[k] && len(out) < offeredTop {
			seen[k] = true
			out = append(out, h)
		}
	}
	for _, d := range drafts {
		if d == nil {
			continue
		}
		for _, st := range d.Steps {
			if st.Op != nil {
				add(catalog.Hit{Entry: st.Entry, Op: st.Op, Lexical: st.Match})
			}
		}
	}
	for _, h := range hits {
		add(h)
	}
	for _, h := range hits {
		for _, f := range h.Op.Required() {
			if f.In != "path" && !f.Identifier() {
				continue
			}
			for i, p := range h.Entry.Producers(f, h.Op.Names(f)) {
				if i == 2 {
					break
				}
				add(catalog.Hit{Entry: h.Entry, Op: p.Op, Lexical: h.Lexical / 2})
			}
		}
	}
	return out
}

// evidence gives a model's steps what retrieval says of them; those kept of the
// last plan, where the draft is an edit of it, keep what was said of them there.
func evidence(d, kept *draft.Draft, hits []catalog.Hit) {
	if kept == nil {
		d.Coverage = 1
		kept = &draft.Draft{}
	}
	for _, st := range d.Steps {
		if _, old := kept.Find(st.ID); old {
			continue
		}
		for i, h := range hits {
			if st.Op != h.Op {
				continue
			}
			st.Match = min(1, h.Lexical)
			if i+1 < len(hits) && h.Lexical > 0 {
				st.Margin = max(0, (h.Lexical-hits[i+1].Lexical)/h.Lexical)
			}
			break
		}
	}
}

// maxProblemText bounds a checker's message: it may quote a spec.
const maxProblemText = 300

// texts tells a model what the checks found: it knows steps, not the document.
func texts(problems []problem, doc *workflow.Document) []string {
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		step, place := "", p.path
		if doc != nil {
			at := 0
			doc.Walk(func(path string, s *workflow.Step) {
				if strings.HasPrefix(p.path+"/", path+"/") && len(path) > at {
					at, step, place = len(path), s.ID, strings.TrimPrefix(p.path, path)
				}
			})
		}
		where := place
		if step != "" {
			where = strings.TrimSpace("step " + step + " " + strings.TrimPrefix(place, "/"))
		}
		out = append(out, draft.Clip(where+": "+p.detail, maxProblemText))
	}
	return out
}
