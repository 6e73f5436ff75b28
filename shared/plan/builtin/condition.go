package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// condition is when a clause is to be done.
type condition struct {
	text   string
	tokens []token
	negate bool // unless, otherwise
}

// condition takes "if …, do" and "do … if …" apart and returns what is to be
// done; trailing says that the condition came last, and so belongs to the last
// thing to be done.
func (g *goal) condition(ts []token) (rest []token, c *condition, trailing bool) {
	ts, _ = skipLead(ts)
	if len(ts) < 3 {
		return ts, nil, false
	}
	if first := ts[0].lower; ts[0].value < 0 && (first == "otherwise" || first == "else") {
		for i := len(g.clauses) - 1; i >= 0; i-- {
			if c := g.clauses[i].cond; c != nil {
				return ts[1:], &condition{text: "not: " + c.text, tokens: c.tokens, negate: !c.negate}, false
			}
		}
		return ts[1:], nil, false
	}
	if ts[0].value < 0 && (ts[0].lower == "if" || ts[0].lower == "unless" || ts[0].lower == "when") {
		if end, ok := g.conditionEnd(ts); ok {
			return ts[end:], g.newCondition(ts[1:end], ts[0].lower == "unless"), false
		}
		return ts, nil, false
	}
	for i := 2; i+1 < len(ts); i++ {
		w := ts[i].lower
		if ts[i].value >= 0 || (w != "if" && w != "unless" && (w != "when" || ts[i-1].lower != "only")) || asksWhether(ts[:i]) {
			continue
		}
		end := i
		for end > 0 && (ts[end-1].lower == "only" || ts[end-1].lower == "but" || ts[end-1].lower == "and") {
			end--
		}
		if end < 1 {
			return ts, nil, false
		}
		return ts[:end], g.newCondition(ts[i+1:], w == "unless"), true
	}
	return ts, nil, false
}

// conditionEnd is where what is to be done begins after a leading "if": after a
// comma or "then", else at the first verb that has an object.
func (g *goal) conditionEnd(ts []token) (int, bool) {
	for i := 2; i < len(ts); i++ {
		if ts[i].value >= 0 && ts[i].value == ts[i-1].value {
			continue
		}
		_, verb := verbOf(ts[i].lower)
		if ts[i].lower == "then" || g.comma(ts[i-1], ts[i]) && (verb || leadWords[ts[i].lower] || i > 3) {
			return i, true
		}
	}
	for i := 3; i+1 < len(ts); i++ {
		if _, verb := verbOf(ts[i].lower); verb && ts[i].value < 0 && !linking[ts[i-1].lower] && objectOpeners[ts[i+1].lower] {
			return i, true
		}
	}
	return 0, false
}

// asksWhether says that the words before an "if" ask for an answer: "check if".
func asksWhether(ts []token) bool {
	for i := len(ts) - 1; i >= 0 && i >= len(ts)-3; i-- {
		if whetherWords[ts[i].lower] {
			return true
		}
	}
	return false
}

var whetherWords = catalog.Words(`check know see verify tell determine ask sure wonder wondering confirm find out`)

func (g *goal) newCondition(ts []token, negate bool) *condition {
	text := g.text[ts[0].start:spanEnd(g, ts[len(ts)-1])]
	return &condition{text: text, tokens: ts, negate: negate}
}

// comparisons are phrases that compare with a number; the longest come first.
var comparisons = []struct{ words, op string }{
	{"is greater than", ">"}, {"greater than", ">"}, {"more than", ">"}, {"higher than", ">"}, {"larger than", ">"}, {"bigger than", ">"}, {"at least", ">="},
	{"at most", "<="}, {"less than", "<"}, {"fewer than", "<"}, {"lower than", "<"}, {"smaller than", "<"}, {"not more than", "<="}, {"no more than", "<="},
	{"exceeds", ">"}, {"above", ">"}, {"over", ">"}, {"below", "<"}, {"under", "<"}, {"equals", "="}, {"equal to", "="},
}

// bindCondition finds the earlier answer that a condition speaks of; nil where
// there is none. Clauses that share a condition share the guard.
func (s *state) bindCondition(g *goal, c *condition) *draft.Guard {
	if guard, ok := s.guards[c]; ok {
		return guard
	}
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := s.steps[i]
		if st.Op == nil || st.Loop != nil || st.Guard != nil {
			continue
		}
		if guard := guardOn(g, c, st); guard != nil {
			if c.negate {
				guard = negated(guard)
			}
			guard.Text = c.text
			return guard
		}
	}
	return nil
}

