package expr

import (
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// Use is one place where an expression reads a variable that it does not bind
// itself, and the static path that it takes from there.
type Use struct {
	// Name is the variable's, without $.
	Name string
	// Pos is the byte of the $ in the source.
	Pos int
	// Path are the steps that follow as far as they are static.
	Path []Segment
	// Exact says that the path is all that happens to the variable at this place;
	// when false, something dynamic follows (a call, an expression step, a group).
	Exact bool
}

// Segment is one static step of a path.
type Segment struct {
	Kind SegmentKind
	// Field is the name of a field step.
	Field string
	// Index is the position of an index step; negative counts from the end.
	Index int
}

// SegmentKind says what a Segment is.
type SegmentKind int

// The kinds of step.
const (
	// StepField reads a field, of each item where the value is an array.
	StepField SegmentKind = iota
	// StepIndex takes one item of an array.
	StepIndex
	// StepFilter keeps some items of an array: [predicate] or ^(order).
	StepFilter
	// StepWildcard reads every field.
	StepWildcard
	// StepArray makes an array of whatever is there: [].
	StepArray
)

// String writes a use as its source would: $order.lines[0].price.
func (u Use) String() string {
	var b strings.Builder
	b.WriteString("$" + u.Name)
	for _, s := range u.Path {
		switch s.Kind {
		case StepField:
			b.WriteString("." + s.Field)
		case StepIndex:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		case StepFilter:
			b.WriteString("[…]")
		case StepWildcard:
			b.WriteString(".*")
		case StepArray:
			b.WriteString("[]")
		}
	}
	return b.String()
}

// Variables are the names, without $, that the expression reads and does not bind
// itself, in order of first use; built-in functions are left out.
func (p *Program) Variables() []string {
	var names []string
	seen := map[string]bool{}
	for _, u := range p.uses {
		if !seen[u.Name] {
			seen[u.Name] = true
			names = append(names, u.Name)
		}
	}
	return names
}

// Uses are the reads of such variables, in source order.
func (p *Program) Uses() []Use { return p.uses }

// ContextUses are the bytes where the expression reads the context item at its
// top ($, $$, or a bare field name), which Step Functions leaves empty.
func (p *Program) ContextUses() []int { return p.context }

// scope is what an expression has bound so far.
type scope struct {
	outer *scope
	names map[string]bool
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if s.names[name] {
			return true
		}
	}
	return false
}

func inner(outer *scope, names ...string) *scope {
	s := &scope{outer: outer, names: map[string]bool{}}
	for _, n := range names {
		s.names[n] = true
	}
	return s
}

type analyser struct {
	p   *Program
	err error
}

func (p *Program) analyse() error {
	a := &analyser{p: p}
	a.walk(p.tree, inner(nil), true)
	return a.err
}

// walk visits n. top says that the context item is still the expression's own.
func (a *analyser) walk(n *syntax.Node, s *scope, top bool) {
	switch n.Kind {
	case syntax.Name, syntax.Wildcard, syntax.Descendant:
		if top {
			a.p.context = append(a.p.context, n.Start)
		}
	case syntax.Variable:
		a.variable(n, s, top)
	case syntax.Block:
		s = inner(s)
		for _, kid := range n.Kids {
			a.walk(kid, s, top)
		}
	case syntax.Bind:
		a.bind(n, s, top)
	case syntax.Lambda:
		a.walk(n.Kids[0], inner(s, n.Params...), top)
	case syntax.Path, syntax.Predicate, syntax.KeepArray, syntax.Sort, syntax.Focus, syntax.Index:
		if head, path, exact, ok := static(n); ok && head.Value != "" && head.Value != "$" {
			a.use(head, path, exact, s)
			a.insides(n, s)
			return
		}
		a.steps(n, s, top)
	case syntax.Group:
		a.walk(n.Kids[0], s, top)
		for _, kid := range n.Kids[1:] {
			a.walk(kid, s, false)
		}
	case syntax.Transform:
		for _, kid := range n.Kids {
			a.walk(kid, s, false)
		}
	default:
		for _, kid := range n.Kids {
			a.walk(kid, s, top)
		}
	}
}

// steps visits a path whose head is not a plain variable.
func (a *analyser) steps(n *syntax.Node, s *scope, top bool) {
	a.walk(n.Kids[0], s, top)
	if n.Kind == syntax.Focus || n.Kind == syntax.Index {
		s.names[n.Value] = true
	}
	for _, kid := range n.Kids[1:] {
		a.walk(kid, s, false)
	}
}

