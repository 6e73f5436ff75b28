package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/recolabs/gnata"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// Options bound what an expression may be and spend.
type Options struct {
	// MaxLength is the longest source, in bytes. Defaults to 16384.
	MaxLength int
	// MaxDepth is the deepest nesting of the source. Defaults to 100.
	MaxDepth int
	// MaxSteps is how many nodes one evaluation may visit. Defaults to 2,000,000.
	MaxSteps int
	// MaxSize is the largest value that may be built on the way, in bytes of its
	// strings and 16 for each item. Defaults to 8 MiB.
	MaxSize int
	// Timeout stops an evaluation. Defaults to 2 seconds.
	Timeout time.Duration
	// Now is the clock of $now and $millis. Defaults to time.Now.
	Now func() time.Time
	// Random gives $random and $uuid their bits. It need not be safe for
	// concurrent use unless evaluations are. Defaults to the runtime's generator.
	Random func() uint64
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	def := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	def(&out.MaxLength, 16<<10)
	def(&out.MaxDepth, 100)
	def(&out.MaxSteps, 2_000_000)
	def(&out.MaxSize, 8<<20)
	if out.Timeout <= 0 {
		out.Timeout = 2 * time.Second
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.Random == nil {
		out.Random = rand.Uint64
	}
	return out
}

// Program is a compiled expression, safe for concurrent use.
type Program struct {
	src     string
	tree    *syntax.Node
	guarded *gnata.Expression
	uses    []Use
	context []int
	opts    Options
	// wary: the expression has constructs that guard must leave alone.
	wary bool
}

// Source is the expression as it was given.
func (p *Program) Source() string { return p.src }

// Compile parses an expression (without {% %}). What JSONata 2.0.6 or Step
// Functions would refuse is refused with an *Error that says where.
func Compile(src string, opts *Options) (*Program, error) {
	o := opts.withDefaults()
	if len(src) > o.MaxLength {
		return nil, &Error{Code: "LENGTH", Message: fmt.Sprintf("The expression is longer than %d bytes", o.MaxLength), Pos: o.MaxLength}
	}
	tree, err := syntax.Parse(src, o.MaxDepth)
	if err != nil {
		return nil, fromSyntax(err)
	}
	p := &Program{src: src, tree: tree, opts: o}
	if err := p.analyse(); err != nil {
		return nil, err
	}
	p.wary = has(tree, syntax.Parent)
	p.guarded, err = compileEngine(guard(src, tree))
	if err != nil {
		return nil, fromEngine(err)
	}
	return p, nil
}

// compileEngine keeps a panic of the engine's parser from escaping.
func compileEngine(src string) (e *gnata.Expression, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, err = nil, &Error{Code: "S0500", Message: fmt.Sprint(r), Pos: -1}
		}
	}()
	return gnata.Compile(src)
}

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
