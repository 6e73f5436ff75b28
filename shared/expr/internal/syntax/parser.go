package syntax

// power is how tightly an infix operator binds, as in JSONata 2.0.6.
func power(t token) int {
	if t.class != classOperator {
		return 0
	}
	switch t.text {
	case "[", "(", "@", "#":
		return 80
	case ".":
		return 75
	case "{":
		return 70
	case "*", "/", "%":
		return 60
	case "+", "-", "&":
		return 50
	case "=", "<", ">", "!=", "<=", ">=", "^", "~>", "in":
		return 40
	case "and":
		return 30
	case "or":
		return 25
	case "?":
		return 20
	case ":=":
		return 10
	}
	return 0
}

type parser struct {
	lex      lexer
	tok      token
	last     int // where the token before tok ended
	depth    int
	maxDepth int
}

// Parse reads a whole expression. Nesting beyond maxDepth is refused.
func Parse(src string, maxDepth int) (*Node, error) {
	p := &parser{lex: lexer{src: src}, maxDepth: maxDepth}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.class != classEnd {
		return nil, fail("S0201", p.tok.start, "Syntax error: %q", p.text())
	}
	return n, nil
}

func (p *parser) text() string {
	if p.tok.class == classEnd {
		return "(end)"
	}
	return p.lex.src[p.tok.start:p.tok.end]
}

// advance reads the next token; prefix says that an operand may follow.
func (p *parser) advance(prefix bool) *Error {
	p.last = p.tok.end
	t, err := p.lex.next(prefix)
	if err != nil {
		return err
	}
	p.tok = t
	return nil
}

func (p *parser) is(op string) bool { return p.tok.class == classOperator && p.tok.text == op }

// expect passes over an operator; prefix as in advance.
func (p *parser) expect(op string, prefix bool) *Error {
	if p.is(op) {
		return p.advance(prefix)
	}
	if p.tok.class == classEnd {
		return fail("S0203", p.tok.start, "Expected %q before end of expression", op)
	}
	return fail("S0202", p.tok.start, "Expected %q, got %q", op, p.text())
}

// undivided refuses a slash after [], an order, a function and a transform, where
// JSONata 2.0.6 reads it as the beginning of a regular expression.
func (p *parser) undivided(err *Error) *Error {
	if err == nil && p.is("/") {
		return fail("S0302", p.tok.start, "A slash here begins a regular expression: to divide, put what stands before it in brackets, as in ($list[]) / 2")
	}
	return err
}

