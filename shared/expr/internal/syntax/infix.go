package syntax

// infix continues left with the operator at hand.
func (p *parser) infix(left *Node) (*Node, *Error) {
	t := p.tok
	switch t.text {
	case "(":
		return p.call(left)
	case "[":
		return p.subscript(left)
	case "{":
		if left.Kind == Group {
			return nil, fail("S0210", t.start, "Each step can only have one grouping expression")
		}
		return p.object(Group, left.Start, left)
	case "^":
		return p.sort(left)
	case "@", "#":
		return p.bindStep(left, t)
	case "?":
		return p.condition(left)
	case ":=":
		if left.Kind != Variable {
			return nil, fail("S0212", left.Start, "The left side of := must be a variable name (start with $)")
		}
		return p.binary(Bind, left, t, 9)
	case ".":
		return p.binary(Path, left, t, 75)
	}
	return p.binary(Binary, left, t, power(t))
}

func (p *parser) binary(kind Kind, left *Node, op token, min int) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	right, err := p.expression(min)
	if err != nil {
		return nil, err
	}
	return p.node(kind, left.Start, op.text, left, right), nil
}

func (p *parser) call(left *Node) (*Node, *Error) {
	n, err := p.sequence(Call, left.Start, ")", ",", left)
	if err != nil {
		return nil, err
	}
	for _, arg := range n.Kids[1:] {
		if arg.Kind == Placeholder {
			n.Kind = Partial
		}
	}
	return n, nil
}

func (p *parser) subscript(left *Node) (*Node, *Error) {
	if left.Kind == Group {
		return nil, fail("S0209", p.tok.start, "A predicate cannot follow a grouping expression in a step")
	}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if p.is("]") {
		if err := p.undivided(p.advance(false)); err != nil {
			return nil, err
		}
		return p.node(KeepArray, left.Start, "", left), nil
	}
	x, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect("]", false); err != nil {
		return nil, err
	}
	return p.node(Predicate, left.Start, "", left, x), nil
}

func (p *parser) sort(left *Node) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if err := p.expect("(", true); err != nil {
		return nil, err
	}
	kids := []*Node{left}
	for {
		if p.is("<") || p.is(">") {
			if err := p.advance(true); err != nil {
				return nil, err
			}
		}
		term, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		kids = append(kids, term)
		if !p.is(",") {
			break
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
	if err := p.undivided(p.expect(")", false)); err != nil {
		return nil, err
	}
	return p.node(Sort, left.Start, "", kids...), nil
}

func (p *parser) bindStep(left *Node, op token) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if p.tok.class != classVariable {
		return nil, fail("S0214", p.tok.start, "The right side of %q must be a variable name (start with $)", op.text)
	}
	name := p.tok.text
	if err := p.advance(false); err != nil {
		return nil, err
	}
	kind := Focus
	if op.text == "#" {
		kind = Index
	}
	return p.node(kind, left.Start, name, left), nil
}

func (p *parser) condition(test *Node) (*Node, *Error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	then, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	kids := []*Node{test, then}
	if p.is(":") {
		if err := p.advance(true); err != nil {
			return nil, err
		}
		other, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		kids = append(kids, other)
	}
	return p.node(Condition, test.Start, "", kids...), nil
}
