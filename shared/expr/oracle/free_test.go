package oracle

// freeVariables have a value of each kind under a short name.
const freeVariables = `{"a": 1, "b": "text", "c": [1, 2, 3], "d": [{"x": 1, "y": "p", "z": [1, 2]}, {"x": 2, "y": "q", "z": [3]}, {"x": 3, "z": []}], "e": {"x": 5, "y": "w", "k": {"x": 6}},
 "n": null, "t": true, "f": false, "m": [[1, 2], [3, 4]], "o": [{"k": [{"v": 1}, {"v": 2}]}, {"k": [{"v": 3}]}], "s": ["b", "a", "c", "a"], "u": "äöü é", "emp": [], "eo": {},
 "one": [{"x": 9}], "neg": -2.5, "big": 123456789, "day": "2024-02-29T12:30:00.000Z"}`

// free writes what a person may write: any operator, step and function, over values
// that fit and values that do not.
type free struct{ generator }

func (f free) expression(depth int) string {
	if depth <= 0 {
		if f.chance(70) {
			return f.path()
		}
		return f.literal()
	}
	next := func() string { return f.expression(depth - 1) }
	switch n := f.IntN(100); {
	case n < 20:
		return f.path()
	case n < 25:
		return f.literal()
	case n < 35:
		return f.operand(next) + " " + pick(f.generator, "+", "-", "*", "/", "%") + " " + f.operand(next)
	case n < 41:
		return f.operand(next) + " & " + f.operand(next)
	case n < 49:
		return f.operand(next) + " " + pick(f.generator, "=", "!=", "<", ">", "<=", ">=", "in") + " " + f.operand(next)
	case n < 53:
		return f.operand(next) + " " + pick(f.generator, "and", "or") + " " + f.operand(next)
	case n < 58:
		return "(" + next() + " ? " + next() + " : " + next() + ")"
	case n < 63:
		return `{"p": ` + next() + `, "q": ` + next() + "}"
	case n < 67:
		return "[" + next() + ", " + next() + "]"
	case n < 71:
		return "(" + next() + ")" + pick(f.generator, "[0]", "[-1]", "[]", ".x", "[x = 1]", ".(x & y)", "^(x)", "{y: x}")
	case n < 75:
		return "($v := " + next() + "; " + pick(f.generator, "$v", "[$v]", "$count($v)", "$v.x", "$v[0] / 2", "$v[]") + ")"
	case n < 79:
		return f.operand(next) + " ~> " + pick(f.generator, "$string()", "$count()", "$sum()", "$type()", "$exists()", "$not()", "$map(function($i) { $i.x })")
	}
	return f.call(next)
}

// operand is bare or in brackets, so that precedence is tried too.
func (f free) operand(next func() string) string {
	if f.chance(40) {
		return f.path()
	}
	return "(" + next() + ")"
}

func (f free) path() string {
	src := "$" + pick(f.generator, "a", "b", "c", "d", "e", "n", "t", "f", "m", "o", "s", "u", "emp", "eo", "one", "neg", "big", "missing")
	for range f.IntN(3) {
		src += f.step()
	}
	return src
}

func (f free) step() string {
	name := pick(f.generator, "x", "y", "z", "k", "v", "missing")
	switch n := f.IntN(100); {
	case n < 42:
		return "." + name
	case n < 56:
		return pick(f.generator, "[0]", "[1]", "[-1]", "[5]")
	case n < 68:
		return "[" + name + " " + pick(f.generator, "=", ">", "<", "!=") + " " + f.literal() + "]"
	case n < 74:
		return ".*"
	case n < 80:
		return "[]"
	case n < 86:
		return ".(" + name + ")"
	case n < 92:
		return "^(" + pick(f.generator, "", ">", "<") + pick(f.generator, "x", "y", "$", "z", "v") + ")"
	case n < 94:
		return ".**"
	}
	return `.{"q": ` + name + "}"
}

func (f free) literal() string {
	return pick(f.generator, "0", "1", "2", "3", "-1", "1.5", `"a"`, `"p"`, `"text"`, `""`, "true", "false", "null", "[]", "[1, 2]", "{}", `"ä"`, `" 3"`, `"3"`)
}

func (f free) call(next func() string) string {
	one := pick(f.generator, "count", "sum", "max", "min", "average", "string", "number", "boolean", "not", "exists", "type", "keys", "reverse", "distinct",
		"length", "uppercase", "lowercase", "trim", "abs", "floor", "ceil", "sqrt", "sort", "merge", "spread", "base64encode", "encodeUrlComponent")
	if f.chance(60) {
		return "$" + one + "(" + next() + ")"
	}
	switch f.IntN(19) {
	case 0:
		return "$map(" + next() + ", function($i) { " + pick(f.generator, "$i", "$i.x", "$string($i)", "[$i]", "$count($i)") + " })"
	case 1:
		return "$filter(" + next() + ", function($i) { " + pick(f.generator, "$i > 1", "$exists($i.x)", "$i.x = 1", "true") + " })" + pick(f.generator, "", "", "[]")
	case 2:
		return "$append(" + next() + ", " + next() + ")"
	case 3:
		return "$lookup(" + next() + `, "x")`
	case 4:
		return "$join(" + next() + `, "-")`
	case 5:
		return "$split(" + next() + ", " + pick(f.generator, `""`, `"e"`, `" "`, "/[eä]/") + ")"
	case 6:
		return "$substring(" + next() + ", " + pick(f.generator, "0", "1", "-2", "1, 2") + ")"
	case 7:
		return "$contains(" + next() + ", " + pick(f.generator, `"e"`, "/^t/") + ")"
	case 8:
		return "$reduce(" + next() + ", function($p, $c) { $p & $c })"
	case 9:
		return "$zip(" + next() + ", " + next() + ")"
	case 10:
		return "$round(" + next() + ", 1)"
	case 11:
		return "$replace(" + next() + ", " + pick(f.generator, `"a"`, "/[tö]/") + `, "b")`
	case 12:
		return "$each(" + next() + ", function($v, $k) { $k })"
	case 13:
		return "$sift(" + next() + ", function($v) { $exists($v) })"
	case 14:
		return "$pad(" + next() + `, 6, "-")`
	case 15:
		return "$formatNumber(" + next() + `, "#,##0.00")`
	case 16:
		return "$match(" + next() + ", /[te]+/)"
	case 17:
		return "$substringBefore(" + next() + `, "x")`
	}
	return "$single(" + next() + ")"
}
