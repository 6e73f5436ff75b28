package arazzo

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// Members of a step's value that only conditions made here read: whether it failed,
// and whether the k-th criteria held.
const failedMember = "$failed"

func onMember(k int) string { return "$on" + strconv.Itoa(k) }

// action is one of a step's actions.
type action struct {
	at         node
	kind       string
	to         int // the step to go on at; len(steps) ends
	criteria   []node
	ofResponse bool // they read what only the step itself can
}

// leave is where a step leads.
type leave struct {
	success []action
	// failure is where a failure goes that does not end the run; goOn says that it is
	// to the step after.
	failure *action
	goOn    bool
	retry   []workflow.Retry
}

func (l leave) branches() bool {
	return l.failure != nil || slices.ContainsFunc(l.success, func(a action) bool { return len(a.criteria) > 0 })
}

// leaves reads the actions of all steps.
func (f *flow) leaves() bool {
	before := len(f.d.f.problems)
	f.after = make([]leave, len(f.steps))
	for i := range f.steps {
		l := &f.after[i]
		for _, n := range f.actions(i, "onSuccess", "successActions") {
			a, ok := f.action(n, i, "end", "goto")
			switch {
			case !ok:
			case len(l.success) > 0 && len(l.success[len(l.success)-1].criteria) == 0:
				n.note("unreachable", "The action is never taken: the one before it always is.")
			default:
				l.success = append(l.success, a)
			}
		}
		// Going on at the next step is what happens anyway.
		if k := len(l.success); k > 0 && len(l.success[k-1].criteria) == 0 && l.success[k-1].to == i+1 {
			l.success = l.success[:k-1]
		}
		f.failures(i, l)
		f.branched = f.branched || l.branches() || len(l.success) > 0
	}
	return len(f.d.f.problems) == before
}

// actions are a step's own and then those of the workflow that it does not replace.
func (f *flow) actions(i int, own, common string) []node {
	var out []node
	var names []string
	for _, list := range [][]node{f.steps[i].list(own), f.wf.list(common)} {
		var added []string
		for _, n := range list {
			n, ok := f.d.component(n, common)
			if !ok {
				continue
			}
			name := n.text("name")
			if !slices.Contains(names, name) {
				out, added = append(out, n), append(added, name)
			}
		}
		names = append(names, added...)
	}
	return out
}

func (f *flow) action(n node, i int, kinds ...string) (action, bool) {
	if !n.object("name", "type", "workflowId", "stepId", "parameters", "retryAfter", "retryLimit", "criteria") {
		return action{}, false
	}
	n.required("name")
	a := action{at: n, kind: n.required("type"), to: len(f.steps), criteria: n.list("criteria")}
	if !slices.Contains(kinds, a.kind) {
		n.child("type").refuse("action", "One of %s.", strings.Join(kinds, ", "))
		return a, false
	}
	if n.has("workflowId") || n.has("parameters") {
		n.refuse("action", "Going to another workflow cannot be mapped: run it as a step, by workflowId.")
		return a, false
	}
	for _, c := range a.criteria {
		text := string(encode(c.v))
		a.ofResponse = a.ofResponse || strings.Contains(text, "$response.") || strings.Contains(text, "$statusCode")
	}
	if a.kind == "retry" && n.has("stepId") {
		n.child("stepId").refuse("action", "A retry that runs another step first cannot be mapped.")
		return a, false
	}
	if a.kind != "goto" {
		return a, true
	}
	to, ok := f.index[n.required("stepId")]
	switch {
	case !ok:
		n.child("stepId").refuse("unknown_step", "There is no such step in this workflow.")
		return a, false
	case to <= i:
		n.child("stepId").refuse("goto_back", "Going back to a step that has run cannot be mapped: steps here go forward only.")
		return a, false
	}
	a.to = to
	return a, true
}

// failures: retries first, then one action for what is left.
func (f *flow) failures(i int, l *leave) {
	var last *action
	for _, n := range f.actions(i, "onFailure", "failureActions") {
		a, ok := f.action(n, i, "end", "retry", "goto")
		switch {
		case !ok:
		case last != nil:
			n.note("unreachable", "The action is never taken: the one before it always is.")
		case f.steps[i].has("workflowId") && a.kind != "end":
			n.refuse("action", "What a step does when the workflow that it runs fails can only be to end.")
		case a.kind == "retry":
			if r, ok := f.retry(a); ok {
				l.retry = append(l.retry, r...)
			}
			if l.retry == nil {
				l.retry = []workflow.Retry{}
			}
		case len(a.criteria) > 0:
			n.child("criteria").refuse("criteria", "After a failure only a retry may depend on criteria, and on the status alone.")
		default:
			last = &a
		}
	}
	switch {
	case last == nil || last.kind == "end": // the run ends as failed, which it does anyway
	case last.to == i+1:
		l.goOn = true
	default:
		l.failure = last
	}
}

// retry maps a retry: no entries for a limit of none.
func (f *flow) retry(a action) ([]workflow.Retry, bool) {
	r := workflow.Retry{Errors: []string{"States.ALL"}, MaxAttempts: 1, BackoffRate: 1}
	if limit, ok := a.at.number("retryLimit"); ok {
		if limit == 0 {
			return nil, true
		}
		if limit > 20 || limit != math.Trunc(limit) {
			a.at.child("retryLimit").refuse("range", "At most 20 retries.")
			return nil, false
		}
		r.MaxAttempts = int(limit)
	}
	if after, ok := a.at.number("retryAfter"); ok {
		if after > 86400 {
			a.at.child("retryAfter").refuse("range", "At most 86400 seconds.")
			return nil, false
		}
		if r.IntervalSeconds = int(math.Ceil(after)); float64(r.IntervalSeconds) != after || r.IntervalSeconds == 0 {
			a.at.child("retryAfter").note("rounded", "Retries wait for whole seconds, one at least.")
		}
		r.IntervalSeconds = max(1, r.IntervalSeconds)
	}
	c, ok := scope{response: true}.criteria(a.criteria)
	if !ok || c == nil {
		return []workflow.Retry{r}, ok
	}
	if !c.ofStatus() {
		a.at.child("criteria").refuse("criteria", "A retry may depend on $statusCode alone.")
		return nil, false
	}
	if r.Errors = statuses(c); len(r.Errors) == 0 || len(r.Errors) > 20 {
		a.at.child("criteria").refuse("criteria", "The criteria hold for no status, or for too many to name.")
		return nil, false
	}
	return []workflow.Retry{r}, true
}

// statuses are the names of the errors for which a condition holds.
func statuses(c *cond) []string {
	var out []string
	for class := 1; class <= 5; class++ {
		var names []string
		for s := class * 100; s < class*100+100; s++ {
			if c.holds(float64(s)) {
				names = append(names, "Http."+strconv.Itoa(s))
			}
		}
		if len(names) == 100 {
			names = []string{"Http." + strconv.Itoa(class) + "xx"}
		}
		out = append(out, names...)
	}
	return out
}

// component follows a Reusable Object.
func (d *description) component(n node, kind string) (node, bool) {
	if !n.has("reference") {
		return n, true
	}
	if !n.object("reference", "value") {
		return n, false
	}
	name, ok := strings.CutPrefix(n.text("reference"), "$components."+kind+".")
	target := d.root.child("components").child(kind).child(name)
	m, isObject := target.v.(map[string]any)
	if !ok || !isObject || target.has("reference") {
		n.child("reference").refuse("reference", "There is no such object among the components of this kind.")
		return n, false
	}
	if n.has("value") {
		m = maps.Clone(m)
		m["value"] = n.child("value").v
		target.v = m
	}
	return target, true
}
