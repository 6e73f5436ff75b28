package arazzo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

var (
	inputName  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	headerName = regexp.MustCompile(`^[a-z0-9_-]+$`)
)

// ref writes a path as a runtime expression; condition says that it stands in one.
func (e *exporter) ref(at string, t *term, answered, condition bool) (string, bool) {
	base, rest := "", t.path
	no := func(why string) (string, bool) {
		e.refuse(at, "expression", "Arazzo cannot say this: %s", why)
		return "", false
	}
	switch b, isStep := e.steps[t.name]; {
	case t.name == "response" && answered:
		return e.response(at, t, condition)
	case t.name == "input":
		if len(rest) == 0 || rest[0].item || !inputName.MatchString(rest[0].name) {
			return no("of $input only a member can be read, whose name has letters, digits, dashes and underscores.")
		}
		base, rest = "$inputs."+rest[0].name, rest[1:]
	case !isStep:
		return no("$" + t.name + " is nothing that it knows there.")
	case b.shape == shapeObject:
		if len(rest) == 0 || rest[0].item || !slices.Contains(b.outputs, rest[0].name) {
			return no("of a step only an output can be read, not its whole value.")
		}
		base, rest = "$steps."+t.name+".outputs."+rest[0].name, rest[1:]
	default:
		base = "$steps." + t.name + ".outputs." + b.shape
	}
	ptr, ok := written(rest, condition)
	if !ok {
		return no("a name in the path cannot be written as a JSON Pointer there.")
	}
	return base + ptr, true
}

func (e *exporter) response(at string, t *term, condition bool) (string, bool) {
	if len(t.path) > 0 && !t.path[0].item {
		switch name := t.path[0].name; {
		case name == "status" && len(t.path) == 1:
			return "$statusCode", true
		case name == "headers" && len(t.path) == 2 && headerName.MatchString(t.path[1].name):
			return "$response.header." + t.path[1].name, true
		case name == "body":
			if ptr, ok := written(t.path[1:], condition); ok {
				return "$response.body" + ptr, true
			}
		}
	}
	e.refuse(at, "expression", "Arazzo cannot say this: of a response it knows the status, a header, and places in the body that a JSON Pointer can name.")
	return "", false
}

// written is a path as #/json/pointer, "" for no path.
func written(path []segment, condition bool) (string, bool) {
	if len(path) == 0 {
		return "", true
	}
	var b strings.Builder
	b.WriteByte('#')
	for _, s := range path {
		if s.item {
			b.WriteString("/" + strconv.Itoa(s.index))
			continue
		}
		_, err := strconv.Atoi(s.name)
		if err == nil || strings.ContainsAny(s.name, "{}") || condition && (s.name == "" || strings.ContainsAny(s.name, " \t\r\n()=!<>&|")) {
			return "", false
		}
		b.WriteString(workflow.Pointer(s.name))
	}
	return b.String(), true
}

// condition writes an expression as a simple condition.
func (e *exporter) condition(at, src string, answered bool) (string, bool) {
	t := parse(src)
	if t == nil {
		e.refuse(at, "expression", "Arazzo cannot say this: a condition compares paths and constants, joined by and, or and $not.")
		return "", false
	}
	c := &conditionWriter{e: e, at: at, answered: answered}
	text := c.write(t)
	return text, !c.failed
}

type conditionWriter struct {
	e        *exporter
	at       string
	answered bool
	failed   bool
}

func (c *conditionWriter) no(text string) string {
	if !c.failed {
		c.e.refuse(c.at, "expression", "%s", text)
	}
	c.failed = true
	return ""
}

func (c *conditionWriter) ref(t *term) string {
	s, ok := c.e.ref(c.at, t, c.answered, true)
	c.failed = c.failed || !ok
	return s
}

func (c *conditionWriter) write(t *term) string {
	if x, op := nullTest(t); x != nil {
		return c.ref(x) + " " + op + " null"
	}
	switch t.op {
	case "and", "or":
		op := map[string]string{"and": " && ", "or": " || "}[t.op]
		parts := make([]string, len(t.args))
		for i, a := range t.args {
			parts[i] = c.write(a)
			if x, _ := nullTest(a); x == nil && a.op == "or" && t.op == "and" {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, op)
	case "lit":
		if s := string(t.lit); s == "true" || s == "false" {
			return s
		}
	case "call":
		if t.name == "not" {
			return "!(" + c.write(t.args[0]) + ")"
		}
	case "=", "!=", "<", "<=", ">", ">=":
		return c.comparison(t)
	}
	return c.no("Arazzo cannot say this: a condition compares paths and constants, joined by and, or and $not.")
}

// nullTest finds the two ways in which null is told from all else.
func nullTest(t *term) (x *term, op string) {
	if len(t.args) != 2 {
		return nil, ""
	}
	l, r := t.args[0], t.args[1]
	switch {
	case t.op == "or" && r.op == "=":
		if l = l.call("not"); l != nil {
			l = l.call("exists")
		}
		op = "=="
	case t.op == "and" && r.op == "!=":
		l, op = l.call("exists"), "!="
	default:
		return nil, ""
	}
	if l == nil || !l.same(r.args[0]) || !r.args[1].null() {
		return nil, ""
	}
	return l, op
}

func (c *conditionWriter) comparison(t *term) string {
	l, r, op := t.args[0], t.args[1], t.op
	if op == "=" {
		op = "=="
	}
	equality := op == "==" || op == "!="
	// Arazzo compares text without case: so must the expression.
	if x := caseless(l); x != nil {
		if s, ok := r.text(); ok && s == strings.ToLower(s) {
			return c.ref(x) + " " + op + " '" + strings.ReplaceAll(s, "'", "''") + "'"
		}
		if y := caseless(r); y != nil && equality {
			return c.ref(x) + " " + op + " " + c.ref(y)
		}
	}
	_, isText := r.text()
	switch {
	case l.op != "path":
		return c.no("Arazzo cannot say this: a comparison begins with a path.")
	case r.op == "lit" && !isText && !r.null() && (equality || r.lit[0] != 't' && r.lit[0] != 'f'):
		return c.ref(l) + " " + op + " " + string(r.lit)
	case r.op == "path" && !equality:
		return c.ref(l) + " " + op + " " + c.ref(r)
	}
	return c.no("Arazzo compares text without case and takes what is missing for null: write $lowercase($string(…)) on both sides, or test with $exists.")
}

// caseless takes x out of $lowercase($string(x)).
func caseless(t *term) *term {
	if x := t.call("lowercase"); x != nil {
		if x = x.call("string"); x != nil && x.op == "path" {
			return x
		}
	}
	return nil
}
