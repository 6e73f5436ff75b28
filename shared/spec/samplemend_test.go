package spec

import (
	"encoding/json"
	"testing"
)

// TestMend: what does not fit is made to, keeping what did.
func TestMend(t *testing.T) {
	t.Parallel()
	d := mustParse(t, exchanges)
	for _, c := range []struct{ schema, value, want string }{
		{`{"type":"object","properties":{"a":{"type":"string"},"b":{"const":3}}}`, `{"a":"kept","b":4}`, `{"a":"kept","b":3}`},
		{`{"type":"object","required":["b"],"properties":{"b":{"const":3}}}`, `{"a":"kept"}`, `{"a":"kept","b":3}`},
		{`{"type":"object","additionalProperties":false,"properties":{"a":{}}}`, `{"a":1,"x":2,"y":3}`, `{"a":1}`},
		{`{"type":"array","uniqueItems":true,"maxItems":1,"items":{"enum":[1]}}`, `[1,1]`, `[1]`},
		{`{"type":"object","maxProperties":1,"required":["b"],"properties":{"a":{},"b":{}}}`, `{"a":1,"b":2}`, `{"b":2}`},
		{`{"type":"object","properties":{"a":{"not":{}}}}`, `{"a":1,"b":2}`, `{"b":2}`},
		{`{"type":"object","properties":{"o":{"type":"object","required":["n"],"properties":{"n":{"not":{}}}}}}`, `{"o":{},"b":1}`, `{"b":1}`},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.value), &v); err != nil {
			t.Fatal(err)
		}
		mended, ok := d.Mend(AnyWay, json.RawMessage(c.schema), v, 1)
		if got, err := json.Marshal(mended); err != nil || string(got) != c.want || !ok {
			t.Errorf("%s of %s: got %s, %v, want %s", c.value, c.schema, got, ok, c.want)
		}
	}
	if _, ok := d.Mend(AnyWay, json.RawMessage(`{"allOf":[{"type":"string"},{"type":"number"}]}`), 1, 1); ok {
		t.Error("nothing fits, and something did")
	}
}

// TestSampleAs: samples go one way.
func TestSampleAs(t *testing.T) {
	t.Parallel()
	d := mustParse(t, exchanges)
	for dir, want := range map[Direction][3]bool{Sent: {false, true, true}, Answered: {true, true, false}, AnyWay: {true, true, true}} {
		v, fits := d.SampleAs(dir, ref("Pet"), 1)
		object, _ := v.(map[string]any)
		for i, name := range []string{"id", "name", "secret"} {
			if _, there := object[name]; there != want[i] || !fits {
				t.Errorf("direction %d: %s is there: %v, want %v: %v", dir, name, there, want[i], v)
			}
		}
	}
}
