package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// MaxDefinition is the longest definition, in bytes (Step Functions quota).
const MaxDefinition = 1 << 20

// maxNesting bounds Map and Parallel states inside each other.
const maxNesting = 20

// ErrUnsupported is what errors.Is finds where a definition is valid ASL but
// needs what this machine does not have, such as JSONPath.
var ErrUnsupported = errors.New("asl: not supported")

// Problem is one fault of a definition.
type Problem struct {
	// Path is a JSON Pointer into the definition.
	Path    string
	Message string
}

// DefinitionError lists every fault that Parse found.
type DefinitionError struct{ Problems []Problem }

func (e *DefinitionError) Error() string {
	p := e.Problems[0]
	if n := len(e.Problems) - 1; n > 0 {
		return fmt.Sprintf("asl: %s: %s (and %d more)", p.Path, p.Message, n)
	}
	return fmt.Sprintf("asl: %s: %s", p.Path, p.Message)
}

// UnsupportedError lists what of a definition AWS runs and this machine does not.
// errors.Is finds ErrUnsupported in it.
type UnsupportedError struct{ Problems []Problem }

func (e *UnsupportedError) Error() string {
	return ErrUnsupported.Error() + ": " + e.Problems[0].Path + ": " + e.Problems[0].Message
}

// Unwrap says what kind of error this is.
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }

// Machine is a definition made ready to run. It is never changed after Parse.
type Machine struct {
	Comment        string
	TimeoutSeconds float64
	top            *flow
}

// flow is a set of states with a start: the machine, a branch, an item processor.
// Each is a scope of variables.
type flow struct {
	startAt string
	states  map[string]*state
}

// Options bound expressions.
type Options struct {
	// Expr are the limits and sources of expressions. Defaults to expr's.
	Expr *expr.Options
}

type flowJSON struct {
	Comment        string
	QueryLanguage  string
	Version        string
	StartAt        string
	States         json.RawMessage
	TimeoutSeconds *float64
}

type stateJSON struct {
	Type, QueryLanguage, Comment, Next, Resource, Default       string
	End                                                         bool
	Output, Arguments, Assign, Seconds, Timestamp, Error, Cause json.RawMessage
	TimeoutSeconds, HeartbeatSeconds, Items, ItemSelector       json.RawMessage
	MaxConcurrency, ToleratedFailureCount                       json.RawMessage
	ToleratedFailurePercentage                                  json.RawMessage
	Choices                                                     []choiceJSON
	Branches                                                    []json.RawMessage
	ItemProcessor, Iterator                                     json.RawMessage
	Retry                                                       []retryJSON
	Catch                                                       []catchJSON
}

type choiceJSON struct {
	Condition, Output, Assign json.RawMessage
	Next                      string
}

type retryJSON struct {
	ErrorEquals     []string
	IntervalSeconds *float64
	MaxAttempts     *float64
	BackoffRate     *float64
	MaxDelaySeconds *float64
	JitterStrategy  string
}

type catchJSON struct {
	ErrorEquals    []string
	Next           string
	Output, Assign json.RawMessage
}

// Parse reads and compiles a definition. It returns a *DefinitionError with every
// fault, or an *UnsupportedError with all that cannot be run.
func Parse(raw json.RawMessage, opts *Options) (*Machine, error) {
	if len(raw) > MaxDefinition {
		return nil, &DefinitionError{[]Problem{{"", fmt.Sprintf("longer than %d bytes", MaxDefinition)}}}
	}
	if opts == nil {
		opts = &Options{}
	}
	p := &reader{opts: opts, assigns: map[*flow]assignments{}, names: map[string]string{}}
	top := p.flow("", raw, "JSONPath", 0)
	byPath := func(a, b Problem) int { return strings.Compare(a.Path, b.Path) }
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, byPath)
		return nil, &DefinitionError{p.problems}
	}
	if len(p.unsupported) > 0 {
		slices.SortStableFunc(p.unsupported, byPath)
		return nil, &UnsupportedError{p.unsupported}
	}
	m := &Machine{Comment: p.head.Comment, top: top}
	if t := p.head.TimeoutSeconds; t != nil {
		m.TimeoutSeconds = *t
	}
	return m, nil
}

