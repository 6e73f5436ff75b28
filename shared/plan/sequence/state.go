package sequence

import "slices"

// End is the index that stands for ending the plan.
const End = -1

// state is what the features of the next step look at.
type state struct {
	calls   []int  // candidates called so far
	covered []bool // words of the goal that name a call so far
	served  []int  // how many calls serve each clause best
	hit     []bool // mentions that a call serves
	pointer int    // the mention after the last that is hit
	open    int    // needs of the calls so far that no earlier one fills
	// expected is the first clause that no call serves.
	expected int
	left     float64 // part of the goal's words that name no call
	next     int     // what the rules call next, End for nothing
	ahead    int     // how many calls the rules have left
}

func (p *problem) state(calls []int) *state {
	st := &state{calls: calls, covered: make([]bool, len(p.Goal.Words)), served: make([]int, p.Goal.Clauses), hit: make([]bool, len(p.Mentions))}
	for n, i := range calls {
		k := &p.known[i]
		if m := p.serves(k, st); m >= 0 {
			st.hit[m] = true
			st.pointer = max(st.pointer, m+1)
		}
		for j, v := range k.Names {
			st.covered[j] = st.covered[j] || v
		}
		if k.clause >= 0 {
			st.served[k.clause]++
		}
		filled, _ := k.filled(calls[:n])
		st.open += len(k.needs) - filled
	}
	for st.expected < len(st.served) && st.served[st.expected] > 0 {
		st.expected++
	}
	for j, w := range p.Goal.Words {
		if !st.covered[j] {
			st.left += w.Weight
		}
	}
	st.left /= max(p.Words, 1e-9)
	st.next = End
	for i := range p.known {
		if r := p.known[i].Ruled; r > 0 && !slices.Contains(calls, i) {
			st.ahead++
			if st.next == End || r < p.known[st.next].Ruled {
				st.next = i
			}
		}
	}
	return st
}

const (
	leastFit  = 0.05 // from which a call serves a mention
	hitAgain  = 0.5
	goingBack = 0.8
)

// serves is the mention that a call is taken to serve: the one that it fits best,
// those that no call serves before others.
func (p *problem) serves(k *known, st *state) int {
	best, score := -1, leastFit
	for j := range p.Mentions {
		v := k.Mentions[j].All
		if st.hit[j] {
			v *= hitAgain
		}
		if j < st.pointer {
			v *= goingBack
		}
		if v > score {
			best, score = j, v
		}
	}
	return best
}

// filled counts the needs that calls fill, and those that the last of them does.
func (k *known) filled(calls []int) (all, last int) {
	for n := range k.needs {
		if slices.ContainsFunc(calls, func(i int) bool { return slices.Contains(k.fills[n], i) }) {
			all++
		}
		if len(calls) > 0 && slices.Contains(k.fills[n], calls[len(calls)-1]) {
			last++
		}
	}
	return all, last
}

// fresh is the weight of the goal's words that are marked and name no call so far.
func (p *problem) fresh(st *state, marked []bool) float64 {
	sum := 0.0
	for j, w := range p.Goal.Words {
		if marked[j] && !st.covered[j] {
			sum += w.Weight
		}
	}
	return sum
}

// ruled: the calls so far are the rules' whole plan.
func (p *problem) ruled(st *state) bool {
	return st.ahead == 0 && !slices.ContainsFunc(st.calls, func(i int) bool { return p.known[i].Ruled == 0 })
}
