package arazzo

import (
	"encoding/json"
	"strings"
)

// cond is a condition, between Arazzo's simple ones and JSONata.
type cond struct {
	op   string // and, or, not, ==, !=, <, <=, >, >=, ref, lit; raw: JSONata already
	args []*cond
	// text is JSONata: a ref's path, or all of what is raw.
	text   string
	status bool            // the ref is $statusCode
	lit    json.RawMessage // lit: a constant
}

func (c *cond) is(kind byte) bool {
	if c.op != "lit" || len(c.lit) == 0 {
		return false
	}
	switch kind {
	case '"', 'n':
		return c.lit[0] == kind
	case 't':
		return c.lit[0] == 't' || c.lit[0] == 'f'
	}
	return c.lit[0] != '"' && c.lit[0] != 'n' && c.lit[0] != 't' && c.lit[0] != 'f'
}

func (c *cond) string() string {
	var s string
	_ = json.Unmarshal(c.lit, &s) // asked of texts only
	return s
}

// jsonata writes what the condition means: comparisons of text are made without
// case, null is also what is not there, and only true is true.
func (c *cond) jsonata() string {
	switch c.op {
	case "and", "or":
		parts := make([]string, len(c.args))
		for i, a := range c.args {
			parts[i] = a.jsonata()
			if a.op == "or" && c.op == "and" {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, " "+c.op+" ")
	case "not":
		return "$not(" + c.args[0].jsonata() + ")"
	case "lit":
		return string(c.lit)
	case "ref":
		return c.text + " = true"
	case "raw":
		return c.text
	}
	return c.comparison()
}

func (c *cond) comparison() string {
	l, r := c.args[0], c.args[1]
	if l.op == "lit" && r.op != "lit" {
		l, r = r, l
		return (&cond{op: turned(c.op), args: []*cond{l, r}}).comparison()
	}
	op := c.op
	if op == "==" {
		op = "="
	}
	equality := op == "=" || op == "!="
	switch {
	case l.op == "lit":
		return string(l.lit) + " " + op + " " + string(r.lit)
	case !equality && (r.is('n') || r.is('t')):
		return "false" // neither null nor true has an order
	case r.is('n') && c.op == "==":
		return "($not($exists(" + l.text + ")) or " + l.text + " = null)"
	case r.is('n') && c.op == "!=":
		return "($exists(" + l.text + ") and " + l.text + " != null)"
	case r.is('"'):
		return "$lowercase($string(" + l.text + ")) " + op + " " + string(encode(strings.ToLower(r.string())))
	case r.op == "ref" && equality:
		return "$lowercase($string(" + l.text + ")) " + op + " $lowercase($string(" + r.text + "))"
	case r.op == "ref":
		return l.text + " " + op + " " + r.text
	}
	return l.text + " " + op + " " + string(r.lit)
}

func turned(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

// ofStatus says whether the condition depends on the status alone.
func (c *cond) ofStatus() bool {
	switch c.op {
	case "ref", "lit", "raw":
		return false
	case "and", "or", "not":
		for _, a := range c.args {
			if !a.ofStatus() {
				return false
			}
		}
		return true
	}
	l, r := c.args[0], c.args[1]
	return l.op == "ref" && l.status && r.is('0')
}

// holds evaluates a condition that depends on the status alone.
func (c *cond) holds(status float64) bool {
	switch c.op {
	case "and":
		for _, a := range c.args {
			if !a.holds(status) {
				return false
			}
		}
		return true
	case "or":
		for _, a := range c.args {
			if a.holds(status) {
				return true
			}
		}
		return false
	case "not":
		return !c.args[0].holds(status)
	}
	v, _ := json.Number(c.args[1].lit).Float64() // ofStatus has seen that it is a number
	switch c.op {
	case "==":
		return status == v
	case "!=":
		return status != v
	case "<":
		return status < v
	case "<=":
		return status <= v
	case ">":
		return status > v
	}
	return status >= v
}

func all(conds []*cond) *cond {
	switch len(conds) {
	case 0:
		return nil
	case 1:
		return conds[0]
	}
	var flat []*cond
	for _, c := range conds {
		if c.op == "and" {
			flat = append(flat, c.args...)
		} else {
			flat = append(flat, c)
		}
	}
	return &cond{op: "and", args: flat}
}
