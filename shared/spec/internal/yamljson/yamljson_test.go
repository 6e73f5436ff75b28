package yamljson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a: 1\nb: [x, {c: d}]":                                    `{"a":1,"b":["x",{"c":"d"}]}`,
		"200: ok\n404: no\ntrue: yes\non: off":                    `{"200":"ok","404":"no","true":"yes","on":"off"}`,
		"[yes, no, on, off, y, n]":                                `["yes","no","on","off","y","n"]`,
		"[true, False, NULL, ~, null, ]":                          `[true,false,null,null,null]`,
		"a:":                                                      `{"a":null}`,
		"[2024-01-02, 2024-01-02T03:04:05Z, 1:30]":                `["2024-01-02","2024-01-02T03:04:05Z","1:30"]`,
		"[1000000000000000000000, 1e21, 1.10]":                    `[1000000000000000000000,1e21,1.10]`,
		"[0x1F, 0o17, +5, .5, -.5, 1., 1.e3]":                     `[31,15,5,0.5,-0.5,1.0,1.0e3]`,
		"[007, 1_000, 0b11, .inf, -.INF, .nan, 0x, 1e, +, ., v1]": `["007","1_000","0b11",".inf","-.INF",".nan","0x","1e","+",".","v1"]`,
		`["1", '2', "yes", "\x41"]`:                               `["1","2","yes","A"]`,
		"[!!str 1, !!int 2, !custom 3]":                           `["1",2,"3"]`,
		"[!!int \"2\", !!bool 'true', !!str \"3\", !!null \"\"]":  `[2,true,"3",null]`,
		"a: !!bool |-\n  true\nb: \"true\"\n":                     `{"a":true,"b":"true"}`,
		"a: |\n  x\n  y\nb: >-\n  x\n  y":                         `{"a":"x\ny\n","b":"x y"}`,
		"z: 1\na: 2\nz: 3":                                        `{"z":1,"a":2,"z":3}`, // order and repeats are kept
		"a: &x {k: 1}\nb: *x\n? *k\n: 1":                          "",
		"a: &x {k: 1}\nb: *x":                                     `{"a":{"k":1},"b":{"k":1}}`,
		"a: &x key\n*x : 1":                                       `{"a":"key","key":1}`,
		"a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}":                   `{"a":{"k":1,"l":2},"b":{"k":3,"l":2}}`,
		"a: &x {k: 1}\ny: &y {k: 2, m: 4}\nb: {<<: [*x, *y]}":     `{"a":{"k":1},"y":{"k":2,"m":4},"b":{"k":1,"m":4}}`,
		`{"<<": {a: 1}}`:                                          `{"<<":{"a":1}}`,
		"--- {a: 1}\n--- {b: 2}":                                  `{"a":1}`,
		"# comment\na: b # more":                                  `{"a":"b"}`,
		"a: \"\\u0001\\\"\"":                                      `{"a":"\u0001\""}`,
	} {
		got, err := Convert([]byte(src), nil)
		if want == "" {
			if err == nil {
				t.Errorf("%q: got %s, want an error", src, got)
			}
			continue
		}
		if err != nil || string(got) != want {
			t.Errorf("%q:\n got %s, %v\nwant %s", src, got, err, want)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [" + strings.Repeat("x,", 50) + "]\nb: &b [" + strings.Repeat("*a,", 50) + "]\nc: &c [" + strings.Repeat("*b,", 50) + "]\nd: [" + strings.Repeat("*c,", 50) + "]"
	merges := "a: &a {k: 1}\nb: &b {<<: [" + strings.Repeat("*a,", 50) + "]}\nc: &c {<<: [" + strings.Repeat("*b,", 50) + "]}\nd: &d {<<: [" + strings.Repeat("*c,", 50) + "]}\ne: {<<: [" + strings.Repeat("*d,", 50) + "]}"
	for name, tc := range map[string]struct {
		src    string
		limits *Limits
		want   error
	}{
		"empty":       {"", nil, ErrEmpty},
		"deep":        {strings.Repeat("[", 2000) + strings.Repeat("]", 2000), nil, ErrTooDeep},
		"deeper":      {strings.Repeat("[", 100_000), nil, ErrTooDeep},
		"deep blocks": {strings.Repeat("- ", 2000) + "x", nil, ErrTooDeep},
		"ring":        {"a: &a [*a]", nil, ErrTooDeep},
		"merge ring":  {"a: &a {<<: *a}", nil, ErrTooDeep},
		"bomb":        {bomb, nil, ErrAliasBomb},
		"merge bomb":  {merges, &Limits{MaxAliasBytes: 10_000}, ErrAliasBomb},
		"large":       {"[" + strings.Repeat("x,", 1000) + "]", &Limits{MaxBytes: 100}, ErrTooLarge},
		"complex key": {"? [a]\n: b", nil, ErrKey},
	} {
		if got, err := Convert([]byte(tc.src), tc.limits); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %.100s, %v, want %v", name, got, err, tc.want)
		}
	}
}

// FuzzConvert: whatever is converted is valid JSON.
func FuzzConvert(f *testing.F) {
	for _, src := range []string{"a: [1, 0x1, .5, ~]", "a: &a {<<: *a}", "? a\n: *b", "!!map {a: !!binary x}", "%YAML 1.1\n--- a", "\xef\xbb\xbfa: |2\n   x"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		out, err := Convert(src, &Limits{MaxBytes: 1 << 20})
		if err == nil && !json.Valid(out) {
			t.Fatalf("not JSON: %.300q", out)
		}
	})
}
