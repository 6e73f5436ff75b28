package spec

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestEnumsOfAnotherType: an enum that contradicts its type is read as what it must
// mean, alike in shapes, samples and checks.
func TestEnumsOfAnotherType(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for schema, c := range map[string]struct {
		outline     string
		fits, wrong string // values, with a space between them
	}{
		`{"type":"string","enum":[1,2]}`:                                             {`integer|string enum=[1,"1",2,"2"]`, `1 "2"`, `3 "x"`},
		`{"type":"string","enum":[true,false]}`:                                      {`boolean|string enum=[true,"true",false,"false"]`, `true "false"`, `"x" 1`},
		`{"type":"integer","enum":["1","x"]}`:                                        {`string|integer enum=["1",1,"x"]`, `1 "1" "x"`, `2`},
		`{"type":"boolean","enum":["a"]}`:                                            {`string enum=["a"]`, `"a"`, `true`},
		`{"type":"array","enum":["a","b"]}`:                                          {"array", `[] ["a"] ["b","a"]`, `"a" ["c"]`},
		`{"type":"integer","enum":[1.5]}`:                                            {`integer enum=[1.5]`, ``, `1`},
		`{"type":"string","enum":["1",1]}`:                                           {`string enum=["1",1]`, `"1"`, `1`},
		`{"type":["string","null"],"enum":[1,null]}`:                                 {`integer|string|null enum=[1,"1",null]`, `1 "1" null`, `2`},
		`{"type":"string","nullable":true,"enum":[1]}`:                               {`integer|string|null enum=[1,"1"]`, `1 null`, `2`},
		`{"type":"string","enum":[null]}`:                                            {`string enum=[null]`, ``, `"a"`},
		`{"type":"string","enum":[]}`:                                                {"string", ``, ``},
		`{"type":"array","items":{"type":"string","maxLength":1},"enum":["a","bc"]}`: {"array", `["a"]`, `["bc"] ["c"]`},
	} {
		if got := outline(d.Shape(json.RawMessage(schema))); got != c.outline {
			t.Errorf("%s: got %q, want %q", schema, got, c.outline)
		}
		for want, values := range map[bool]string{true: c.fits, false: c.wrong} {
			for _, value := range strings.Fields(values) {
				problems, checked := d.Validate(json.RawMessage(schema), json.RawMessage(value))
				if !checked || len(problems) == 0 != want {
					t.Errorf("%s: %s: %v, checked: %v", schema, value, problems, checked)
				}
			}
		}
		if c.fits != "" {
			if v, fits := d.SampleAs(AnyWay, json.RawMessage(schema), 3); !fits {
				t.Errorf("%s: the sample %v does not fit", schema, v)
			}
		}
	}
}
