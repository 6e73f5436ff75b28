package replay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// Recordings are masked: time stamps, ARNs and ids were replaced. A masked input
// cannot run as it stands, so times in it get a value again: the one that the
// recorded cause quotes, or any past one. Comparing puts the mask back.

// mask is a value that stands in for a masked one.
type mask struct{ shown, value string }

const anyPast = "2016-03-14T01:59:00Z"

var quotedTime = regexp.MustCompile(`date-time format string: (.*)$`)

// unmask gives the input its times back where a Wait reads one.
func (p *player) unmask() (json.RawMessage, error) {
	if !strings.Contains(string(p.c.Definition), `"Timestamp"`) {
		return p.c.Input, nil
	}
	value := anyPast
	for i := range p.c.Events {
		if m := quotedTime.FindStringSubmatch(p.c.Events[i].text("cause")); m != nil {
			value = m[1]
			break
		}
	}
	var in any
	if err := json.Unmarshal(p.c.Input, &in); err != nil {
		return nil, fmt.Errorf("the input is not JSON: %w", err)
	}
	out := p.replace(in, value)
	if len(p.masks) == 0 {
		return p.c.Input, nil
	}
	return json.Marshal(out)
}

// masksTime tells what recordings have in the place of a time.
func masksTime(s string) bool { return s == "date" || s == "timestamp" }

func (p *player) replace(v any, value string) any {
	switch v := v.(type) {
	case string:
		if masksTime(v) {
			p.masks = append(p.masks, mask{v, value})
			return value
		}
	case []any:
		for i := range v {
			v[i] = p.replace(v[i], value)
		}
	case map[string]any:
		for k := range v {
			v[k] = p.replace(v[k], value)
		}
	}
	return v
}

// compare looks at how the run ended. Types of events are equal by now.
func (p *player) compare() error {
	last := len(p.mine) - 1
	mine, want := p.mine[last], &p.c.Events[last]
	if p.c.Final != "" && p.c.Final != mine.Type {
		return fmt.Errorf("ends with %s, want %s", mine.Type, p.c.Final)
	}
	var got struct{ Output, Error string }
	if len(mine.Details) > 0 {
		if err := json.Unmarshal(mine.Details, &got); err != nil {
			return err
		}
	}
	if raw, ok := want.Details["output"]; ok && !p.same(raw, got.Output) {
		return fmt.Errorf("output is %s, want %s", got.Output, want.text("output"))
	}
	if e := want.text("error"); e != got.Error && !p.matches(e, got.Error) {
		return fmt.Errorf("error is %q, want %q", got.Error, e)
	}
	return p.compareStates()
}

// compareStates looks at what each state was given and gave.
func (p *player) compareStates() error {
	for i, e := range p.mine {
		if len(e.Details) == 0 {
			continue
		}
		var mine map[string]json.RawMessage
		if err := json.Unmarshal(e.Details, &mine); err != nil {
			return err
		}
		want := &p.c.Events[i]
		for _, field := range []string{"name", "input", "output", "parameters", "length", "index", "error", "location", "state"} {
			raw, ok := want.Details[field]
			if !ok {
				continue
			}
			if !p.same(raw, detail(mine[field])) {
				return fmt.Errorf("event %d %s: %s is %s, want %s", i+1, e.Type, field, detail(mine[field]), raw)
			}
		}
		if raw, ok := want.Details["assignedVariables"]; ok {
			if err := p.compareVariables(raw, mine["assignedVariables"]); err != nil {
				return fmt.Errorf("event %d %s: %w", i+1, e.Type, err)
			}
		}
	}
	return nil
}

func (p *player) compareVariables(want, mine json.RawMessage) error {
	var a, b map[string]json.RawMessage
	if err := json.Unmarshal(want, &a); err != nil {
		return err
	}
	if len(mine) > 0 {
		if err := json.Unmarshal(mine, &b); err != nil {
			return err
		}
	}
	if len(a) != len(b) {
		return fmt.Errorf("assigned %d variables, want %d", len(b), len(a))
	}
	for name, raw := range a {
		if !p.same(raw, detail(b[name])) {
			return fmt.Errorf("variable %s is %s, want %s", name, detail(b[name]), raw)
		}
	}
	return nil
}

// detail is a detail's text: a string's contents, or the JSON itself.
func detail(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// same compares a recorded detail with the text of ours, as JSON values.
func (p *player) same(recorded json.RawMessage, mine string) bool {
	text := detail(recorded)
	if text == mine {
		return true
	}
	var a, b any
	if json.Unmarshal([]byte(text), &a) != nil || json.Unmarshal([]byte(mine), &b) != nil {
		return p.matches(text, mine)
	}
	return p.equal(a, b)
}

func (p *player) equal(want, mine any) bool {
	switch w := want.(type) {
	case string:
		m, ok := mine.(string)
		return ok && p.matches(w, m)
	case []any:
		m, ok := mine.([]any)
		if !ok || len(w) != len(m) {
			return false
		}
		for i := range w {
			if !p.equal(w[i], m[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := mine.(map[string]any)
		if !ok || len(w) != len(m) {
			return false
		}
		for k := range w {
			x, ok := m[k]
			if !ok || !p.equal(w[k], x) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, mine)
}

var maskText = regexp.MustCompile(`<[a-zA-Z][a-zA-Z0-9_-]*(?::\d+)?>`)

// matches compares texts; where the recording has a mask, anything may stand.
func (p *player) matches(want, mine string) bool {
	if want == mine {
		return true
	}
	for _, m := range p.masks {
		if want == m.shown && mine == m.value {
			return true
		}
	}
	if masksTime(want) {
		_, err := time.Parse(time.RFC3339Nano, mine)
		return err == nil
	}
	if !maskText.MatchString(want) {
		return false
	}
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	at := 0
	for _, span := range maskText.FindAllStringIndex(want, -1) {
		b.WriteString(regexp.QuoteMeta(want[at:span[0]]) + ".+")
		at = span[1]
	}
	b.WriteString(regexp.QuoteMeta(want[at:]) + `\z`)
	re, err := regexp.Compile(b.String())
	return err == nil && re.MatchString(mine)
}
