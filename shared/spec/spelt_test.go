package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestSpelt: a text is the number or boolean that makes it fit, and else stays.
func TestSpelt(t *testing.T) {
	t.Parallel()
	d := Bare()
	for _, c := range []struct{ schema, sent, want string }{
		{`{"type":"integer"}`, `"17"`, `17`},
		{`{"type":"integer"}`, `"seven"`, `"seven"`},
		{`{"type":"string"}`, `17`, `"17"`},
		{`{"type":["string","integer"]}`, `"17"`, `"17"`},
		{`{"anyOf":[{"enum":["now"]},{"type":"integer"}]}`, `"17"`, `17`},
		{`{"anyOf":[{"enum":["now"]},{"type":"integer"}]}`, `"now"`, `"now"`},
		{`{"anyOf":[{"type":"boolean"},{"type":"object"}]}`, `"true"`, `true`},
		{`{"oneOf":[{"type":"array","items":{"type":"integer"}},{"type":"object"}]}`, `"1"`, `[1]`},
		{`{"oneOf":[{"type":"array","items":{"type":"integer"}},{"type":"object"}]}`, `["1","2"]`, `[1,2]`},
		{`{"type":"object","properties":{"a":{"anyOf":[{"type":"integer"},{"maxLength":0,"type":"string"}]},"b":{"type":"string"}}}`, `{"a":"1","b":"2"}`, `{"a":1,"b":"2"}`},
		{`{"type":"object","properties":{"f":{"type":"string","format":"binary"}}}`, `{"f":{"$file":{"text":"x"}}}`, `{"f":"file"}`},
		{`{}`, `"17"`, `"17"`},
	} {
		if got := d.Spelt(json.RawMessage(c.schema), json.RawMessage(c.sent)); string(got) != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.sent, c.schema, got, c.want)
		}
	}
}

// TestUncountable: a number is not computed with that has more digits than anybody
// writes; many of them would take hours.
func TestUncountable(t *testing.T) {
	t.Parallel()
	d := Bare()
	schema := json.RawMessage(`{"items":{"type":"integer","multipleOf":3}}`)
	for value, want := range map[string]string{
		`[3,3e399,3e2]`: "", `[3,1e999999]`: "/1 number", `[{"b":1e-999999,"a":[1e999999]}]`: "/0/a/0 number", `[1e99999999999999999999]`: "/0 number",
		`[` + strings.Repeat("3", 500) + `]`:              "/0 number",
		`[` + strings.Repeat("1e999999,", 100_000) + `1]`: "/0 number",
	} {
		start := time.Now()
		problems, checked := d.Validate(schema, json.RawMessage(value))
		if got := summary(Verdict{Problems: problems, Checked: checked}); got != want {
			t.Errorf("%.60s: got %q, want %q", value, got, want)
		}
		if took := time.Since(start); took > time.Minute { // hours, if they were computed with
			t.Errorf("%.60s: %s", value, took)
		}
	}
}
