package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
)

// Score is a mean over the goals that it can be told of, or, where Percent is
// false, a plain number.
type Score struct {
	Name    string
	Value   float64
	N       int
	Percent bool
}

// Scores of the answers to a set of goals, in a fixed order.
type Scores []Score

// Get finds a score by its name.
func (s Scores) Get(name string) (Score, bool) {
	for _, v := range s {
		if v.Name == name {
			return v, true
		}
	}
	return Score{}, false
}

// Print writes the table.
func (s Scores) Print(w io.Writer) error {
	for _, v := range s {
		value := fmt.Sprintf("%6.1f", 100*v.Value)
		if !v.Percent {
			value = fmt.Sprintf("%6.3f", v.Value)
		}
		if _, err := fmt.Fprintf(w, "%-18s %s n=%d\n", v.Name, value, v.N); err != nil {
			return err
		}
	}
	return nil
}

// sums gathers means in the order in which they were first told.
type sums struct {
	order []string
	sum   map[string]float64
	n     map[string]int
}

func (s *sums) add(name string, v float64) {
	if _, ok := s.sum[name]; !ok {
		s.order = append(s.order, name)
	}
	s.sum[name] += v
	s.n[name]++
}

func (s *sums) truth(name string, v bool) {
	if v {
		s.add(name, 1)
	} else {
		s.add(name, 0)
	}
}

// judged is a confidence with whether the plan was right.
type judged struct {
	confidence float64
	right      bool
}

// Compute scores answers. A goal without an answer counts as answered wrongly.
func Compute(goals []Goal, answers []Answer) Scores {
	by := make(map[string]*Answer, len(answers))
	for i := range answers {
		by[answers[i].ID] = &answers[i]
	}
	s := &sums{sum: map[string]float64{}, n: map[string]int{}}
	var sure []judged
	for i := range goals {
		g := &goals[i]
		a := by[g.ID]
		if a == nil {
			a = &Answer{ID: g.ID}
		}
		if a.Ranked != nil {
			scoreRanking(s, g, a)
		}
		if len(g.Steps) == 0 || a.Ranked != nil && a.Steps == nil {
			continue // no plan was asked for
		}
		right := scorePlan(s, g, a)
		if a.Confidence != nil {
			sure = append(sure, judged{*a.Confidence, right})
		}
	}
	var out Scores
	for _, name := range s.order {
		out = append(out, Score{Name: name, Value: s.sum[name] / float64(s.n[name]), N: s.n[name], Percent: name != extraLength})
	}
	return append(out, calibration(sure)...)
}

const extraLength = "extra_len_when_CP"

func scoreRanking(s *sums, g *Goal, a *Answer) {
	gold := map[string]bool{}
	for _, op := range g.Gold() {
		gold[op] = true
	}
	for _, k := range []int{5, 10, 20} {
		found := map[string]bool{}
		for _, op := range a.Ranked[:min(k, len(a.Ranked))] {
			if gold[op] {
				found[op] = true
			}
		}
		s.add(fmt.Sprintf("R@%d", k), float64(len(found))/float64(len(gold)))
		s.truth(fmt.Sprintf("all@%d", k), len(found) == len(gold))
	}
}

// scorePlan tells whether the plan has exactly the gold's calls.
func scorePlan(s *sums, g *Goal, a *Answer) bool {
	gold := g.Gold()
	got := make([]string, 0, len(a.Steps))
	for _, c := range a.Steps {
		got = append(got, c.Op)
	}
	exact := strings.Join(gold, "\n") == strings.Join(got, "\n")
	s.truth("exact", exact)
	s.truth("set_equal", shared(gold, got) == len(gold) && len(gold) == len(got))
	s.add("node_f1", f1(gold, got))
	path := subsequence(gold, got)
	s.truth("CP", path)
	s.truth("CP+2", path && len(got) <= len(gold)+2)
	s.truth("answered", len(got) > 0)
	if path {
		s.add(extraLength, float64(len(got)-len(gold)))
	}
	if g.Edges != nil {
		scoreEdges(s, g, a, exact)
	}
	scoreArguments(s, g, a)
	if a.Valid != nil {
		s.truth("valid", *a.Valid)
	}
	return exact
}

