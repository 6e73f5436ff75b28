package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMend(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{"a":1}`:                             `{"a":1}`,
		"{\"a\":\"x\ny\",\"b\":2}":            `{"a":"x\ny","b":2}`,
		"{\"a\x01b\":1}":                      "{\"a\\u0001b\":1}",
		`{"a":"\.\d","b":2}`:                  `{"a":"\\.\\d","b":2}`,
		`{"a":[1,2,],"b":{"c":1,}}`:           `{"a":[1,2],"b":{"c":1}}`,
		`{"a":1}}`:                            `{"a":1}`,
		`{"a":1} trailing`:                    `{"a":1}`,
		`{"a":{"b":nope,"c":1},"d":2}`:        `{"a":{"c":1},"d":2}`,
		`{"a":{"b":1,"c":nope},"d":2}`:        `{"a":{"b":1},"d":2}`,
		`{"a":[1,x,3]}`:                       `{"a":[1,3]}`,
		`{"a":1,b:2,"c":3}`:                   `{"a":1,"c":3}`,
		`{"a":1 "b":2,"c":3}`:                 `{"c":3}`,
		`{"a":{"b":NaN},"c":[{"d":.5},2]}`:    `{"a":{},"c":[{},2]}`,
		`{"a":{"b":01,"c":1},"d":{"e":tru}}`:  `{"a":{"c":1},"d":{}}`,
		`{"a":{"b":[1,2},"c":3},"d":{"e":4}}`: `{"a":{},"c":3}`, // brackets that do not match: what follows the end is told as cut
		`{"a":1`:                              ``,
		`{"a":"x`:                             ``,
		``:                                    ``,
		`x`:                                   ``,
	} {
		got, faults, err := Mend([]byte(src), 100, 8)
		if (err != nil) != (want == "") || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", src, got, err, want)
		}
		if err == nil && (len(faults) == 0) != (src == string(got)) {
			t.Errorf("%s: %d faults", src, len(faults))
		}
	}
}

// TestMendingIsBounded: brackets that match nowhere are tried from the inside
// outwards, and not for ever.
func TestMendingIsBounded(t *testing.T) {
	t.Parallel()
	b := []byte(strings.Repeat("[", 5000) + "1" + strings.Repeat("}", 5000))
	m := mender{maxDepth: 10_000, left: 10 * len(b)}
	if out, _, _, _ := m.one(b, 5001); out != nil || m.left > 0 || m.left < -len(b) {
		t.Errorf("%.20q, %d bytes left of %d", out, m.left, 10*len(b))
	}
}

func TestMendTellsWhere(t *testing.T) {
	t.Parallel()
	_, faults, err := Mend([]byte("{\"a\":{\"b\":nope,\n\"c\":[1,\n2,y]},\"d\":\"\n\"}"), 100, 8)
	if err != nil || len(faults) != 3 {
		t.Fatalf("%v, %v", faults, err)
	}
	for i, want := range []struct {
		path string
		line int
		cut  bool
	}{{"/a", 1, true}, {"/a/c", 3, true}, {"/d", 3, false}} {
		if f := faults[i]; f.Path != want.path || f.Line != want.line || f.Cut != want.cut {
			t.Errorf("%d: got %+v, want %+v", i, f, want)
		}
	}
}

// FuzzMend: what is mended is JSON, and JSON is left alone.
func FuzzMend(f *testing.F) {
	for _, s := range []string{`{"a":[1,x],"b":{"c":.5,}}`, "[\"\n\\q\"]", `{"a":1}}`, `{"a":[1,2},"b":3}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<12 {
			return
		}
		out, faults, err := Mend(b, 50, 16)
		if err != nil {
			return
		}
		if !json.Valid(out) {
			t.Fatalf("%q became %q", b, out)
		}
		if json.Valid(b) != (len(faults) == 0) {
			t.Fatalf("%q: %d faults", b, len(faults))
		}
	})
}
