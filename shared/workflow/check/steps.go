package check

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// steps checks a list and tells what is known of its last step's value.
func (c *checker) steps(at string, steps []workflow.Step, sc values) (static.Value, values) {
	last := static.Of("null")
	for i := range steps {
		s := &steps[i]
		last = c.step(at+"/"+itoa(i), s, sc)
		sc = sc.with(s.ID, last)
	}
	return last, sc
}

// step checks one step and tells what is known of its value.
func (c *checker) step(at string, s *workflow.Step, sc values) static.Value {
	value := c.value(at, s, sc)
	value.Const, value.Lost = nil, "" // what is lost is said where it is read
	if s.OnError == nil {
		return value
	}
	switch s.OnError.Mode {
	case workflow.OnErrorContinue:
		return static.Union(value, static.Of("null"))
	case workflow.OnErrorSteps:
		instead, _ := c.steps(at+"/onError", s.OnError.Steps, sc)
		return static.Union(value, instead)
	}
	return value
}

func (c *checker) value(at string, s *workflow.Step, sc values) static.Value {
	switch s.Type {
	case workflow.TypeAPICall:
		return c.apiCall(at, s, sc)
	case workflow.TypeCondition:
		return c.condition(at, s, sc)
	case workflow.TypeLoop:
		return c.loop(at, s, sc)
	case workflow.TypeParallel:
		return c.parallel(at, s, sc)
	case workflow.TypeTransform:
		v := c.template(s.Value, sc)
		c.nowhere(at+"/value", v)
		return v
	case workflow.TypeWait:
		c.wait(at, s, sc)
		return static.Of("null")
	case workflow.TypeWorkflow:
		return c.nested(at, s, sc)
	}
	return static.Value{}
}

func (c *checker) condition(at string, s *workflow.Step, sc values) static.Value {
	var outcomes []static.Value
	if len(s.Cases) == 0 {
		c.lost(at, "/if", c.expression(s.If, sc))
	}
	for i, k := range s.Cases {
		c.lost(at, "/cases/"+itoa(i)+"/if", c.expression(k.If, sc))
	}
	for _, l := range s.Lists() {
		if l.Role == workflow.ListBranch {
			v, _ := c.steps(at+l.At, l.Steps, sc)
			if !fails(l.Steps) {
				outcomes = append(outcomes, v)
			}
		}
	}
	return static.Union(outcomes...)
}

// fails says that a list plainly ends the run, so that it gives no value.
func fails(steps []workflow.Step) bool {
	return len(steps) > 0 && steps[len(steps)-1].Type == workflow.TypeFail
}

// loop: over must be an array; a sequence counts, for one match is a list of one.
func (c *checker) loop(at string, s *workflow.Step, sc values) static.Value {
	over := c.expression(s.Over, sc)
	switch {
	case over.Missing != "":
		c.fail(at, "/over", Types, "missing_field", "There is no "+over.Missing+" to go over: the schema it comes from has no such field.")
	case !over.Known():
		c.add(at, Types, nil, "Whether "+short(s.Over)+" is an array is not known before the run.")
	case !over.May("array"):
		c.fail(at, "/over", Types, "type", "A loop goes over an array; "+short(s.Over)+" is "+words(over.Types)+".")
	default:
		c.add(at, Types, yes(), "It goes over an array.")
	}
	item := static.Value{}
	if over.May("array") && over.Parts != nil && (len(over.Types) == 1 || over.Sequence || slices.Equal(over.Types, []string{"array", "null"})) {
		item = over.Parts.Item()
		item.Const = nil
	}
	inner := sc.with(s.As, item).with("index", static.Of("integer"))
	last, inner := c.steps(at+"/do", s.Do, inner)
	if len(s.Collect) > 0 {
		last = c.template(s.Collect, inner)
		c.nowhere(at+"/collect", last)
	}
	last.Const = nil
	if s.Tolerate > 0 {
		last = static.Union(last, static.Of("null"))
	}
	return static.ArrayOf(last)
}

