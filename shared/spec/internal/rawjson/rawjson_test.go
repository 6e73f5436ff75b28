package rawjson

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestValidSaysWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                     "line 1, column 1: the text ends",
		`{`:                    "line 1, column 2: expected a key",
		`{"a"}`:                "line 1, column 5: expected a colon",
		`{"a":}`:               "line 1, column 6: unexpected",
		`{"a":1 "b":2}`:        "line 1, column 8: expected a comma",
		"{\n\"a\": 01}":        "line 2, column 7: expected a comma",
		`[1,]`:                 "line 1, column 4: unexpected",
		`[1`:                   "line 1, column 3: the text ends inside",
		`"a`:                   "line 1, column 1: the string does not end",
		`"\q"`:                 "line 1, column 2: not a valid escape",
		`"\u12g4"`:             "line 1, column 2: not a valid escape",
		"\"a\nb\"":             "line 1, column 3: a control character",
		`-`:                    "line 1, column 1: not a number",
		`1.`:                   "line 1, column 1: not a number",
		`1e`:                   "line 1, column 1: not a number",
		`nul`:                  "line 1, column 1: unexpected",
		`true false`:           "line 1, column 6: text after the end",
		`[1}`:                  "line 1, column 3: expected a comma",
		"\"\\ud83d\\ude00\" x": "line 1, column 16: text after",
	} {
		err := Valid([]byte(text), 100)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if json.Valid([]byte(text)) {
			t.Errorf("%q: encoding/json takes it", text)
		}
	}
}

func TestValidBoundsDepth(t *testing.T) {
	t.Parallel()
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if err := Valid(nest(100), 100); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if err := Valid(nest(102), 100); !errors.Is(err, ErrTooDeep) {
		t.Errorf("beyond the limit: %v", err)
	}
	if err := Valid([]byte(strings.Repeat("[", 1_000_000)), 100); !errors.Is(err, ErrTooDeep) {
		t.Errorf("far beyond: %v", err)
	}
}

func TestWalkers(t *testing.T) {
	t.Parallel()
	doc := []byte(` { "a" : [ 1 , "x\"]" , {} ] , "b\u0041" : { "c" : null } , "a" : true }`)
	var keys, values []string
	for k, v := range Members(doc) {
		keys, values = append(keys, string(k)), append(values, string(v))
	}
	if !slices.Equal(keys, []string{"a", "bA", "a"}) || !slices.Equal(values, []string{`[ 1 , "x\"]" , {} ]`, `{ "c" : null }`, "true"}) {
		t.Errorf("members: %q %q", keys, values)
	}
	var elements []string
	for _, v := range Elements([]byte(values[0])) {
		elements = append(elements, string(v))
	}
	if !slices.Equal(elements, []string{"1", `"x\"]"`, "{}"}) {
		t.Errorf("elements: %q", elements)
	}
	if got := Get(doc, "a"); string(got) != "true" {
		t.Errorf("of a repeated key: got %s, want the last", got)
	}
	for range Members([]byte(`{"a":1`)) {
		break
	}
	for text := range map[string]bool{`{"a":`: true, `{"a" 1}`: true, `[1 2`: true, `{1:2}`: true, ``: true, `"{"`: true} {
		for k, v := range Members([]byte(text)) {
			t.Errorf("%q has a member %s %s", text, k, v)
		}
	}
}

func TestScalars(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"a"`: "a", ` "a\n\u00e9" `: "a\né", `"\ud800"`: "\uFFFD", "\"\xff\"": "\uFFFD", `1.50`: "1.50", `true`: "true",
	} {
		if got, ok := Text([]byte(text)); !ok || got != want {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{``, `null`, `{}`, `[`, `x`} {
		if got, ok := Text([]byte(text)); ok {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := string(Quote(nil, "a\"\\\n\x01é")); got != `"a\"\\\n\u0001é"` {
		t.Errorf("quoted %s", got)
	}
	if got := Cut("aé", 2); got != "a" {
		t.Errorf("cut %q", got)
	}
}

func TestPointersTo(t *testing.T) {
	t.Parallel()
	doc := []byte(`{"a":{"b/c":[0,{"d":"here"}]},"e":"there"}`)
	offsets := []int{0, strings.Index(string(doc), `"d"`), strings.Index(string(doc), "here"), strings.Index(string(doc), "there"), len(doc) + 5}
	want := []string{"/a", "/a/b~1c/1/d", "/a/b~1c/1/d", "/e", ""}
	if got := PointersTo(doc, offsets); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzAgreesWithEncodingJSON: the same texts are JSON, and the walkers find in
// them what a decoder finds.
func FuzzAgreesWithEncodingJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-2.5e+3,"x\u00e9\\",true,false,null,{}],"b":{"":[]}}`, `"\\\""`, `[[[`, `{"a":1,"a":2}`, ` 0 `, `{"\ud83d\ude00":0}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for range Members(b) {
		}
		for range Elements(b) {
		}
		PointersTo(b, []int{0, len(b) / 2, len(b)})
		err := Valid(b, 10_000)
		if (err == nil) != json.Valid(b) {
			t.Fatalf("Valid says %v, encoding/json %v", err, json.Valid(b))
		}
		var m map[string]json.RawMessage
		if err != nil || Kind(b) != '{' || json.Unmarshal(b, &m) != nil {
			return
		}
		got := map[string]string{}
		for k, v := range Members(b) {
			got[strings.ToValidUTF8(string(k), "\uFFFD")] = string(v)
		}
		for k, v := range m {
			if _, ok := got[k]; !ok && !strings.Contains(k, "\uFFFD") {
				t.Fatalf("%q is not found", k)
			}
			if s, ok := got[k]; ok && s != string(v) && !strings.Contains(k, "\uFFFD") {
				t.Fatalf("%q: got %s, want %s", k, s, v)
			}
		}
	})
}
