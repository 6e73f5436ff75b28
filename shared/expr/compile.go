package expr

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/recolabs/gnata"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// MaxLength is the longest source unless Options say otherwise, in bytes.
const MaxLength = 16 << 10

// Options bound what an expression may be and spend.
type Options struct {
	// MaxLength is the longest source, in bytes. Defaults to the constant.
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
	def(&out.MaxLength, MaxLength)
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
	// joins: @ needs a context, which it goes back to with each item.
	joins bool
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
	p.wary = tuples(tree) || calling(tree)
	p.joins = has(tree, syntax.Focus) && len(p.context) == 0
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
