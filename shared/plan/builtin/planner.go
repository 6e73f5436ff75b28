package builtin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
)

// ErrNothingFits says that no operation serves the goal.
var ErrNothingFits = errors.New("builtin: no operation fits the goal")

// What the search over plans weighs, in the units of a clause's match (0–1).
const (
	beamWidth    = 6
	branches     = 4
	enoughMatch  = 0.22
	costInserted = 0.06
	costQuestion = 0.05
	gainFlow     = 0.05
	gainSameAPI  = 0.03
	absorbed     = 0.8 // of a clause's best match, if an earlier call answers it
)

// Options of a Planner.
type Options struct {
	// Now is the clock that relative dates count from. Defaults to time.Now.
	Now func() time.Time
	// Ranker ranks operations for a goal, and Model decides which are called. They
	// default to those that are shipped.
	Ranker *retrieve.Ranker
	Model  *sequence.Model
}

// Planner plans. It holds no state and is safe for use by several goroutines.
type Planner struct {
	now    func() time.Time
	ranker *retrieve.Ranker
	model  *sequence.Model
}

// New makes a Planner.
func New(opts *Options) *Planner {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	p := &Planner{now: o.Now, ranker: o.Ranker, model: o.Model}
	if p.now == nil {
		p.now = time.Now
	}
	if p.ranker == nil {
		p.ranker = retrieve.Shipped()
	}
	if p.model == nil {
		p.model = sequence.Shipped()
	}
	return p
}

// Plan makes the best plan that it finds; ErrNothingFits where it finds none. It
// takes time in proportion to the goal's clauses (at most 12) and stops when ctx
// ends.
func (p *Planner) Plan(ctx context.Context, text string, set *catalog.Set) (*draft.Draft, error) {
	list, err := p.Plans(ctx, text, set, 1)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Plans makes the best plan, and others that may be meant, likely ones before; at most
// so many. The errors are those of Plan.
func (p *Planner) Plans(ctx context.Context, text string, set *catalog.Set, most int) ([]*draft.Draft, error) {
	b := p.builder(text, set)
	best, err := b.rules(ctx)
	if err != nil {
		return nil, err
	}
	if len(b.goal.clauses) == 0 {
		return nil, ErrNothingFits
	}
	plans, err := p.revise(ctx, b, best, most)
	if err != nil {
		return nil, fmt.Errorf("builtin: %w", err)
	}
	if plans = slices.DeleteFunc(plans, func(l likely) bool { return l.covered == 0 || len(l.steps) == 0 }); len(plans) == 0 {
		return nil, ErrNothingFits
	}
	out := make([]*draft.Draft, 0, len(plans))
	for _, l := range plans {
		out = append(out, &draft.Draft{Name: name(text), Description: draft.Clip(strings.TrimSpace(text), 500), Steps: l.steps, Notes: l.notes,
			Coverage: float64(l.covered) / float64(len(b.goal.clauses)), Likely: l.probability})
	}
	return out, nil
}

// builder takes a goal apart for a set.
func (p *Planner) builder(text string, set *catalog.Set) *builder {
	g := p.read(text)
	b := &builder{goal: g, set: set, words: map[string]bool{}}
	for _, t := range g.tokens {
		if t.value < 0 || g.values[t.value].kind != kindQuoted {
			b.words[t.stem] = true
		}
	}
	g.locate(set)
	return b
}

// rules makes the plan that the rules find best, clause by clause; it may be empty.
func (b *builder) rules(ctx context.Context) (*state, error) {
	beam := []*state{{}}
	for _, c := range b.goal.clauses {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("builtin: %w", err)
		}
		r := b.goal.rank(b.set, c)
		b.rankings = append(b.rankings, r)
		beam = b.advance(beam, c, r)
	}
	return beam[0], nil
}

