package workflow

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// ListRole says how a step holds a list of steps.
type ListRole int

// The roles of lists.
const (
	ListBranch ListRole = iota // one of several ways: then, else, cases
	ListSide                   // one of parallel branches
	ListLoop                   // done for each item
	ListOnError
)

// List is a list of steps inside a step.
type List struct {
	Role ListRole
	// At is the list's JSON Pointer inside the step: "/then", "/branches/left".
	At string
	// Name is the branch's, of parallel.
	Name  string
	Steps []Step
}

// Lists are the lists inside a step that the step's type makes count, in a fixed
// order; onError comes last.
func (s *Step) Lists() []List {
	var all []List
	switch s.Type {
	case TypeCondition:
		for i, c := range s.Cases {
			all = append(all, List{Role: ListBranch, At: "/cases/" + strconv.Itoa(i) + "/steps", Steps: c.Steps})
		}
		if len(s.Cases) == 0 {
			all = append(all, List{Role: ListBranch, At: "/then", Steps: s.Then})
		}
		all = append(all, List{Role: ListBranch, At: "/else", Steps: s.Else})
	case TypeLoop:
		all = append(all, List{Role: ListLoop, At: "/do", Steps: s.Do})
	case TypeParallel:
		for _, name := range sortedKeys(s.Branches) {
			all = append(all, List{Role: ListSide, At: "/branches" + Pointer(name), Name: name, Steps: s.Branches[name]})
		}
	}
	if s.OnError != nil && s.OnError.Mode == OnErrorSteps {
		all = append(all, List{Role: ListOnError, At: "/onError", Steps: s.OnError.Steps})
	}
	return all
}

// Walk visits every step with its JSON Pointer, a step before what it holds.
func (d *Document) Walk(visit func(at string, s *Step)) { walk("/steps", d.Steps, visit) }

func walk(at string, steps []Step, visit func(string, *Step)) {
	for i := range steps {
		here := at + "/" + strconv.Itoa(i)
		visit(here, &steps[i])
		for _, l := range steps[i].Lists() {
			walk(here+l.At, l.Steps, visit)
		}
	}
}

// Connections are the ids of the connections that the document uses, sorted.
func (d *Document) Connections() []string {
	seen := map[string]bool{}
	d.Walk(func(_ string, s *Step) {
		if s.Type == TypeAPICall {
			seen[s.Connection] = true
			if s.Undo != nil && s.Undo.Connection != "" {
				seen[s.Undo.Connection] = true
			}
		}
	})
	return sortedKeys(seen)
}

// Workflows are the ids of the workflows that the document's steps run, sorted.
func (d *Document) Workflows() []string {
	seen := map[string]bool{}
	d.Walk(func(_ string, s *Step) {
		if s.Type == TypeWorkflow {
			seen[s.Workflow] = true
		}
	})
	return sortedKeys(seen)
}

// undoes says whether there may be something to undo: a step that declares how, or one
// that runs another workflow.
func (d *Document) undoes() bool {
	found := false
	d.Walk(func(_ string, s *Step) { found = found || s.Undo != nil || s.Type == TypeWorkflow })
	return found
}

// ends says whether no run goes on after the step.
func (s *Step) ends() bool {
	if s.OnError != nil && s.OnError.Mode == OnErrorSteps && !endsList(s.OnError.Steps) {
		return false
	}
	if s.OnError != nil && s.OnError.Mode == OnErrorContinue {
		return false
	}
	switch s.Type {
	case TypeFail:
		return true
	case TypeCondition:
		for _, l := range s.Lists() {
			if l.Role == ListBranch && !endsList(l.Steps) {
				return false
			}
		}
		return true
	case TypeParallel:
		for _, branch := range s.Branches {
			if endsList(branch) {
				return true
			}
		}
	}
	return false
}

func endsList(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.ends() })
}

// until judges a moment: a timestamp as Step Functions reads it, or an expression.
func (v *validator) until(at, until string, sc *scope) {
	switch {
	case until == "":
	case expr.IsExpression(until):
		v.expression(at, until, sc)
	default:
		if _, err := time.Parse(time.RFC3339Nano, until); err != nil {
			v.put(at, "format", "A moment is written like 2026-01-31T09:00:00Z, or is an expression.")
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
