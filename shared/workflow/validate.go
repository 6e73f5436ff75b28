package workflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/expr"
)

// Validate judges what the schema cannot: ids unique and free, expressions that
// parse and name only what must have run, steps that can be reached, an input
// schema that compiles. A document built in Go must go through Parse or this.
//
// What must have run before a step: the steps before it in its own list, and
// what was visible where that list stands. A step inside a branch, a loop or an
// onError list is visible nowhere outside of it; the step that holds it has the
// value instead (a condition and an onError list that of the last step that ran
// in them, a loop the list, parallel an object).
func (d *Document) Validate() []apierr.Problem {
	v := &validator{ids: map[string]string{}}
	v.declare("/steps", d.Steps, 1, nil)
	if len(v.problems) > 0 && v.fatal {
		return v.problems
	}
	v.functions = d.Functions()
	end := v.steps("/steps", d.Steps, &scope{names: []string{"input"}})
	v.template("/output", d.Output, end)
	v.concurrency("/concurrency", d.Concurrency)
	if d.OnFailure == OnFailureUndo && !d.undoes() {
		v.put("/onFailure", "nothing_to_undo", "No step says how it is undone: give at least one api_call an undo, or leave onFailure out.")
	}
	if len(d.Input) > 0 {
		if _, err := compileSchema(d.Input); err != nil {
			v.put("/input", "schema", "The input schema is not a valid JSON Schema (2020-12) on its own.")
		}
	}
	return v.problems
}

// scope is what an expression at some place may name.
type scope struct {
	outer *scope
	names []string
}

func (s *scope) with(names ...string) *scope { return &scope{outer: s, names: names} }

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if slices.Contains(s.names, name) {
			return true
		}
	}
	return false
}

type validator struct {
	problems []apierr.Problem
	ids      map[string]string // step id → pointer of its first step
	count    int
	fatal    bool
	// functions are the names that are also functions'.
	functions []string
}

func (v *validator) put(at, code, text string) {
	if len(v.problems) <= maxProblems {
		v.problems = append(v.problems, apierr.Problem{Path: at, Code: code, Message: text})
	}
}

// declare collects the ids, so that expressions can be told "later" from "never".
func (v *validator) declare(at string, steps []Step, depth int, names []string) {
	if depth > MaxDepth {
		v.fatal = true
		v.put(at, "too_deep", fmt.Sprintf("Steps may be nested %d deep.", MaxDepth))
		return
	}
	for i := range steps {
		s, here := &steps[i], at+"/"+strconv.Itoa(i)
		if v.count++; v.count == MaxSteps+1 {
			v.fatal = true
			v.put(here, "too_many", fmt.Sprintf("A workflow has at most %d steps.", MaxSteps))
			return
		}
		if first, taken := v.ids[s.ID]; taken {
			v.put(here+"/id", "duplicate_id", "The id is taken by the step at "+first+".")
		} else {
			v.ids[s.ID] = here
		}
		v.name(here+"/id", s.ID)
		inner := names
		if s.Type == TypeLoop {
			v.name(here+"/as", s.As)
			if slices.Contains(names, s.As) {
				v.put(here+"/as", "duplicate_id", "A loop around this one has the same name for its items.")
			}
			inner = append(slices.Clone(names), s.As)
		}
		for _, l := range s.Lists() {
			if l.Role == ListOnError {
				v.declare(here+l.At, l.Steps, depth+1, names)
			} else {
				v.declare(here+l.At, l.Steps, depth+1, inner)
			}
		}
	}
	if depth == 1 {
		v.loopNames("/steps", steps)
	}
}

// loopNames refuses a loop whose items would hide a step.
func (v *validator) loopNames(at string, steps []Step) {
	for i := range steps {
		s, here := &steps[i], at+"/"+strconv.Itoa(i)
		if first, taken := v.ids[s.As]; s.Type == TypeLoop && taken {
			v.put(here+"/as", "duplicate_id", "The name is the id of the step at "+first+".")
		}
		for _, l := range s.Lists() {
			v.loopNames(here+l.At, l.Steps)
		}
	}
}

