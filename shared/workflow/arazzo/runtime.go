package arazzo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// segment is one step of a path: a member, or an item of an array.
type segment struct {
	name  string
	item  bool
	index int
}

// ref is a runtime expression as it is written: what it begins with, a name that
// may go on into the value by dots, and a path.
type ref struct {
	root string // inputs, steps, outputs, status, header, body
	step string // steps: the stepId
	name string
	path []segment
}

// roots are all that runtime expressions begin with.
var roots = regexp.MustCompile(`^\$(url|method|statusCode|self|(request|response|message|inputs|outputs|steps|workflows|sourceDescriptions|components)\.)`)

// isRuntime says that a text means to be a runtime expression.
func isRuntime(s string) bool { return roots.MatchString(s) }

var (
	reInputs  = regexp.MustCompile(`^\$inputs\.([A-Za-z0-9._-]+)`)
	reOutputs = regexp.MustCompile(`^\$outputs\.([A-Za-z0-9._-]+)`)
	reSteps   = regexp.MustCompile(`^\$steps\.([A-Za-z0-9_-]+)\.outputs\.([A-Za-z0-9._-]+)`)
	reHeader  = regexp.MustCompile(`^\$response\.header\.([A-Za-z0-9_-]+)`)
	reBody    = regexp.MustCompile(`^\$response\.body`)
	reStatus  = regexp.MustCompile(`^\$statusCode\b`)
	reMember  = regexp.MustCompile(`^(?:\.([A-Za-z0-9_-]+)|\[(\d{1,6})\]|\[(?:'([^']*)'|"([^"]*)")\])`)
	// A pointer inside a condition ends where an operator may begin.
	rePointer          = regexp.MustCompile(`^#((?:/[^{}]*)?)`)
	rePointerCondition = regexp.MustCompile(`^#((?:/[^\s{}()=!<>&|]*)?)`)
)

// scan reads a runtime expression at the start of a text and tells how long it is;
// n is 0 where there is none that can be mapped.
func scan(s string, condition bool) (r ref, n int) {
	var m []string
	take := func(re *regexp.Regexp) bool {
		if m = re.FindStringSubmatch(s[n:]); m == nil {
			return false
		}
		n += len(m[0])
		return true
	}
	switch {
	case take(reStatus):
		return ref{root: "status"}, n
	case take(reHeader):
		return ref{root: "header", name: strings.ToLower(m[1])}, n
	case take(reBody):
		r.root = "body"
	case take(reInputs):
		r.root, r.name = "inputs", m[1]
	case take(reOutputs):
		r.root, r.name = "outputs", m[1]
	case take(reSteps):
		r.root, r.step, r.name = "steps", m[1], m[2]
	default:
		return ref{}, 0
	}
	for take(reMember) {
		r.path = append(r.path, member(m))
	}
	re := rePointer
	if condition {
		re = rePointerCondition
	}
	if take(re) {
		r.path = append(r.path, segments(m[1])...)
	}
	return r, n
}

func member(m []string) segment {
	if m[2] != "" {
		i, _ := strconv.Atoi(m[2]) // at most six digits
		return segment{item: true, index: i}
	}
	return segment{name: m[1] + m[3] + m[4]}
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// segments reads a JSON Pointer. A whole number is an item of an array: that is
// what the specification uses them for.
func segments(ptr string) []segment {
	if ptr == "" {
		return nil
	}
	var out []segment
	for _, token := range strings.Split(ptr[1:], "/") {
		token = unescape.Replace(token)
		i, err := strconv.Atoi(token)
		if err == nil && i >= 0 && i < 1_000_000 && strconv.Itoa(i) == token {
			out = append(out, segment{item: true, index: i})
		} else {
			out = append(out, segment{name: token})
		}
	}
	return out
}

// named splits a name with dots: the longest beginning that is known is the name,
// the rest are members. A name of which nothing is known is taken whole.
func named(name string, known []string) (string, []segment) {
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if !slices.Contains(known, name[:end]) {
			continue
		}
		var rest []segment
		for _, part := range strings.Split(strings.TrimPrefix(name[end:], "."), ".") {
			if part != "" {
				rest = append(rest, segment{name: part})
			}
		}
		return name[:end], rest
	}
	return name, nil
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// path writes a JSONata path; ok is false for a name that JSONata cannot write.
func path(base string, segments ...segment) (string, bool) {
	var b strings.Builder
	b.WriteString(base)
	for _, s := range segments {
		switch {
		case s.item:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case plainName.MatchString(s.name) && !slices.Contains([]string{"and", "or", "in", "true", "false", "null", "function"}, s.name):
			b.WriteString("." + s.name)
		case strings.Contains(s.name, "`") || s.name == "":
			return "", false
		default:
			b.WriteString(".`" + s.name + "`")
		}
	}
	return b.String(), true
}