// insides visits what lies inside a path of a variable but is not its spine:
// predicates, sort terms, dynamic steps.
func (a *analyser) insides(n *syntax.Node, s *scope) {
	if n.Kind == syntax.Variable {
		return
	}
	switch n.Kind {
	case syntax.Path, syntax.Predicate, syntax.KeepArray, syntax.Sort, syntax.Focus, syntax.Index:
		a.insides(n.Kids[0], s)
		if n.Kind == syntax.Focus || n.Kind == syntax.Index {
			s.names[n.Value] = true
		}
		for _, kid := range n.Kids[1:] {
			a.walk(kid, s, false)
		}
	default:
		a.walk(n, s, false)
	}
}

func (a *analyser) bind(n *syntax.Node, s *scope, top bool) {
	name := n.Kids[0].Value
	if strings.HasPrefix(name, reserved) {
		a.refuse("RESERVED", n.Start, "Names that begin with $"+reserved+" are reserved")
	}
	if n.Kids[1].Kind == syntax.Lambda {
		s.names[name] = true // it may call itself
	}
	a.walk(n.Kids[1], s, top)
	s.names[name] = true
}

func (a *analyser) variable(n *syntax.Node, s *scope, top bool) {
	switch {
	case n.Value == "$", n.Value == "" && top:
		a.p.context = append(a.p.context, n.Start)
	case n.Value != "":
		a.use(n, nil, true, s)
	}
}

func (a *analyser) use(n *syntax.Node, path []Segment, exact bool, s *scope) {
	switch {
	case s.has(n.Value):
	case n.Value == "eval":
		a.refuse("EVAL", n.Start, "$eval is not available: what came as data is never run as an expression")
	case strings.HasPrefix(n.Value, reserved):
		a.refuse("RESERVED", n.Start, "Names that begin with $"+reserved+" are reserved")
	case !isBuiltin(n.Value):
		a.p.uses = append(a.p.uses, Use{Name: n.Value, Pos: n.Start, Path: path, Exact: exact})
	}
}

func (a *analyser) refuse(code string, pos int, message string) {
	if a.err == nil {
		a.err = &Error{Code: code, Message: message, Pos: pos}
	}
}

// static reads the spine of a path: the variable at its head and the static steps.
func static(n *syntax.Node) (head *syntax.Node, path []Segment, exact, ok bool) {
	switch n.Kind {
	case syntax.Variable:
		return n, nil, true, true
	case syntax.Path, syntax.Predicate, syntax.KeepArray, syntax.Sort, syntax.Focus, syntax.Index:
	default:
		return nil, nil, false, false
	}
	head, path, exact, ok = static(n.Kids[0])
	if !ok || !exact {
		return head, path, false, ok
	}
	switch n.Kind {
	case syntax.Path:
		steps, whole := step(n.Kids[1])
		return head, append(path, steps...), whole, true
	case syntax.Predicate:
		return head, append(path, predicate(n.Kids[1])), true, true
	case syntax.KeepArray:
		return head, append(path, Segment{Kind: StepArray}), true, true
	case syntax.Sort:
		return head, append(path, Segment{Kind: StepFilter}), true, true
	}
	return head, path, true, true // @ and # name what is there
}

// step reads what stands right of a dot: a name, perhaps with predicates.
func step(n *syntax.Node) (path []Segment, whole bool) {
	switch n.Kind {
	case syntax.Name, syntax.String:
		return []Segment{{Kind: StepField, Field: n.Value}}, true
	case syntax.Wildcard:
		return []Segment{{Kind: StepWildcard}}, true
	case syntax.Predicate, syntax.KeepArray, syntax.Focus, syntax.Index:
		path, whole = step(n.Kids[0])
		if !whole {
			return path, false
		}
		switch n.Kind {
		case syntax.Predicate:
			path = append(path, predicate(n.Kids[1]))
		case syntax.KeepArray:
			path = append(path, Segment{Kind: StepArray})
		}
		return path, true
	}
	return nil, false
}

func predicate(n *syntax.Node) Segment {
	sign := 1
	if n.Kind == syntax.Negate {
		n, sign = n.Kids[0], -1
	}
	if n.Kind == syntax.Number {
		if i, err := strconv.Atoi(n.Value); err == nil {
			return Segment{Kind: StepIndex, Index: sign * i}
		}
	}
	return Segment{Kind: StepFilter}
}