// name refuses names that mean something else in expressions.
func (v *validator) name(at, name string) {
	if slices.Contains([]string{"input", "index", "states", "response"}, name) {
		v.put(at, "reserved", "$"+name+" has a meaning of its own; choose another name.")
	}
}

// steps judges a list and returns what is visible after it.
func (v *validator) steps(at string, steps []Step, sc *scope) *scope {
	ended := ""
	for i := range steps {
		s, here := &steps[i], at+"/"+strconv.Itoa(i)
		if ended != "" {
			v.put(here, "unreachable", "No run gets here: the step "+ended+" always ends it.")
			ended = ""
		}
		v.step(here, s, sc)
		if s.ends() {
			ended = s.ID
		}
		sc = sc.with(s.ID)
	}
	return sc
}

func (v *validator) step(at string, s *Step, sc *scope) {
	inner := sc
	switch s.Type {
	case TypeAPICall:
		v.apiCall(at, s, sc)
	case TypeCondition:
		if len(s.Cases) == 0 {
			v.expression(at+"/if", s.If, sc)
		}
		for i, c := range s.Cases {
			v.expression(at+"/cases/"+strconv.Itoa(i)+"/if", c.If, sc)
		}
	case TypeLoop:
		v.expression(at+"/over", s.Over, sc)
		inner = sc.with(s.As, "index")
	case TypeTransform:
		v.template(at+"/value", s.Value, sc)
	case TypeWait:
		v.template(at+"/seconds", s.Seconds, sc)
		v.until(at+"/until", s.Until, sc)
	case TypeApproval:
		v.text(at+"/message", s.Message, sc)
		if s.TimeoutSeconds > 0 && s.EscalateAfterSeconds >= s.TimeoutSeconds {
			v.put(at+"/escalateAfterSeconds", "range", "The approval's time runs out before its delegates may decide: choose less than timeoutSeconds.")
		}
	case TypeWorkflow:
		v.template(at+"/input", s.Input, sc)
	case TypeFail:
		v.text(at+"/cause", s.Cause, sc)
	}
	for _, l := range s.Lists() {
		switch l.Role {
		case ListOnError:
			v.steps(at+l.At, l.Steps, sc)
		case ListLoop:
			v.template(at+"/collect", s.Collect, v.steps(at+l.At, l.Steps, inner))
		default:
			v.steps(at+l.At, l.Steps, inner)
		}
	}
}

func (v *validator) apiCall(at string, s *Step, sc *scope) {
	v.members(at+"/parameters", s.Parameters, sc)
	v.members(at+"/headers", s.Headers, sc)
	v.template(at+"/body", s.Body, sc)
	answered := sc.with("response")
	v.template(at+"/output", s.Output, answered)
	if s.Success != "" {
		v.expression(at+"/success", s.Success, answered)
	}
	if s.Paginate != nil {
		v.paginate(at+"/paginate", s.Paginate, answered)
	}
	if r := s.Reconcile; r != nil {
		v.members(at+"/reconcile/parameters", r.Parameters, sc)
		v.expression(at+"/reconcile/found", r.Found, answered)
		v.template(at+"/reconcile/output", r.Output, answered)
	}
	if s.Undo != nil {
		done := answered.with(s.ID)
		v.members(at+"/undo/parameters", s.Undo.Parameters, done)
		v.template(at+"/undo/body", s.Undo.Body, done)
	}
}

