package expr

import (
	"encoding/json"
	"fmt"
	"math"
)

// Operators of the engine that answer undefined for an undefined left side without
// a look at the right, which the reference refuses when it is of the wrong type.

// operators are the functions that guard puts in their place.
var operators = map[string]string{
	"+": reserved + "_add", "-": reserved + "_subtract", "*": reserved + "_multiply", "/": reserved + "_divide", "%": reserved + "_modulo",
	"<": reserved + "_less", "<=": reserved + "_atMost", ">": reserved + "_more", ">=": reserved + "_atLeast",
}

func operatorFunctions(fns map[string]function) {
	for op, name := range operators {
		if arithmetical(op) {
			fns[name] = arithmetic(op)
		} else {
			fns[name] = ordered(op)
		}
	}
}

func arithmetical(op string) bool { return len(op) == 1 && op != "<" && op != ">" }

func arithmetic(op string) function {
	return func(_ *budget, c call) (any, error) {
		l, r := c.arg(0), c.arg(1)
		a, err := operand(l, op, "T2001")
		if err != nil {
			return nil, err
		}
		b, err := operand(r, op, "T2002")
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		v := 0.0
		switch op {
		case "+":
			v = a + b
		case "-":
			v = a - b
		case "*":
			v = a * b
		case "/":
			return a / b, nil // an infinite value is refused where it would leave the expression
		case "%":
			if b == 0 {
				return nil, &Error{Code: "D3001", Message: "modulo by zero", Pos: -1}
			}
			v = math.Mod(a, b)
		}
		return v, finite(v)
	}
}

func finite(f float64) error {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return &Error{Code: "D1001", Message: fmt.Sprintf("Number out of range: %g", f), Pos: -1}
	}
	return nil
}

func operand(v any, op, code string) (float64, error) {
	f, ok := asNumber(v)
	if v != nil && !ok {
		return 0, fault(code, `"`+op+`"`)
	}
	return f, finite(f)
}

func ordered(op string) function {
	return func(_ *budget, c call) (any, error) {
		l, r := c.arg(0), c.arg(1)
		if !orderable(l) || !orderable(r) {
			return nil, fault("T2010", `"`+op+`"`)
		}
		if l == nil || r == nil {
			return nil, nil
		}
		a, isText := l.(string)
		b, alsoText := r.(string)
		if isText != alsoText {
			x, _ := Encode(l, 0)
			y, _ := Encode(r, 0)
			return nil, &Error{Code: "T2009", Message: fmt.Sprintf("The values %s and %s either side of operator %q must be of the same data type", x, y, op), Pos: -1}
		}
		if isText {
			return holds(op, a < b, a == b), nil
		}
		x, _ := asNumber(l)
		y, _ := asNumber(r)
		return holds(op, x < y, x == y), nil
	}
}

func orderable(v any) bool {
	switch v.(type) {
	case nil, string, float64, json.Number:
		return true
	}
	return false
}

func holds(op string, less, equal bool) bool {
	switch op {
	case "<":
		return less
	case "<=":
		return less || equal
	case ">":
		return !less && !equal
	}
	return !less
}