func (c *checker) parallel(at string, s *workflow.Step, sc values) static.Value {
	members := map[string]static.Value{}
	for _, l := range s.Lists() {
		if l.Role == workflow.ListSide {
			members[l.Name], _ = c.steps(at+l.At, l.Steps, sc)
		}
	}
	return static.Value{Types: []string{"object"}, Parts: static.Object(members)}
}

func (c *checker) wait(at string, s *workflow.Step, sc values) {
	field, text, want := "/until", s.Until, "string"
	if s.Until == "" {
		field, want = "/seconds", "number"
		if err := json.Unmarshal(s.Seconds, &text); err != nil {
			return // a number, which the schema judged
		}
	}
	if !expr.IsExpression(text) {
		return
	}
	v := c.expression(text, sc)
	fits := v.May(want) || want == "number" && v.May("integer")
	switch {
	case v.Missing != "":
		c.fail(at, field, Types, "missing_field", "There is no "+v.Missing+": the schema it comes from has no such field.")
	case !v.Known():
		c.add(at, Types, nil, "What "+short(text)+" is, is not known before the run.")
	case !fits:
		c.fail(at, field, Types, "type", "A "+want+" is needed; "+short(text)+" is "+words(v.Types)+".")
	default:
		c.add(at, Types, yes(), "It waits for a "+want+".")
	}
}

// nested: what the other workflow does is judged where it is kept.
func (c *checker) nested(at string, s *workflow.Step, sc values) static.Value {
	i := c.index[at]
	c.report.Steps[i].Risk, c.report.Steps[i].RiskReason = effect.Write, "It runs another workflow, which has risks of its own."
	if c.workflows == nil {
		c.add(at, Operation, nil, "The workflow has not been looked up.")
		return static.Value{}
	}
	other, err := c.workflows(c.ctx, s.Workflow, s.WorkflowVersion)
	switch {
	case apierr.CodeOf(err) == apierr.NotFound:
		c.fail(at, "/workflow", Operation, "not_found", "There is no such workflow or version in this workspace.")
		return static.Value{}
	case err != nil || other == nil:
		c.add(at, Operation, nil, "The workflow could not be looked up.")
		return static.Value{}
	}
	c.add(at, Operation, yes(), "It runs the workflow “"+other.Name+"”.")
	f := fitter{doc: spec.Bare()}
	input := static.Value{Types: []string{"object"}, Parts: static.Object(nil)}
	if len(s.Input) > 0 {
		input = c.template(s.Input, sc)
	}
	if len(other.Input) > 0 {
		f.bind("/input", input, f.doc.Shape(other.Input))
	}
	c.fitting(at, f.findings)
	return static.Value{}
}

// input is what the document's input schema tells of $input.
func (c *checker) input() static.Value {
	if len(c.doc.Input) == 0 {
		return static.Value{}
	}
	return ofShape(spec.Bare().Shape(c.doc.Input))
}

// template tells what is known of a template's value.
func (c *checker) template(raw json.RawMessage, sc values) static.Value {
	dynamic := false
	workflow.Strings(raw, "", func(_, text string) { dynamic = dynamic || expr.IsExpression(text) })
	if !dynamic {
		return static.Exactly(raw)
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return c.expression(text, sc)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) == nil {
		parts := map[string]static.Value{}
		for name, member := range members {
			parts[name] = c.template(member, sc)
		}
		return static.Value{Types: []string{"object"}, Parts: static.Object(parts)}
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) == nil {
		parts := make([]static.Value, len(items))
		for i, item := range items {
			parts[i] = c.template(item, sc)
		}
		return static.Value{Types: []string{"array"}, Parts: static.List(parts...)}
	}
	return static.Value{}
}

func (c *checker) expression(text string, sc values) static.Value {
	src, ok := expr.Unwrap(text)
	if !ok {
		return static.Value{}
	}
	return static.Infer(src, func(name string) (static.Value, bool) { v, ok := sc[name]; return v, ok })
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
