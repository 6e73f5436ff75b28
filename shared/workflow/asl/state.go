package asl

import (
	"bytes"
	"encoding/json"
)

// machine, states and state are the parts of Amazon States Language that the
// compiler writes (https://states-language.net/).
type machine struct {
	Comment       string  `json:"Comment,omitempty"`
	QueryLanguage string  `json:"QueryLanguage,omitempty"`
	StartAt       string  `json:"StartAt"`
	States        *states `json:"States"`
}

// states keeps the order in which a reader follows them.
type states struct {
	names []string
	byKey map[string]*state
}

func newStates() *states { return &states{byKey: map[string]*state{}} }

func (s *states) add(name string, st *state) {
	s.names = append(s.names, name)
	s.byKey[name] = st
}

// MarshalJSON writes the states in their order.
func (s *states) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range s.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(name))
		b.WriteByte(':')
		st, err := encode(s.byKey[name])
		if err != nil {
			return nil, err
		}
		b.Write(st)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

type state struct {
	Type           string         `json:"Type"`
	Comment        string         `json:"Comment,omitempty"`
	Resource       string         `json:"Resource,omitempty"`
	Arguments      any            `json:"Arguments,omitempty"`
	TimeoutSeconds int            `json:"TimeoutSeconds,omitempty"`
	Items          string         `json:"Items,omitempty"`
	ItemSelector   any            `json:"ItemSelector,omitempty"`
	MaxConcurrency int            `json:"MaxConcurrency,omitempty"`
	ItemProcessor  *processor     `json:"ItemProcessor,omitempty"`
	Branches       []machine      `json:"Branches,omitempty"`
	Choices        []choice       `json:"Choices,omitempty"`
	Default        string         `json:"Default,omitempty"`
	Seconds        any            `json:"Seconds,omitempty"`
	Timestamp      string         `json:"Timestamp,omitempty"`
	Error          string         `json:"Error,omitempty"`
	Cause          string         `json:"Cause,omitempty"`
	Assign         map[string]any `json:"Assign,omitempty"`
	Output         any            `json:"Output,omitempty"`
	Retry          []retrier      `json:"Retry,omitempty"`
	Catch          []catcher      `json:"Catch,omitempty"`
	Next           string         `json:"Next,omitempty"`
	End            bool           `json:"End,omitempty"`
}

type processor struct {
	ProcessorConfig processorConfig `json:"ProcessorConfig"`
	machine
}

type processorConfig struct {
	Mode string `json:"Mode"`
}

type choice struct {
	Condition string `json:"Condition"`
	Next      string `json:"Next"`
}

type retrier struct {
	ErrorEquals     []string `json:"ErrorEquals"`
	IntervalSeconds int      `json:"IntervalSeconds,omitempty"`
	MaxAttempts     int      `json:"MaxAttempts"`
	BackoffRate     float64  `json:"BackoffRate,omitempty"`
	MaxDelaySeconds int      `json:"MaxDelaySeconds,omitempty"`
	JitterStrategy  string   `json:"JitterStrategy,omitempty"`
}

type catcher struct {
	ErrorEquals []string       `json:"ErrorEquals"`
	Assign      map[string]any `json:"Assign,omitempty"`
	Output      any            `json:"Output,omitempty"`
	Next        string         `json:"Next"`
}

// encode writes JSON that a person can read: no escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