// advance grows every plan of the beam by one clause.
func (b *builder) advance(beam []*state, c *clause, options []ranked) []*state {
	var next []*state
	for _, s := range beam {
		if earlier := b.answered(s, c, options); earlier > 0 {
			n := s.clone()
			n.covered++
			n.score += earlier
			next = append(next, n)
			if c.implied {
				continue
			}
		}
		for i, o := range options {
			if i >= branches || o.score < enoughMatch {
				break
			}
			n, ok := b.call(s, c, o.Entry, o.Op, 0)
			if !ok {
				continue
			}
			if (c.intent == intentRead || c.pronoun && !c.each || len(c.nouns) == 0) && s.repeats(n.last) {
				n = s.clone()
				n.covered++
				n.score += absorbed * o.score
				next = append(next, n)
				continue
			}
			st := n.last
			st.Match, st.Margin = min(1, o.score), margin(options, i)
			for _, in := range n.steps[len(s.steps) : len(n.steps)-1] {
				in.Match, in.Margin = st.Match, st.Margin
			}
			if s.last != nil && s.last.Entry != nil && s.last.Entry.Connection == o.Entry.Connection {
				n.score += gainSameAPI
			}
			n.score += o.score
			n.covered++
			next = append(next, n)
		}
	}
	if len(next) == 0 {
		for _, s := range beam {
			n := s.clone()
			n.notes = append(n.notes, fmt.Sprintf("No connected operation was found for “%s”; the plan leaves it out.", draft.Clip(c.text, 160)))
			next = append(next, n)
		}
	}
	sort.SliceStable(next, func(i, j int) bool { return next[i].score > next[j].score })
	return next[:min(len(next), beamWidth)]
}

// repeats says whether a call was made before with nothing else said in it.
func (s *state) repeats(st *draft.Step) bool {
	for _, old := range s.steps {
		if old.Op != st.Op || old.Entry.Connection != st.Entry.Connection {
			continue
		}
		same := true
		for _, a := range st.Args {
			if a.Value.Literal == nil || a.From == fromGoal {
				continue
			}
			found := false
			for _, b := range old.Args {
				found = found || b.In == a.In && slices.Equal(b.Path, a.Path) && string(b.Value.Literal) == string(a.Value.Literal)
			}
			same = same && found
		}
		if same {
			return true
		}
	}
	return false
}

// margin is how far the runner-up lies behind an option, as a part of its score.
func margin(options []ranked, i int) float64 {
	if i > 0 {
		return 0
	}
	if len(options) == 1 {
		return 1
	}
	return max(0, (options[0].score-options[1].score)/options[0].score)
}

// answered says how well an earlier call answers a clause that only reads: "and
// tell me their names". 0 for not.
func (b *builder) answered(s *state, c *clause, options []ranked) float64 {
	if c.intent != intentRead || len(s.steps) == 0 || len(options) == 0 && !c.implied {
		return 0
	}
	best := enoughMatch
	if len(options) > 0 {
		best = options[0].score
	}
	for i := len(s.steps) - 1; i >= 0; i-- {
		op := s.steps[i].Op
		if op == nil || len(c.sites) > 0 && !c.sites[s.steps[i].Entry.Connection] {
			continue
		}
		said, all := 0.0, 0.0
		for n := range c.nouns {
			idf := b.set.IDF(n)
			if idf >= b.set.IDF("\x00") {
				continue
			}
			all += idf
			if op.Weight(n) > 0 {
				said += idf
			}
		}
		if len(c.nouns) == 0 || all > 0 && said/all >= 0.6 {
			for _, o := range options {
				if o.Op == op && o.score >= absorbed*best {
					return absorbed * best
				}
			}
			if len(c.nouns) == 0 || c.implied && op.IsList || c.pronoun && said/all > 0.9 {
				return absorbed * best
			}
		}
	}
	return 0
}

// name is a short name for the plan: the goal's beginning.
func name(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, end := range []string{". ", "? ", "! ", "; "} {
		if i := strings.Index(text, end); i > 10 {
			text = text[:i]
		}
	}
	text = draft.Clip(strings.TrimRight(text, ".?! "), 80)
	if text == "" {
		return "Plan"
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
