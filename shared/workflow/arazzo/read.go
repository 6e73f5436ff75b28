package arazzo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// Limits of a description.
const (
	MaxBytes = 1 << 20
	// maxJSON is what a YAML text may become, its aliases expanded.
	maxJSON  = 4 << 20
	maxDepth = 100
	// maxProblems is how many faults, and how many notes, one answer names.
	maxProblems = 50
)

// findings are what the import tells: faults, which refuse it, and notes.
type findings struct {
	problems, notes []apierr.Problem
}

func (f *findings) refuse(at, code, text string, args ...any) {
	f.problems = put(f.problems, at, code, text, args)
}

func (f *findings) note(at, code, text string, args ...any) {
	f.notes = put(f.notes, at, code, text, args)
}

func put(list []apierr.Problem, at, code, text string, args []any) []apierr.Problem {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	p := apierr.Problem{Path: at, Code: code, Message: text}
	if len(list) >= maxProblems || slices.Contains(list, p) {
		return list
	}
	return append(list, p)
}

func (f *findings) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return refused(f.problems...)
}

func refused(problems ...apierr.Problem) error {
	return apierr.New(apierr.WorkflowInvalid, "The Arazzo description cannot be imported as it is.").With(problems...)
}

// read gives the description's root.
func read(raw []byte, f *findings) (node, error) {
	if len(raw) > MaxBytes {
		return node{}, refused(apierr.Problem{Code: "too_large", Message: fmt.Sprintf("A description is at most %d KiB.", MaxBytes>>10)})
	}
	text, err := spec.JSONText(raw, &spec.ParseOptions{MaxBytes: maxJSON, MaxDepth: maxDepth})
	if err != nil {
		p := apierr.Problem{Code: "syntax", Message: "The text is neither JSON nor YAML."}
		if e := apierr.From(err); len(e.Problems) > 0 {
			p.Code, p.Message = e.Problems[0].Code, e.Problems[0].Message
		}
		return node{}, refused(p)
	}
	if p := unique(text); p != nil {
		return node{}, refused(*p)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return node{}, refused(apierr.Problem{Code: "syntax", Message: "The text is not well-formed."})
	}
	if _, ok := v.(map[string]any); !ok {
		return node{}, refused(apierr.Problem{Code: "type", Message: "A description is an object."})
	}
	return node{v: v, f: f}, nil
}

// unique refuses members that are given twice: one of them would be dropped.
func unique(text []byte) *apierr.Problem {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		_, err := dec.ReadToken()
		var syntactic *jsontext.SyntacticError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
			return &apierr.Problem{Path: string(syntactic.JSONPointer), Code: "duplicate_field", Message: "The field is given twice."}
		case err != nil:
			return &apierr.Problem{Code: "syntax", Message: "The text is not well-formed."}
		}
	}
}

// node is a place in the description.
type node struct {
	at string
	v  any
	f  *findings
}

func (n node) refuse(code, text string, args ...any) { n.f.refuse(n.at, code, text, args...) }
func (n node) note(code, text string, args ...any)   { n.f.note(n.at, code, text, args...) }

// child is what lies below, whether it is there or not.
func (n node) child(name string) node {
	m, _ := n.v.(map[string]any)
	return node{at: n.at + workflow.Pointer(name), v: m[name], f: n.f}
}

func (n node) has(name string) bool {
	m, _ := n.v.(map[string]any)
	_, ok := m[name]
	return ok
}

// names are an object's members, sorted.
func (n node) names() []string {
	m, _ := n.v.(map[string]any)
	return sorted(m)
}

// object says whether the node is one, and refuses members that it may not have.
// Extensions have no effect, which is noted.
func (n node) object(fields ...string) bool {
	if _, ok := n.v.(map[string]any); !ok {
		n.refuse("type", "An object is needed here.")
		return false
	}
	for _, name := range n.names() {
		switch {
		case slices.Contains(fields, name):
		case strings.HasPrefix(name, "x-"):
			n.child(name).note("extension", "The extension has no effect here.")
		default:
			n.child(name).refuse("unknown_field", "Arazzo has no such field here.")
		}
	}
	return true
}

// text is a member that is a string, "" where it is not there.
func (n node) text(name string) string {
	c := n.child(name)
	s, ok := c.v.(string)
	if n.has(name) && !ok {
		c.refuse("type", "Text is needed here.")
	}
	return s
}

// required is a member that must be a text.
func (n node) required(name string) string {
	s := n.text(name)
	if s == "" {
		n.child(name).refuse("required", "The field is needed.")
	}
	return s
}

// list is a member that is an array; nothing where it is not there.
func (n node) list(name string) []node {
	c := n.child(name)
	items, ok := c.v.([]any)
	if n.has(name) && !ok {
		c.refuse("type", "A list is needed here.")
	}
	out := make([]node, len(items))
	for i, v := range items {
		out[i] = c.item(i, v)
	}
	return out
}

// item is the i-th of an array.
func (n node) item(i int, v any) node {
	return node{at: n.at + "/" + strconv.Itoa(i), v: v, f: n.f}
}

// number is a member that is a number; ok says whether it is there.
func (n node) number(name string) (v float64, ok bool) {
	if !n.has(name) {
		return 0, false
	}
	c := n.child(name)
	num, isNumber := c.v.(json.Number)
	v, err := num.Float64()
	if !isNumber || err != nil || v < 0 {
		c.refuse("type", "A number that is not negative is needed here.")
		return 0, false
	}
	return v, true
}

// kind is the type of a criterion or a selector: a text, or an object with that and
// a version; "" where it is not there.
func (n node) kind() string {
	t := n.child("type")
	kind, _ := t.v.(string)
	if kind == "" && n.has("type") && t.object("type", "version") {
		kind = t.required("type")
	}
	return kind
}

// encode writes a value as JSON, text unescaped, members sorted.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil // what was decoded, and texts, always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
