package oracle

import "strconv"

// emittedVariables are values as runs hold them: answers of APIs under the names of steps.
const emittedVariables = `{
 "input": {"owner": "acme", "number": 7, "note": null, "tags": ["a", "b"], "flag": true, "odd name": "x", "text": "", "ratio": 0.5, "list": [3, 1, 2], "none": []},
 "found": {"items": [{"id": 1, "name": "päivä", "price": 9.5, "tags": ["x"], "owner": {"login": "ann"}}, {"id": 2, "name": "b", "price": 0, "tags": [], "owner": {"login": "bob"}}, {"id": 3, "name": "b", "price": 100, "tags": ["y", "z"], "owner": null}], "total": 3, "next": null, "empty": [], "one": [{"id": 9, "name": "only", "tags": ["t"]}]},
 "single": {"id": "cus_1", "name": "Zoë \"Z\"", "active": false, "amount": -12.75, "nested": {"deep": {"value": 0}}, "in": "keyword", "a-b": "dash"},
 "rows": [[1, 2], [3], []], "names": ["b", "a", "c"], "one": ["solo"], "objects": [{"id": 1}], "nothing": null, "text": "3", "total": 3, "yes": true, "no": false, "void": [], "hollow": {},
 "item": {"id": 2, "name": "b", "tags": ["p"]}, "index": 1,
 "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": {"data": [{"id": "a"}, {"id": "b"}], "incident": {"title": "T"}, "title": "<b>", "amount": 1200}},
 "states": {"input": {"decision": "retry", "output": {"id": 5}, "item": {"id": 1}, "index": 0, "lost": 1, "value": [[1]]}, "result": [{"ok": true, "value": [1, 2]}, {"ok": false, "error": "Http.5xx"}, {"ok": true, "value": null}], "errorOutput": {"Error": "Http.404", "Cause": "gone"}}}`

// emitter writes what shared/plan/draft (expression.go) and shared/workflow/asl
// (template.go, flow.go, tasks.go) write.
type emitter struct{ generator }

// expression is one string of a definition, or of a planned document.
func (e emitter) expression() string {
	switch n := e.IntN(100); {
	case n < 18:
		return e.guard()
	case n < 40:
		return e.orNull(e.bound(e.planned()))
	case n < 50:
		return "($v := " + e.bound(e.planned()) + `; $exists($v) ? $string($v) : "")`
	case n < 58:
		return e.bound(e.guard()) + " ? true : false"
	case n < 85:
		return e.constructor(2)
	case n < 90:
		return `"each[" & $string($index) & "]/charge" & ` + e.text()
	case n < 94:
		return e.ended()
	}
	return e.planned()
}

// planned is what the planner writes for a value.
func (e emitter) planned() string {
	switch n := e.IntN(10); {
	case n < 6:
		return e.reference()
	case n < 7:
		return "$string(" + e.reference() + ")"
	case n < 8:
		return "[" + e.reference() + "]"
	case n < 9:
		return "$input." + e.name()
	}
	return e.text()
}

func (e emitter) reference() string {
	src := "$" + pick(e.generator, "input", "found", "found", "single", "rows", "names", "one", "objects", "nothing", "text", "total",
		"void", "hollow", "item", "response.body", "missing")
	for range e.IntN(4) {
		if e.chance(65) {
			src += "." + e.name()
			continue
		}
		src += pick(e.generator, "[0]", "[0]", "[-1]", "[2]", "[7]", "["+e.name()+" = "+e.text()+"][0]")
	}
	return src
}

func (e emitter) name() string {
	return pick(e.generator, "items", "items", "name", "id", "price", "tags", "owner", "login", "total", "next", "empty", "one", "nested", "deep", "value",
		"data", "title", "note", "list", "active", "amount", "missing", "`in`", "`a-b`", "`odd name`", "$lookup(\"a-b\")")
}

func (e emitter) text() string {
	return pick(e.generator, `""`, `"b"`, `"ann"`, `"only"`, `"päivä"`, `"a \"quoted\" {% %}"`, `"line\nnext\u003c"`, `"3"`, `"cus_1"`)
}

// guard is a step's condition.
func (e emitter) guard() string {
	left := e.reference()
	switch e.IntN(5) {
	case 0:
		return "$count(" + left + ") > 0"
	case 1:
		return "$count(" + left + ") = 0"
	case 2:
		return "$count(" + left + ") " + e.order() + " " + strconv.Itoa(e.IntN(4))
	case 3:
		return left + " " + pick(e.generator, "=", "!=") + " " + e.literal()
	}
	return "$exists(" + left + ") and " + left + " " + e.order() + " " + pick(e.generator, e.number(), e.text())
}

func (e emitter) order() string { return pick(e.generator, "<", "<=", ">", ">=", "=", "!=") }

func (e emitter) literal() string {
	return pick(e.generator, e.number(), e.text(), "true", "false", "null")
}

func (e emitter) orNull(src string) string { return "($v := " + src + "; $exists($v) ? $v : null)" }

// bound gives names their variables, as within loops and where a step bears the name of a function.
func (e emitter) bound(src string) string {
	if e.chance(15) {
		return "($index := $total; $each := $item; " + src + ")"
	}
	return "(" + src + ")"
}

// constructor is a template with expressions.
func (e emitter) constructor(depth int) string {
	if depth == 0 || e.chance(30) {
		return pick(e.generator, e.bound(e.planned()), e.literal(), "[]", "{}")
	}
	if e.chance(60) {
		i := 0
		return "{" + e.commas(3, func() string {
			i++
			return `"` + string(rune('a'+i)) + `": ` + e.constructor(depth-1)
		}) + "}"
	}
	return "[" + e.commas(3, func() string {
		if e.chance(50) {
			return "($v := " + e.bound(e.planned()) + `; $type($v) = "array" ? [[$v]] : $v)`
		}
		return pick(e.generator, e.literal(), e.constructor(depth-1))
	}) + "]"
}

// ended is what follows a step: the values of a loop, a decision, an error.
func (e emitter) ended() string {
	result := pick(e.generator, "$states.result", "$void", "[$item]", "$found.items", "[{\"ok\": true, \"value\": $rows}]", "[{\"ok\": true, \"value\": "+e.reference()+"}]")
	return pick(e.generator,
		`($r := `+result+`; $n := $count($r); {"lost": $count($r[ok = false]), "value": $n = 0 ? [] : $n = 1 ? `+
			`($v := $r[0].value; $type($v) = "array" ? [[$v]] : $exists($v) ? [$v] : [null]) : $map($r, function($x) { $x.ok ? $x.value : null })})`,
		`$states.input.decision = `+e.text(), "$states.input.lost > "+strconv.Itoa(e.IntN(3)),
		"$exists($states.input.output) ? $states.input.output : null", `{"ok": true, "value": $states.result[0]}`,
		`{"ok": false, "error": $states.errorOutput.Error}`, "$states.input."+pick(e.generator, "item", "index", "value", "output", "missing"))
}