// paginate judges what each kind of pages takes.
func (v *validator) paginate(at string, p *Paginate, sc *scope) {
	v.expression(at+"/items", p.Items, sc)
	if p.Next != "" {
		v.expression(at+"/next", p.Next, sc)
	}
	for _, f := range []struct {
		name          string
		given         bool
		needed, taken []string // kinds
	}{
		{"next", p.Next != "", []string{PagesByCursor}, []string{PagesByLink, PagesByCursor}},
		{"param", p.Param != "", []string{PagesByCursor, PagesByOffset, PagesByNumber}, []string{PagesByCursor, PagesByOffset, PagesByNumber}},
		{"size", p.Size != 0, nil, []string{PagesByOffset, PagesByNumber}},
	} {
		switch {
		case !f.given && slices.Contains(f.needed, p.Kind):
			v.put(at+Pointer(f.name), "required", "Pages of the kind "+p.Kind+" need "+f.name+".")
		case f.given && !slices.Contains(f.taken, p.Kind):
			v.put(at+Pointer(f.name), "unexpected", f.name+" goes with a kind of pages: "+strings.Join(f.taken, ", ")+".")
		}
	}
}

func (v *validator) members(at string, m map[string]json.RawMessage, sc *scope) {
	for _, name := range sortedKeys(m) {
		v.values(at+Pointer(name), m[name], sc)
	}
	if whole, err := json.Marshal(m); err == nil { // the values were JSON before
		v.fits(at, whole)
	}
}

func (v *validator) template(at string, template json.RawMessage, sc *scope) {
	v.values(at, template, sc)
	v.fits(at, template)
}

// fits refuses what would become too long an expression for the engines.
func (v *validator) fits(at string, template json.RawMessage) {
	if joined(template) > expr.MaxLength {
		v.put(at, "too_long", fmt.Sprintf("Text and expressions together may have about %d KiB here. Give long text to the run as an input, or read it by a step.", expr.MaxLength>>10))
	}
}

// values judges the expressions and numbers of a template.
func (v *validator) values(at string, template json.RawMessage, sc *scope) {
	Strings(template, at, func(at, text string) { v.text(at, text, sc) })
	numbers(template, at, func(at string) {
		v.put(at, "number", "The number cannot be kept exactly; write it as text.")
	})
}

// text judges a string that may be an expression.
func (v *validator) text(at, text string, sc *scope) {
	switch {
	case expr.IsExpression(text):
		v.expression(at, text, sc)
	case partial(text):
		v.put(at, "expression", "An expression is the whole string: write {% 'text ' & $step.field %} to join text.")
	}
}

func (v *validator) expression(at, text string, sc *scope) {
	src, ok := expr.Unwrap(text)
	if !ok {
		v.put(at, "expression", "An expression is needed here, between {% and %}.")
		return
	}
	program, err := expr.Compile(src, nil)
	if err != nil {
		var fault *expr.Error
		where := ""
		if errors.As(err, &fault) && fault.Pos >= 0 {
			where = fmt.Sprintf(" (at character %d)", fault.Pos+1)
		}
		v.put(at, "expression", "The expression is not usable: "+err.Error()+where+".")
		return
	}
	if len(program.ContextUses()) > 0 {
		v.put(at, "no_context", "An expression reads by name: start with $input, $<step> or another value, not with a bare field or $.")
	}
	names, mixed := Reads(program, v.functions)
	if mixed != "" {
		v.put(at, "ambiguous", "$"+mixed+" is a step and a function here: rename the step, or split the expression.")
	}
	for _, name := range names {
		if !sc.has(name) {
			v.unseen(at, name)
		}
	}
}

func (v *validator) unseen(at, name string) {
	first, exists := v.ids[name]
	switch {
	case exists:
		v.put(at, "not_before", fmt.Sprintf("$%s is not known to have run here: the step at %s comes later or inside a branch or loop.", name, first))
	case name == "response":
		v.put(at, "unknown_name", "$response is there only in output, success, paginate, reconcile and undo of an api_call.")
	case name == "index":
		v.put(at, "unknown_name", "$index is there only inside a loop.")
	case name == "states":
		v.put(at, "unknown_name", "$states belongs to the engine: use $input and $<step>.")
	default:
		v.put(at, "unknown_name", "There is no step or value $"+name+".")
	}
}