func (p *parser) expression(min int) (*Node, *Error) {
	if p.depth++; p.depth > p.maxDepth {
		return nil, fail("U1001", p.tok.start, "The expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	left, err := p.operand()
	for err == nil && power(p.tok) > min {
		left, err = p.infix(left)
	}
	return left, err
}

// node closes a construct that began at start and ends with the last token read.
func (p *parser) node(kind Kind, start int, value string, kids ...*Node) *Node {
	return &Node{Kind: kind, Value: value, Start: start, End: p.last, Kids: kids}
}

func (p *parser) operand() (*Node, *Error) {
	t := p.tok
	kind := Name
	switch t.class {
	case classEnd:
		return nil, fail("S0207", t.start, "Unexpected end of expression")
	case className, classQuotedName:
		kind = Name
	case classVariable:
		kind = Variable
	case classString:
		kind = String
	case classNumber:
		kind = Number
	case classLiteral:
		kind = Literal
	case classRegex:
		kind = Regex
	case classOperator:
		return p.prefix(t)
	}
	if err := p.advance(false); err != nil {
		return nil, err
	}
	if t.class == className && (t.text == "function" || t.text == "λ") && p.is("(") {
		return p.lambda(t.start)
	}
	return p.node(kind, t.start, t.text), nil
}

func (p *parser) prefix(t token) (*Node, *Error) {
	leaf := func(kind Kind) (*Node, *Error) {
		if err := p.advance(false); err != nil {
			return nil, err
		}
		return p.node(kind, t.start, t.text), nil
	}
	switch t.text {
	case "and", "or", "in":
		return leaf(Name)
	case "*":
		return leaf(Wildcard)
	case "**":
		return leaf(Descendant)
	case "%":
		return leaf(Parent)
	case "?":
		return leaf(Placeholder)
	case "-":
		if err := p.advance(true); err != nil {
			return nil, err
		}
		x, err := p.expression(70)
		if err != nil {
			return nil, err
		}
		return p.node(Negate, t.start, "", x), nil
	case "[":
		return p.sequence(Array, t.start, "]", ",")
	case "(":
		return p.sequence(Block, t.start, ")", ";")
	case "{":
		return p.object(Object, t.start, nil)
	case "|":
		return p.transform(t.start)
	}
	return nil, fail("S0211", t.start, "The symbol %q cannot be used as a unary operator", t.text)
}

// sequence reads expressions up to a closing operator.
func (p *parser) sequence(kind Kind, start int, end, separator string, kids ...*Node) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	for !p.is(end) {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if kind == Array && p.is("..") { // a range is an item of an array, and nothing else
			if x, err = p.binary(Binary, x, p.tok, 0); err != nil {
				return nil, err
			}
		}
		kids = append(kids, x)
		if !p.is(separator) {
			break
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
		if separator == "," && p.is(end) {
			return nil, fail("S0211", p.tok.start, "The symbol %q cannot be used as a unary operator", end)
		}
	}
	if err := p.expect(end, false); err != nil {
		return nil, err
	}
	return p.node(kind, start, "", kids...), nil
}

// object reads {k: v, …}, after left when it groups.
func (p *parser) object(kind Kind, start int, left *Node) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	var kids []*Node
	if left != nil {
		kids = append(kids, left)
	}
	for !p.is("}") {
		k, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if err := p.expect(":", true); err != nil {
			return nil, err
		}
		v, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k, v)
		if !p.is(",") {
			break
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
	if err := p.expect("}", false); err != nil {
		return nil, err
	}
	return p.node(kind, start, "", kids...), nil
}

func (p *parser) transform(start int) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	pattern, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect("|", true); err != nil {
		return nil, err
	}
	update, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	kids := []*Node{pattern, update}
	if p.is(",") {
		if err := p.advance(true); err != nil {
			return nil, err
		}
		del, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		kids = append(kids, del)
	}
	if err := p.undivided(p.expect("|", false)); err != nil {
		return nil, err
	}
	return p.node(Transform, start, "", kids...), nil
}

// lambda reads ($a, $b)<signature>{body} after its keyword.
func (p *parser) lambda(start int) (*Node, *Error) {
	if err := p.expect("(", true); err != nil {
		return nil, err
	}
	var params []string
	for !p.is(")") {
		if p.tok.class != classVariable {
			return nil, fail("S0208", p.tok.start, "Parameter %q of function definition must be a variable name (start with $)", p.text())
		}
		params = append(params, p.tok.text)
		if err := p.advance(false); err != nil {
			return nil, err
		}
		if !p.is(",") {
			break
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")", false); err != nil {
		return nil, err
	}
	if p.is("<") {
		if err := p.signature(); err != nil {
			return nil, err
		}
	}
	if err := p.expect("{", true); err != nil {
		return nil, err
	}
	body, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.undivided(p.expect("}", false)); err != nil {
		return nil, err
	}
	n := p.node(Lambda, start, "", body)
	n.Params = params
	return n, nil
}

// signature passes over a lambda's type signature, which the evaluator checks.
func (p *parser) signature() *Error {
	for depth := 0; ; {
		switch {
		case p.tok.class == classEnd:
			return fail("S0203", p.tok.start, "Expected \">\" before end of expression")
		case p.is("<"):
			depth++
		case p.is(">"):
			depth--
		}
		if err := p.advance(depth != 0); err != nil {
			return err
		}
		if depth == 0 {
			return nil
		}
	}
}
