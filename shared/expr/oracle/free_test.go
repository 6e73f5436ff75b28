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

// text calls a function of text, numbers or times that takes more than a value.
func (f free) text(next func() string) string {
	return pick(f.generator,
		"$substringAfter("+next()+`, "x")`, "$formatBase("+next()+", "+pick(f.generator, "2", "16", "36")+")", "$formatInteger("+next()+", "+pick(f.generator, `"w"`, `"000"`, `"A"`, `"1;o"`)+")",
		`$parseInteger($string($big), "#0")`, "$power("+next()+", "+pick(f.generator, "2", "-1", "0.5")+")", "$string("+next()+", true)", "$encodeUrl("+next()+")",
		"$decodeUrlComponent("+next()+")", "$base64decode("+next()+")", "$toMillis("+pick(f.generator, "$day", next())+")", "$fromMillis("+pick(f.generator, "0", "1709209800000", next())+")",
		"$fromMillis(1709209800000, "+pick(f.generator, `"[Y0001]-[M01]-[D01]"`, `"[D1o] [MNn] [Y]"`, `"[H01]:[m01]:[s01].[f001] [z]"`, `"[FNn], [h]:[m01] [P]"`)+pick(f.generator, "", `, "+0200"`, `, "-0530"`)+")",
		"$toMillis("+pick(f.generator, `"2024-02-29"`, `"29/02/2024"`, `"x"`)+", "+pick(f.generator, `"[Y]-[M]-[D]"`, `"[D]/[M]/[Y]"`)+")", "$round("+next()+pick(f.generator, ")", ", 0)", ", -1)"),
		`$formatInteger($c[2], "I")`, "$trim("+next()+` & "  x\n")`, "$pad("+next()+", -8)", "$length("+next()+" & $u)", "$split("+next()+`, ", ", 2)`, "$replace($b, /(t)(e)/, function($m) { $m.groups[1] & $m.match })",
		`$replace($b & $u, /(.)t/, "$1-$$")`, "$match($b & "+next()+", /t(e?)/)", "$formatNumber("+next()+", "+pick(f.generator, `"0.0"`, `"#,###.##"`, `"00%"`, `"#.0e0"`, `"$#0;($#0)"`)+")",
		"$contains($b, "+pick(f.generator, "/T/i", "/^x/m", `"ex"`)+")", "$uppercase("+next()+" & $u)")
}

