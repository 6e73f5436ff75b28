package arazzo

import (
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// maxInlined is how deep workflows may run workflows.
const maxInlined = 10

// flow is a workflow of the description on its way into steps.
type flow struct {
	d     *description
	wf    node
	scope scope
	steps []node
	ids   []string
	index map[string]int
	after []leave // where each step leads
	// branched: the ways end in different places, so each gives the outputs itself.
	branched bool
	last     scope    // where nothing branched: what is known at the end
	stack    []string // the workflows around, and this one
}

// flow prepares a workflow, or tells why it cannot be one.
func (d *description) flow(wf node, sc scope, caller string, stack []string) *flow {
	id := wf.text("workflowId")
	if slices.Contains(stack, id) || len(stack) >= maxInlined {
		d.f.refuse(caller, "cycle", "The workflow %s runs itself, or workflows run each other more than %d deep.", cut(id), maxInlined)
		return nil
	}
	f := &flow{d: d, wf: wf, scope: sc, index: map[string]int{}, stack: append(slices.Clone(stack), id)}
	d.used[id] = true
	if wf.has("dependsOn") {
		wf.child("dependsOn").refuse("depends_on", "A workflow that waits for other workflows cannot be mapped: run them as steps, by workflowId.")
	}
	for _, n := range wf.list("steps") {
		if !n.object(mark, "stepId", "description", "operationId", "operationPath", "channelPath", "workflowId", "parameters", "requestBody",
			"successCriteria", "onSuccess", "onFailure", "outputs", "timeout", "correlationId", "action", "dependsOn") {
			return nil
		}
		for _, field := range []string{"channelPath", "correlationId", "action"} {
			if n.has(field) {
				n.child(field).refuse("async", "Messages of AsyncAPI cannot be mapped.")
			}
		}
		id := n.required("stepId")
		if _, taken := f.index[id]; taken {
			n.child("stepId").refuse("duplicate", "There is another step of this id.")
		}
		f.index[id] = len(f.steps)
		f.steps, f.ids = append(f.steps, n), append(f.ids, id)
	}
	if !f.leaves() || !f.ordered() {
		return nil
	}
	return f
}

// run gives the steps, and what the workflow's outputs come to after them, nil
// where there are none.
func (f *flow) run() (steps []workflow.Step, outputs any) {
	steps = f.from(0, f.scope)
	if !f.wf.has("outputs") || len(steps) == 0 {
		return steps, nil
	}
	if f.branched {
		return steps, expr.Wrap("$" + steps[len(steps)-1].ID)
	}
	return steps, f.outputs(f.last)
}

// from gives the steps from the i-th on, in the scope in which they run.
func (f *flow) from(i int, sc scope) []workflow.Step {
	if i == len(f.steps) {
		return f.end(sc)
	}
	f.depends(i, sc)
	steps, b := f.step(i, sc)
	if steps == nil || len(f.d.ids) > workflow.MaxSteps {
		if steps != nil {
			f.wf.child("steps").refuse("too_many", "As a workflow document, this has more than %d steps: each way through it is written out.", workflow.MaxSteps)
		}
		return nil
	}
	return append(steps, f.next(i, sc, sc.with(f.ids[i], b), b)...)
}

// next is what follows the i-th step: what is after it, or a condition.
func (f *flow) next(i int, before, sc scope, b binding) []workflow.Step {
	way := f.after[i]
	var cases []workflow.Case
	add := func(src string, steps []workflow.Step) {
		if steps == nil {
			steps = []workflow.Step{}
		}
		cases = append(cases, workflow.Case{If: expr.Wrap(src), Steps: steps})
	}
	id := ""
	if way.branches() {
		id = f.d.fresh(f.ids[i] + "_next")
	}
	if way.failure != nil {
		src, _ := path("$"+b.id, segment{name: failedMember})
		add(src+" = true", f.jump(i, way.failure.to, before.with(f.ids[i], binding{skipped: true})))
	}
	rest, always := i+1, false
	for k, a := range way.success {
		if len(a.criteria) == 0 {
			rest, always = a.to, true
			break
		}
		src := ""
		if a.ofResponse {
			src, _ = path("$"+b.id, segment{name: onMember(k)})
			src += " = true"
		} else if c, ok := sc.criteria(a.criteria); ok {
			src = c.jsonata()
		}
		add(src, f.jump(i, a.to, sc))
	}
	var others []workflow.Step
	if always {
		others = f.jump(i, rest, sc)
	} else {
		others = f.from(rest, sc)
	}
	switch len(cases) {
	case 0:
		return others
	case 1:
		return []workflow.Step{{ID: id, Type: workflow.TypeCondition, If: cases[0].If, Then: cases[0].Steps, Else: others}}
	}
	return []workflow.Step{{ID: id, Type: workflow.TypeCondition, Cases: cases, Else: others}}
}

// jump goes on at another step, or ends: what is left out is known not to run.
func (f *flow) jump(i, to int, sc scope) []workflow.Step {
	sc.steps = maps.Clone(sc.steps)
	for k := i + 1; k < to; k++ {
		if _, ran := sc.steps[f.ids[k]]; !ran {
			sc.steps[f.ids[k]] = binding{skipped: true}
		}
	}
	return f.from(to, sc)
}

// end is the end of a way.
func (f *flow) end(sc scope) []workflow.Step {
	if !f.branched {
		f.last = sc
		return nil
	}
	if !f.wf.has("outputs") {
		return nil
	}
	return []workflow.Step{{ID: f.d.fresh("outputs"), Type: workflow.TypeTransform, Value: encode(f.outputs(sc))}}
}

// outputs is the template of the workflow's outputs.
func (f *flow) outputs(sc scope) any {
	return sc.outputMap(f.wf.child("outputs"))
}

// outputMap reads a map of outputs: each is a runtime expression or a selector.
func (s scope) outputMap(n node) map[string]any {
	out := map[string]any{}
	if _, ok := n.v.(map[string]any); !ok {
		n.refuse("type", "An object is needed here.")
	}
	for _, name := range n.names() {
		c := n.child(name)
		text, isText := c.v.(string)
		m, isObject := c.v.(map[string]any)
		switch {
		case isText && (isRuntime(text) || strings.Contains(text, "{$")), isObject && isSelector(m):
		default:
			c.refuse("expression", "An output is a runtime expression.")
			continue
		}
		if v, given := s.value(c); given {
			out[name] = v
		}
	}
	return out
}

// depends judges dependsOn on a way: what a step waits for must run on it.
func (f *flow) depends(i int, sc scope) {
	for _, n := range f.steps[i].list("dependsOn") {
		id, _ := n.v.(string)
		if b, ok := sc.steps[id]; !ok || b.skipped {
			n.refuse("depends_on", "The step %s does not run before this one on every way that leads here.", cut(id))
		}
	}
}

// ordered puts steps behind those that they depend on.
func (f *flow) ordered() bool {
	waits := make([][]int, len(f.steps))
	moved := false
	for i, n := range f.steps {
		for _, dep := range n.list("dependsOn") {
			id, _ := dep.v.(string)
			k, ok := f.index[id]
			if !ok {
				dep.refuse("depends_on", "There is no step %s in this workflow; steps of others cannot be waited for.", cut(id))
				return false
			}
			waits[i] = append(waits[i], k)
			moved = moved || k >= i
		}
	}
	if !moved {
		return true
	}
	if f.branched {
		f.wf.child("steps").refuse("depends_on", "Steps that wait for later ones cannot be mapped together with goto and end.")
		return false
	}
	var order []int
	for len(order) < len(f.steps) {
		next := slices.IndexFunc(f.steps, func(n node) bool {
			i := f.index[n.text("stepId")]
			return !slices.Contains(order, i) && !slices.ContainsFunc(waits[i], func(k int) bool { return !slices.Contains(order, k) })
		})
		if next < 0 {
			f.wf.child("steps").refuse("cycle", "Steps wait for each other.")
			return false
		}
		order = append(order, next)
	}
	steps, ids, after := make([]node, len(order)), make([]string, len(order)), make([]leave, len(order))
	for to, from := range order {
		steps[to], ids[to], after[to] = f.steps[from], f.ids[from], f.after[from]
	}
	f.steps, f.ids, f.after = steps, ids, after
	for i, id := range ids {
		f.index[id] = i
	}
	return true
}