type reader struct {
	opts                  *Options
	head                  flowJSON
	problems, unsupported []Problem
	assigns               map[*flow]assignments
	names                 map[string]string // of states, and where
}

// maxProblems bounds what is told of a definition.
const maxProblems = 100

func (p *reader) fault(path, format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, Problem{path, fmt.Sprintf(format, args...)})
	}
}

// cannot notes what AWS runs and this machine does not.
func (p *reader) cannot(path, what string) {
	if len(p.unsupported) < maxProblems {
		p.unsupported = append(p.unsupported, Problem{path, what})
	}
}

func decode(raw json.RawMessage, to any) error {
	return json.NewDecoder(bytes.NewReader(raw)).Decode(to)
}

// member is one of an object's, in the order in which they are written.
type member struct {
	name  string
	value json.RawMessage
}

// members reads an object, with what it names twice.
func members(raw json.RawMessage) ([]member, error) {
	if raw == nil {
		return nil, nil
	}
	var out []member
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("asl: not an object")
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		m := member{}
		m.name, _ = t.(string) // the names of an object are strings
		if err := dec.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (p *reader) flow(path string, raw json.RawMessage, language string, depth int) *flow {
	var in flowJSON
	if err := decode(raw, &in); err != nil {
		p.fault(path, "not a state machine: %v", err)
		return nil
	}
	if depth == 0 {
		p.head = in
		p.only("", "a state machine", raw, topFields)
		if in.QueryLanguage != "" {
			language = in.QueryLanguage
		}
		if in.TimeoutSeconds != nil {
			p.within("/TimeoutSeconds", *in.TimeoutSeconds, inSeconds)
		}
	}
	if depth > maxNesting {
		p.fault(path, "nested deeper than %d", maxNesting)
		return nil
	}
	states, err := members(in.States)
	if err != nil {
		p.fault(path+"/States", "is an object of states")
		return nil
	}
	f := &flow{startAt: in.StartAt, states: make(map[string]*state, len(states))}
	for _, m := range states {
		at := path + "/States/" + escape(m.name)
		if first, taken := p.names[m.name]; taken {
			p.fault(at, "is the name of %s too; a name is one state's in the whole machine", first)
			continue
		}
		p.names[m.name] = at
		f.states[m.name] = p.state(at, m.name, m.value, language, depth)
	}
	if f.states[in.StartAt] == nil {
		p.fault(path+"/StartAt", "%q is not a state", in.StartAt)
	}
	for name, s := range f.states {
		if s != nil {
			p.links(path+"/States/"+escape(name), f, s)
		}
	}
	p.scopes(path, f)
	return f
}

// links checks that every way out of a state leads to a state.
func (p *reader) links(path string, f *flow, s *state) {
	to := func(at, next string) {
		if f.states[next] == nil {
			p.fault(path+at, "%q is not a state", next)
		}
	}
	switch s.kind {
	case "", "Succeed", "Fail":
	case "Choice":
		for i, c := range s.choices {
			to(fmt.Sprintf("/Choices/%d/Next", i), c.next)
		}
		if s.next != "" {
			to("/Default", s.next)
		}
	default:
		switch {
		case s.end == (s.next != ""):
			p.fault(path, "needs either Next or End")
		case !s.end:
			to("/Next", s.next)
		}
	}
	for i, c := range s.catch {
		to(fmt.Sprintf("/Catch/%d/Next", i), c.next)
	}
}

func escape(name string) string {
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '~':
			b = append(b, "~0"...)
		case '/':
			b = append(b, "~1"...)
		default:
			b = append(b, name[i])
		}
	}
	return string(b)
}
