package expr

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// path writes a whole path within a call: one that ends in an order, or that has
// both [] and predicates, since where nothing is left of it the engine gives an
// empty array, and the reference nothing; and one with steps that are worked out,
// which can make more of a value than it was, so that the result is charged.
func (g guarder) path(out *strings.Builder, n *syntax.Node) bool {
	if g.tuples {
		return false
	}
	name, end := "", ""
	switch {
	case n.Kind == syntax.Sort:
		name = fnSorted
	case n.Kind == syntax.KeepArray && n.Kids[0].Kind == syntax.Sort:
		name, end = fnSorted, "[]"
		g.bare[n] = true
	case n.Kind == syntax.Group && !constantKeys(n):
		name = fnGroup
	case worked(n):
		name = fnCheck
	default:
		kept, filtered := marks(n, nil)
		if len(kept) == 0 || !filtered && !named(n) {
			return false
		}
		name, end = fnCheck, "[]"
		for _, mark := range kept {
			g.bare[mark] = true
		}
	}
	out.WriteString("$" + name + "(")
	g.write(out, n, false)
	out.WriteString(")" + end)
	return true
}

// constantKeys says of a group that its keys do not depend on what is grouped.
func constantKeys(n *syntax.Node) bool {
	for i := 1; i < len(n.Kids); i += 2 {
		if n.Kids[i].Kind == syntax.String {
			return true
		}
	}
	return false
}

// named says whether n is a field's name with [] after it, where the engine forgets the [].
func named(n *syntax.Node) bool {
	for n.Kind == syntax.KeepArray {
		n = n.Kids[0]
	}
	return n.Kind == syntax.Name
}

// falling keeps what is missing last also where the order falls, as the reference
// does: the engine puts it first. before is the source up to the term.
func (g guarder) falling(before string, term *syntax.Node) string {
	at := strings.IndexByte(before, '>')
	if at < 0 || g.tuples || strings.Contains(before, "/*") {
		return before
	}
	var out strings.Builder
	out.WriteString(before[:at])
	g.call(&out, fnMissing, []*syntax.Node{term})
	out.WriteString("," + before[at:])
	return out.String()
}

// marks are the [] along a path, and whether there are predicates along it.
func marks(n *syntax.Node, to []*syntax.Node) (kept []*syntax.Node, filtered bool) {
	switch n.Kind {
	case syntax.Path:
		to, left := marks(n.Kids[0], to)
		to, right := marks(n.Kids[1], to)
		return to, left || right
	case syntax.KeepArray:
		return marks(n.Kids[0], append(to, n))
	case syntax.Predicate:
		to, _ = marks(n.Kids[0], to)
		return to, true
	}
	return to, false
}

// worked says whether a path has a step that is an expression of its own.
func worked(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.Path:
		return worked(n.Kids[0]) || !plain(n.Kids[1])
	case syntax.Predicate, syntax.KeepArray:
		return worked(n.Kids[0])
	}
	return false
}

// calling says whether a step of a path calls a function of the expression's own,
// whose results guard cannot count.
func calling(n *syntax.Node) bool {
	if n.Kind == syntax.Path {
		kid := n.Kids[1]
		for kid.Kind == syntax.Predicate || kid.Kind == syntax.KeepArray {
			kid = kid.Kids[0]
		}
		if kid.Kind == syntax.Call && !(kid.Kids[0].Kind == syntax.Variable && isBuiltin(kid.Kids[0].Value)) {
			return true
		}
	}
	return slices.ContainsFunc(n.Kids, calling)
}

func plain(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.Name, syntax.String, syntax.Variable, syntax.Wildcard, syntax.Descendant:
		return true
	case syntax.Predicate, syntax.KeepArray:
		return plain(n.Kids[0])
	}
	return false
}

// along says whether the kid of n at i is a part of the path that n is.
func along(n *syntax.Node, i int) bool {
	switch n.Kind {
	case syntax.Path:
		return true
	case syntax.Predicate, syntax.KeepArray, syntax.Sort, syntax.Group, syntax.Focus, syntax.Index:
		return i == 0
	}
	return false
}
