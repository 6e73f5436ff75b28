package expr

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// guard rewrites what the engine does otherwise than the reference into what both
// do alike: operators that can make values grow or that let a wrong operand pass
// become calls of our own, ~> gets the reference's precedence, a slash after a
// bracket divides, [] and ^ leave nothing where there is nothing.
func guard(src string, n *syntax.Node) string {
	g := guarder{src: src, bare: map[*syntax.Node]bool{}, tuples: tuples(n)}
	var out strings.Builder
	out.WriteString(src[:n.Start])
	g.write(&out, n, true)
	out.WriteString(src[n.End:])
	return out.String()
}

type guarder struct {
	src string
	// bare are the [] that are left out, as one that counts for all stands at the end of their path.
	bare map[*syntax.Node]bool
	// tuples: steps see more than their item (%, @, #), which they do not within a call.
	tuples bool
}

// write writes n; whole says that n is not a part of a longer path.
func (g guarder) write(out *strings.Builder, n *syntax.Node, whole bool) {
	if g.bare[n] {
		g.write(out, n.Kids[0], false)
		return
	}
	if whole && g.path(out, n) || g.operator(out, n) {
		return
	}
	at := n.Start
	for i, kid := range n.Kids {
		between := g.src[at:kid.Start]
		if n.Kind == syntax.Sort && i > 0 {
			between = g.falling(between, kid)
		}
		out.WriteString(between)
		switch {
		case built(n, i, kid):
			if g.path(out, kid) {
				break
			}
			g.call(out, fnCheck, []*syntax.Node{kid})
		case n.Kind == syntax.Path && i == 1 && kid.Kind == syntax.Block && !g.tuples:
			out.WriteByte('(') // the step stays a block
			g.call(out, fnItem, []*syntax.Node{kid})
			out.WriteByte(')')
		case bracketed(n, i, kid):
			out.WriteByte('(')
			g.write(out, kid, true)
			out.WriteByte(')')
		default:
			g.write(out, kid, !along(n, i))
		}
		at = kid.End
	}
	out.WriteString(g.src[at:n.End])
}

// operator writes n as a call where it is an operator that the engine is not left with.
func (g guarder) operator(out *strings.Builder, n *syntax.Node) bool {
	switch {
	case n.Kind == syntax.Wildcard:
		out.WriteString("$" + fnFields + "($)")
		return true
	case n.Kind == syntax.Descendant && !g.tuples:
		out.WriteString("$" + fnWithin + "($)")
		return true
	}
	if n.Kind != syntax.Binary || has(n, syntax.Parent) {
		return false
	}
	switch name := operators[n.Value]; {
	case n.Value == "&":
		g.call(out, fnConcat, concatenated(n, nil))
	case n.Value == "..":
		g.call(out, fnRange, n.Kids)
	case name != "" && !defined(n.Kids[0]) && !fits(n.Value, n.Kids[1]):
		g.call(out, name, n.Kids)
	default:
		return false
	}
	return true
}

func (g guarder) call(out *strings.Builder, name string, args []*syntax.Node) {
	out.WriteString("$" + name + "(")
	for i, arg := range args {
		if i > 0 {
			out.WriteByte(',')
		}
		g.write(out, arg, true)
	}
	out.WriteByte(')')
}

// built says whether kid becomes part of a value under construction and can be
// checked: the engine does not see a % inside the arguments of a call.
func built(n *syntax.Node, i int, kid *syntax.Node) bool {
	if has(kid, syntax.Parent) {
		return false
	}
	switch kid.Kind {
	case syntax.String, syntax.Number, syntax.Literal, syntax.Array, syntax.Lambda, syntax.Placeholder, syntax.Regex:
		return false // constants, and arrays, whose items are checked one by one
	case syntax.Binary:
		if kid.Value == "&" || kid.Value == ".." {
			return false // checked already
		}
	}
	switch n.Kind {
	case syntax.Array:
		return true
	case syntax.Object:
		return i%2 == 1
	case syntax.Group:
		return i > 0 && i%2 == 0
	}
	return false
}

// concatenated flattens a & b & c.
func concatenated(n *syntax.Node, to []*syntax.Node) []*syntax.Node {
	if n.Kind == syntax.Binary && n.Value == "&" {
		return append(concatenated(n.Kids[0], to), n.Kids[1])
	}
	return append(to, n)
}

// bracketed says whether kid, a side of n, has to stand in brackets for the engine:
// before ~> a comparison, and before / what its lexer takes for the beginning of an
// operand, so that the slash would open a regular expression.
func bracketed(n *syntax.Node, i int, kid *syntax.Node) bool {
	if n.Kind != syntax.Binary {
		return false
	}
	if i == 1 { // right of ~> a call takes what is left of it, and no operator is a call
		return n.Value == "~>" && (kid.Kind == syntax.Binary || kid.Kind == syntax.Path)
	}
	return n.Value == "~>" && comparison(kid) || n.Value == "/" && closed(kid)
}

// closed says whether the source of n ends with a bracket after which the engine
// expects an operand: those of predicates and of blocks of several expressions.
func closed(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.Predicate:
		return true
	case syntax.Block:
		return len(n.Kids) > 1
	case syntax.Binary, syntax.Path:
		return closed(n.Kids[1])
	case syntax.Negate:
		return closed(n.Kids[0])
	}
	return false
}

// defined says of an operand that it has a value, whatever the variables hold.
func defined(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.String, syntax.Number, syntax.Literal, syntax.Array, syntax.Object:
		return true
	case syntax.Binary:
		return n.Value == "&" || comparison(n)
	}
	return false
}

// fits says of a right operand that no value it can have is refused by op.
func fits(op string, n *syntax.Node) bool {
	if n.Kind == syntax.Negate {
		n = n.Kids[0]
	}
	return n.Kind == syntax.Number || n.Kind == syntax.String && !arithmetical(op)
}

func comparison(n *syntax.Node) bool {
	if n.Kind != syntax.Binary {
		return false
	}
	switch n.Value {
	case "=", "!=", "<", "<=", ">", ">=", "in":
		return true
	}
	return false
}

// tuples says whether steps of n see more than their item.
func tuples(n *syntax.Node) bool { return has(n, syntax.Parent, syntax.Focus, syntax.Index) }

func has(n *syntax.Node, kinds ...syntax.Kind) bool {
	return slices.Contains(kinds, n.Kind) || slices.ContainsFunc(n.Kids, func(kid *syntax.Node) bool { return has(kid, kinds...) })
}