// scoreEdges scores the data flow; where the calls are right also by itself, since there
// is none between calls that are not made.
func scoreEdges(s *sums, g *Goal, a *Answer, exact bool) {
	goldOps, gotOps := map[string]string{}, map[string]string{}
	for i, op := range g.Gold() {
		goldOps[g.Steps[i].ID] = op
	}
	for _, c := range a.Steps {
		gotOps[c.ID] = c.Op
	}
	gold, goldBound := edges(g.Edges, goldOps)
	got, gotBound := edges(a.Edges, gotOps)
	s.add("edge_f1", f1(gold, got))
	s.add("bind_f1", f1(goldBound, gotBound))
	if len(goldBound) > 0 {
		s.add("edge_recall", float64(shared(goldBound, gotBound))/float64(len(goldBound)))
	}
	if exact && len(gold) > 0 {
		s.add("edge_recall_exact", float64(shared(gold, got))/float64(len(gold)))
	}
}

// edges are the pairs of operations, each once, and with their parameters.
func edges(list []Edge, ops map[string]string) (pairs, bound []string) {
	seen := map[string]bool{}
	add := func(to *[]string, v string) {
		if !seen[v] {
			seen[v] = true
			*to = append(*to, v)
		}
	}
	for _, e := range list {
		from, ok1 := ops[e.FromStep]
		to, ok2 := ops[e.ToStep]
		if ok1 && ok2 {
			add(&pairs, from+"\n"+to)
			add(&bound, from+"\n"+to+"\n"+e.Param[strings.LastIndexByte(e.Param, '.')+1:])
		}
	}
	return pairs, bound
}

// scoreArguments compares the values that stand in the goal, where gold has any.
func scoreArguments(s *sums, g *Goal, a *Answer) {
	var names, values, gotNames, gotValues []string
	for i, op := range g.Gold() {
		for k, v := range g.Steps[i].Args {
			if text := plain(v); !strings.HasPrefix(text, "$") {
				names = append(names, op+"\n"+k)
				values = append(values, op+"\n"+k+"\n"+text)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	for _, c := range a.Steps {
		for k, raw := range c.Args {
			var v any
			if json.Unmarshal(raw, &v) != nil {
				continue
			}
			if text := plain(v); !strings.HasPrefix(text, "$") {
				gotNames = append(gotNames, c.Op+"\n"+k)
				gotValues = append(gotValues, c.Op+"\n"+k+"\n"+text)
			}
		}
	}
	s.add("arg_name_f1", f1(names, gotNames))
	s.add("arg_value_f1", f1(values, gotValues))
}

// plain is a value as text, so that 1 and "1" are the same.
func plain(v any) string {
	text := ""
	switch v := v.(type) {
	case nil:
		text = "none"
	case string:
		text = v
	case bool:
		text = fmt.Sprint(v)
	case float64:
		text = fmt.Sprint(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		text = string(raw)
	}
	return strings.ToLower(strings.Trim(strings.TrimSpace(text), `"`))
}

// shared counts what two lists have in common, repeats included.
func shared(a, b []string) int {
	count := map[string]int{}
	for _, x := range a {
		count[x]++
	}
	n := 0
	for _, x := range b {
		if count[x] > 0 {
			count[x]--
			n++
		}
	}
	return n
}

func f1(a, b []string) float64 {
	if len(a)+len(b) == 0 {
		return 1
	}
	return 2 * float64(shared(a, b)) / float64(len(a)+len(b))
}

func subsequence(gold, got []string) bool {
	i := 0
	for _, op := range got {
		if i < len(gold) && gold[i] == op {
			i++
		}
	}
	return i == len(gold)
}

// calibration compares confidences with what came of them: the mean distance in
// tenths of the goals, the mean square of the error, and how many plans are right of
// the third that is surest.
func calibration(sure []judged) Scores {
	if len(sure) == 0 {
		return nil
	}
	sort.SliceStable(sure, func(i, j int) bool {
		if sure[i].confidence != sure[j].confidence {
			return sure[i].confidence < sure[j].confidence
		}
		return !sure[i].right && sure[j].right
	})
	off, square := 0.0, 0.0
	for size, i := max(1, len(sure)/10), 0; i < len(sure); i += size {
		said, was := 0.0, 0.0
		for _, j := range sure[i:min(i+size, len(sure))] {
			said += j.confidence
			was += truth(j.right)
		}
		off += math.Abs(said - was)
	}
	for _, j := range sure {
		square += (j.confidence - truth(j.right)) * (j.confidence - truth(j.right))
	}
	top := sure[len(sure)-(len(sure)+2)/3:]
	right := 0.0
	for _, j := range top {
		right += truth(j.right)
	}
	n := float64(len(sure))
	return Scores{
		{Name: "ECE10", Value: off / n, N: len(sure)},
		{Name: "Brier", Value: square / n, N: len(sure)},
		{Name: "exact_top_third", Value: right / float64(len(top)), N: len(top), Percent: true},
	}
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
