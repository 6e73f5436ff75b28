package asl_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow/asl"
)

func problems(err error) []apierr.Problem {
	var e *apierr.Error
	if errors.As(err, &e) {
		return e.Problems
	}
	return nil
}

// checkDefinition holds a definition against the rules of Amazon States Language
// that Step Functions checks when a state machine is made.
func checkDefinition(t testing.TB, definition json.RawMessage, info map[string]asl.StateInfo) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(definition, &m); err != nil {
		t.Fatal(err)
	}
	if m["QueryLanguage"] != "JSONata" {
		t.Error("not in JSONata mode")
	}
	c := checker{t: t, info: info, names: map[string]bool{}}
	c.machine("$", m, nil)
	if len(c.names) != len(info) {
		t.Errorf("%d states, %d told of", len(c.names), len(info))
	}
}

type checker struct {
	t     testing.TB
	info  map[string]asl.StateInfo
	names map[string]bool
}

// allowed are the fields of each type of state in JSONata mode.
var allowed = map[string][]string{
	"Pass":     {"Output", "Assign", "Next", "End"},
	"Succeed":  {"Output"},
	"Fail":     {"Error", "Cause"},
	"Wait":     {"Seconds", "Timestamp", "Output", "Assign", "Next", "End"},
	"Choice":   {"Choices", "Default", "Output", "Assign"},
	"Task":     {"Resource", "Arguments", "TimeoutSeconds", "Output", "Assign", "Retry", "Catch", "Next", "End"},
	"Parallel": {"Branches", "Output", "Assign", "Retry", "Catch", "Next", "End"},
	"Map":      {"Items", "ItemSelector", "MaxConcurrency", "ItemProcessor", "Output", "Assign", "Retry", "Catch", "Next", "End"},
}

func (c *checker) machine(at string, m map[string]any, outer []string) {
	states, _ := m["States"].(map[string]any)
	start, _ := m["StartAt"].(string)
	if states[start] == nil {
		c.t.Errorf("%s: starts at %q, which is not there", at, start)
	}
	assigned := map[string]bool{}
	for _, raw := range states {
		s := raw.(map[string]any)
		for _, assigning := range append(asList(s["Catch"]), s) {
			for name := range asMap(asMap(assigning)["Assign"]) {
				assigned[name] = true
				if slices.Contains(outer, name) {
					c.t.Errorf("%s: assigns %q, a name of an outer scope", at, name)
				}
			}
		}
	}
	visible := append(slices.Clone(outer), slices.Collect(maps.Keys(assigned))...)
	reached := map[string]bool{start: true}
	for name, raw := range states {
		c.state(at+"/"+name, name, raw.(map[string]any), states, reached, visible)
	}
	for name := range states {
		if !reached[name] {
			c.t.Errorf("%s: nothing leads to %q", at, name)
		}
	}
}

func (c *checker) state(at, name string, s map[string]any, states map[string]any, reached map[string]bool, visible []string) {
	if c.names[name] {
		c.t.Errorf("%s: the name is taken elsewhere", at)
	}
	c.names[name] = true
	typ, _ := s["Type"].(string)
	if c.info[name].Type != typ {
		c.t.Errorf("%s: told of as %q, is %q", at, c.info[name].Type, typ)
	}
	if len(name) > asl.MaxStateName {
		c.t.Errorf("%s: name too long", at)
	}
	for field := range s {
		if field != "Type" && !slices.Contains(allowed[typ], field) {
			c.t.Errorf("%s: a %s has no %s", at, typ, field)
		}
	}
	follow := func(to any) {
		next, _ := to.(string)
		if states[next] == nil {
			c.t.Errorf("%s: leads to %q, which is not there", at, next)
		}
		reached[next] = true
	}
	if s["Next"] != nil {
		follow(s["Next"])
	}
	if slices.Contains(allowed[typ], "Next") && (s["Next"] == nil) == (s["End"] == nil) {
		c.t.Errorf("%s: must have one of Next and End", at)
	}
	if typ == "Choice" {
		follow(s["Default"])
		for _, raw := range s["Choices"].([]any) {
			follow(raw.(map[string]any)["Next"])
		}
	}
	c.errors(at, s, follow)
	for _, raw := range asList(s["Branches"]) {
		c.machine(at, raw.(map[string]any), visible)
	}
	if p := asMap(s["ItemProcessor"]); p != nil {
		c.machine(at, p, visible)
	}
	own := maps.Clone(s)
	delete(own, "Branches")
	delete(own, "ItemProcessor")
	c.expressions(at, own, visible)
}

func (c *checker) errors(at string, s map[string]any, follow func(any)) {
	for _, field := range []string{"Retry", "Catch"} {
		list := asList(s[field])
		for i, raw := range list {
			one := raw.(map[string]any)
			if field == "Catch" {
				follow(one["Next"])
			}
			names := asList(one["ErrorEquals"])
			if len(names) == 0 {
				c.t.Errorf("%s: %s without errors", at, field)
			}
			for _, name := range names {
				if name == "States.ALL" && (len(names) > 1 || i+1 < len(list)) {
					c.t.Errorf("%s: States.ALL must stand alone and last", at)
				}
				if strings.HasSuffix(name.(string), "xx") {
					c.t.Errorf("%s: %s is no exact name", at, name)
				}
			}
		}
	}
}

// expressions must parse and read only what some state of their scope assigns.
func (c *checker) expressions(at string, v any, visible []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if strings.HasSuffix(k, ".$") {
				c.t.Errorf("%s: %s belongs to JSONPath", at, k)
			}
			c.expressions(at, x, visible)
		}
	case []any:
		for _, x := range v {
			c.expressions(at, x, visible)
		}
	case string:
		src, ok := expr.Unwrap(v)
		if !ok {
			if strings.HasPrefix(v, "{%") {
				c.t.Errorf("%s: %q is neither text nor expression", at, v)
			}
			return
		}
		p, err := expr.Compile(src, nil)
		if err != nil {
			c.t.Errorf("%s: %s: %v", at, src, err)
			return
		}
		for _, name := range p.Variables() {
			if name != "states" && !slices.Contains(visible, name) {
				c.t.Errorf("%s: %s reads $%s, which no state here assigns", at, src, name)
			}
		}
	}
}

func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }
func asList(v any) []any         { l, _ := v.([]any); return l }