// value calls a function of arrays, objects or functions, or uses a rarer construct.
func (f free) value(next func() string) string {
	return pick(f.generator,
		"["+pick(f.generator, "$a", "0", "-1", "$neg", "$b", "$c", "null", "$missing")+".."+pick(f.generator, "3", "$c[2]", "$a", "$e.x", "1.5", "$missing", "-3", "$s")+"]", "[1..3].("+pick(f.generator, "$ * 2", "$d[$]", "$ & $b")+")", "$d.$lookup("+pick(f.generator, `"x"`, `"z"`, `"missing"`)+")", "$d.$keys()", "$d.$string(x)", "$d.$exists(y)", "$s.$uppercase()",
		"$s.$substring(0, 1)", "$sort($d, function($l, $r) { $l.x < $r.x })", "$sort($s, function($l, $r) { $l > $r })", "$d^(>x, y)", "$d^(<y, >x)", "$d{$string(x): z}", "$s{$: $count($)}", "$d{y: $sum(x)}",
		"$map("+next()+", $string)", "$map($c, function($v, $i, $a) { $v * $i + $count($a) })", "$filter($c, function($v, $i) { $i > 0 })", "$reduce($c, function($p, $v) { $p + $v }, "+next()+")", "$reduce("+next()+", $append)",
		"($f := function($x, $y) { [$x, $y] }; $f("+next()+"))", "($f := $substring(?, 0, 2); $f($b))", "($f := $string ~> $length; $f("+next()+"))", "$single($d, function($v) { $v.x = 2 })", "$each($e, function($v, $k) { {$k: $v} })",
		"$sift($e, function($v, $k) { $k = \"x\" })", "$merge([$e, "+next()+"])", "$e ~> |k|{\"n\": x + 1}|", "$e ~> |$|{\"n\": 1}, \"x\"|", "$d ~> |$[x > 1]|{\"y\": "+next()+"}|", "$o.k#$i.(v + $i)", "$d#$i[$i > 0].x", "$o.k.(%.k.v)", "$o.k.{\"v\": v, \"n\": $count(%.k)}",
		"$d@$x.($x.y)", "$o.k[v > 1].v", "$o[0].k[-1].v", "$d.z[0]", "$d.z[[0, 1]]", "$c[[0..1]]", "$c[$ > 1 and $ < 3]", "$d[x in [1, 3]].y", "$d[$exists(y)].x", "$d[-1].x", "$d.(y ? y : \"none\")", "$zip($c, $s, "+next()+")", "$distinct("+next()+")",
		"$e.$each(function($v, $k) { $k })", "$d.$sift(function($v) { $v = 2 })", "$d.$spread()", "$c.$string()", "$c.$abs()", "$neg.$floor()", "$s.$length()", "$u.$base64encode()", "$c.$boolean()", "$c.$not()", "$s.$pad(3)", "$b.$split(\"x\")", "$b.$contains(\"x\")", "$b.$replace(\"t\", \"T\")", "$b.$match(/t/)", "$c.$power(2)", "$c.$formatNumber(\"0.0\")", "$c.$round(0)", "$c.$sqrt()", "$s.$trim()", "$s.$number()", "$c.$type($)", "$c.$count($)", "$b.$substringBefore(\"x\")", "$u.$encodeUrlComponent()", "$big.$fromMillis()", "$day.$toMillis()", "$c.$formatBase(2)", "$s.$eval_()",
		"$shuffle([])", "$assert("+next()+", \"no\")", "$error("+next()+")", "$exists($e."+pick(f.generator, "x", "missing")+")", "$not($exists("+next()+"))", "-("+next()+")", "- $a.x", "$boolean("+next()+")", "$number("+next()+" & \"\")", "$type("+next()+")", "$string("+next()+") = \"\"", "$e.(x + k.x) / 2",
		"$d[0].x / 2 /* half */", "$append("+next()+", $d)", "$count("+next()+") > 0", "$max("+next()+".x)", "$average($d.x)", "$sum($o.k.v)", "$e.`x`", "$e.\"x\"", "$d.x[0]", "($d.x)[0]", "$d.*[0]", "$e.**.x", "$m[0][1]", "$m[1]", "[$d.y]", "[$one.x]", "[[$m]]", "[$emp]", "[[], $c]", "{}", "{\"a\": $missing}", "{$b: 1}", "{\"a\": {\"b\": ["+next()+"]}}",
		"$spread("+next()+")", "$reverse("+next()+")", "$keys("+next()+")", "$split($b, /e/)", "$t ? "+next(), "($x := 1; $y := $x + 1; $y)", "($x := "+next()+"; ($x := 2); $x)", "$parse_(1)", "$b ~> $uppercase ~> $substring(?, 1)", "$b ~> $uppercase() ~> $length()", "$c ~> $sum ~> $string", "1 = 1 ~> $string()",
		"($fact := function($n) { $n < 2 ? 1 : $n * $fact($n - 1) }; $fact(6))", "function($x) { $x + 1 }("+next()+")", "$c.($ = 2 ? \"two\" : $string($))", "$d.z^(>$)", "$d.(z[0])", "$d.(z)", "$d.[x, y]", "$d.[x]", "$one.[x]", "$d.{\"a\": z}", "$d.z.($ * 2)", "$c[1..2]")
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
	switch n := f.IntN(100); {
	case n < 15:
		return f.text(next)
	case n < 25:
		return f.value(next)
	case n < 60:
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