// guardOn reads the condition as one on a step's answer; nil where it is none.
func guardOn(g *goal, c *condition, st *draft.Step) *draft.Guard {
	lower := strings.ToLower(c.text)
	op := ""
	for _, cmp := range comparisons {
		if strings.Contains(" "+lower+" ", " "+cmp.words+" ") {
			op = cmp.op
			break
		}
	}
	var number *value
	for _, t := range c.tokens {
		if t.value >= 0 && g.values[t.value].kind == kindNumber {
			number = &g.values[t.value]
		}
	}
	if op != "" && number != nil {
		return numberGuard(c, st, op, number.text)
	}
	if strings.HasPrefix(lower, "there are no ") || strings.HasPrefix(lower, "there is no ") || strings.HasPrefix(lower, "no ") || strings.Contains(lower, "not found") || strings.Contains(lower, "is empty") {
		return listGuard(c, st, "empty")
	}
	if guard := equalGuard(g, c, st); guard != nil {
		return guard
	}
	if strings.HasPrefix(lower, "there are ") || strings.HasPrefix(lower, "there is ") || strings.HasPrefix(lower, "any ") || strings.Contains(lower, "exist") || strings.Contains(lower, "found") || strings.HasPrefix(lower, "you find ") {
		return listGuard(c, st, "exists")
	}
	return nil
}

func listGuard(c *condition, st *draft.Step, op string) *draft.Guard {
	if !st.Op.IsList || !speaksOf(c.tokens, st.Op.Entity) {
		return nil
	}
	return &draft.Guard{Left: draft.Ref{Step: st.ID, Path: arrayOf(st.Op.Items)}, Op: op}
}

func numberGuard(c *condition, st *draft.Step, op, number string) *draft.Guard {
	if f := fieldSpokenOf(c.tokens, st.Op, func(f *catalog.Field) bool { return f.Is("number") || f.Is("integer") }); f != nil {
		return &draft.Guard{Left: draft.Ref{Step: st.ID, Path: f.Path}, Op: op, Right: []byte(number)}
	}
	if st.Op.IsList && speaksOf(c.tokens, st.Op.Entity) {
		return &draft.Guard{Left: draft.Ref{Step: st.ID, Path: arrayOf(st.Op.Items)}, Count: true, Op: op, Right: []byte(number)}
	}
	return nil
}

// equalGuard reads "the status is open", "it is available", "its state is not closed".
func equalGuard(g *goal, c *condition, st *draft.Step) *draft.Guard {
	op, rest := "=", []token(nil)
	for i, t := range c.tokens {
		if linking[t.lower] && t.value < 0 {
			rest = c.tokens[i+1:]
			break
		}
	}
	if len(rest) > 0 && (rest[0].lower == "not" || rest[0].lower == "no") {
		op, rest = "!=", rest[1:]
	}
	if len(rest) == 0 || len(rest) > 6 {
		return nil
	}
	for i := range st.Op.Yields {
		f := &st.Op.Yields[i]
		if f.Arrays > 1 || !f.Scalar() {
			continue
		}
		left := draft.Ref{Step: st.ID, Path: f.Path}
		if lit, ok := enumIn(f.Shape(), rest, f.Words); ok {
			return &draft.Guard{Left: left, Op: op, Right: lit}
		}
		if f.Is("boolean") && len(f.Words) > 0 && f.Words[len(f.Words)-1] == rest[len(rest)-1].stem {
			return &draft.Guard{Left: left, Op: op, Right: []byte("true")}
		}
	}
	f := fieldSpokenOf(c.tokens, st.Op, (*catalog.Field).Scalar)
	if f == nil || f.Enum() {
		return nil
	}
	t := rest[len(rest)-1]
	text := t.lower
	if t.value >= 0 {
		text = g.values[t.value].text
	}
	lit, ok := textFor(f, text)
	if !ok {
		return nil
	}
	return &draft.Guard{Left: draft.Ref{Step: st.ID, Path: f.Path}, Op: op, Right: lit}
}

var linking = catalog.Words(`is are was were equals has =`)

// fieldSpokenOf is the answer's field most of whose name the tokens say.
func fieldSpokenOf(ts []token, op *catalog.Op, ok func(*catalog.Field) bool) *catalog.Field {
	var best *catalog.Field
	bestScore := 0.99
	for i := range op.Yields {
		f := &op.Yields[i]
		if f.Arrays > 1 || len(f.Words) == 0 || !ok(f) {
			continue
		}
		said := 0
		for _, w := range f.Words {
			for _, t := range ts {
				if t.stem == w {
					said++
					break
				}
			}
		}
		score := float64(said)/float64(len(f.Words))*2 - 0.05*float64(len(f.Path)) - 0.2*float64(f.Arrays)
		if said > 0 && score > bestScore {
			best, bestScore = f, score
		}
	}
	return best
}

func speaksOf(ts []token, noun string) bool {
	stem := catalog.Stem(noun)
	for _, t := range ts {
		if t.stem == stem || pronouns[t.lower] {
			return true
		}
	}
	return false
}

func negated(g *draft.Guard) *draft.Guard {
	flip := map[string]string{"=": "!=", "!=": "=", ">": "<=", "<=": ">", "<": ">=", ">=": "<", "exists": "empty", "empty": "exists"}
	n := *g
	n.Op = flip[g.Op]
	return &n
}

// arrayOf is the path of a list without the "*" of its items.
func arrayOf(items []string) []string {
	if n := len(items); n > 0 && items[n-1] == "*" {
		return items[:n-1]
	}
	return items
}
