package expr

import (
	"strings"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// guard rewrites the operators that can make values grow into calls that check
// their size, and gives ~> the reference's precedence, which gnata binds tighter
// than a comparison on its left.
func guard(src string, n *syntax.Node) string {
	g := guarder{src: src}
	var out strings.Builder
	out.WriteString(src[:n.Start])
	g.write(&out, n)
	out.WriteString(src[n.End:])
	return out.String()
}

type guarder struct{ src string }

func (g guarder) write(out *strings.Builder, n *syntax.Node) {
	if n.Kind == syntax.Binary && !has(n, syntax.Parent) {
		switch n.Value {
		case "&":
			g.call(out, fnConcat, concatenated(n, nil))
			return
		case "..":
			g.call(out, fnRange, n.Kids)
			return
		}
	}
	at := n.Start
	for i, kid := range n.Kids {
		out.WriteString(g.src[at:kid.Start])
		switch {
		case built(n, i, kid):
			g.call(out, fnCheck, []*syntax.Node{kid})
			if keepsArray(kid) {
				out.WriteString("[]") // a call would unwrap an array of one
			}
		case n.Kind == syntax.Binary && n.Value == "~>" && i == 0 && comparison(kid):
			out.WriteByte('(')
			g.write(out, kid)
			out.WriteByte(')')
		default:
			g.write(out, kid)
		}
		at = kid.End
	}
	out.WriteString(g.src[at:n.End])
}

func (g guarder) call(out *strings.Builder, name string, args []*syntax.Node) {
	out.WriteString("$" + name + "(")
	for i, arg := range args {
		if i > 0 {
			out.WriteByte(',')
		}
		g.write(out, arg)
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

func has(n *syntax.Node, kind syntax.Kind) bool {
	if n.Kind == kind {
		return true
	}
	for _, kid := range n.Kids {
		if has(kid, kind) {
			return true
		}
	}
	return false
}

// keepsArray says whether [] stands somewhere along a path.
func keepsArray(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KeepArray:
		return true
	case syntax.Path:
		return keepsArray(n.Kids[0]) || keepsArray(n.Kids[1])
	case syntax.Predicate, syntax.Sort, syntax.Focus, syntax.Index:
		return keepsArray(n.Kids[0])
	}
	return false
}
