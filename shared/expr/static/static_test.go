package static_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/expr/static"
)

// names are values of which everything is known, so that what Infer says can be
// held against what the expression gives.
func names() map[string]json.RawMessage {
	return map[string]json.RawMessage{
		"o":    json.RawMessage(`{"s":"x","n":1.5,"i":3,"b":true,"z":null,"l":[{"s":"a","i":1},{"s":"b","i":2}],"one":[7],"in":{"s":"y"}}`),
		"list": json.RawMessage(`["a","b"]`),
		"i":    json.RawMessage(`2`),
	}
}

func lookup(name string) (static.Value, bool) {
	raw, ok := names()[name]
	if name == "perhaps" { // a list of objects, or null
		v := static.ArrayOf(static.Value{Types: []string{"object"}, Parts: static.Object(map[string]static.Value{"s": static.Of("string")})})
		v.Types = append(v.Types, "null")
		return v, true
	}
	v := static.Exactly(raw)
	return v, ok
}

// Where Infer says something of the type, evaluation must not give another.
func TestInferIsTrue(t *testing.T) {
	t.Parallel()
	known := 0
	sources := []string{
		`$o`, `$o.s`, `$o.n`, `$o.i`, `$o.b`, `$o.z`, `$o.l`, `$o.l.s`, `$o.l[0].s`, `$o.l[].s`, `$o.l.s[]`, `$o.one`, `$o.one[0]`, `$o.in.s`,
		`$o.l[i > 1].s`, `$o.l[i > 1]`, `$o.l[i > 1].{"k": s}`, `$o.l^(i)`, `$o.l.{"k": s, "n": i + 1}`,
		`$list`, `$list[0]`, `$list[-1]`, `$list.$uppercase($)`, `[$list]`, `[$list, 3]`, `[[$list]]`, `[1..3]`,
		`"a"`, `1`, `-1`, `1.5`, `true`, `null`, `-$i`, `$i + 1`, `$i / 2`, `$i * 1.5`, `$i & "x"`, `$i = 2`, `$i > 1 and true`, `"a" in $list`,
		`$i > 1 ? "a" : 2`, `$i > 1 ? $o : null`, `($x := $o.s; $x & "!")`, `($o := 3; $o)`, `{"a": $i, "b": [$o.s]}`, `{"a": $i}.a`, `{"a": {"b": 1}}.a.b`,
		`$string($i)`, `$count($list)`, `$sum([1, 2])`, `$number("1")`, `$length("ab")`, `$uppercase("a")`, `$exists($o.q)`, `$not(true)`, `$split("a,b", ",")`,
		`$keys($o)`, `$keys({"a": 1})`, `$append([1], 2)`, `$reverse($list)`, `$sort($list)`, `$distinct($list)`, `$merge([$o, {"a": 1}])`, `$lookup($o, "s")`,
		`$filter($list, function($v) { $v = "a" })`, `$map($list, $uppercase)`, `$type(1)`, `$round(1.2)`, `$round(1.25, 1)`, `$floor(1.2)`, `$now()`, `$millis()`, `$uuid()`,
		`$join($list, ",")`, `$contains("ab", "a")`, `$boolean(1)`, `$max([1, 2])`, `$abs(-1)`, `$list ~> $count`, `$list ~> $join("-")`, `$single($list, function($v) { $v = "a" })`,
		`$string($o.q)`, `$uppercase($o.q)`, `$number($o.q)`, `$sum($o.q)`, `$split($o.q, ",")`, `$round($o.q)`, `$toMillis($o.q)`, `$length($o.q)`, `$substring($o.q, 1)`,
		`$substringAfter($o.q, "a")`, `$trim($o.q)`, `$pad($o.q, 3)`, `$join($o.q, ",")`, `$replace($o.q, "a", "b")`, `$base64encode($o.q)`, `$encodeUrlComponent($o.q)`,
		`$formatNumber($o.q, "0")`, `$fromMillis($o.q)`, `$abs($o.q)`, `$floor($o.q)`, `$ceil($o.q)`, `$average($o.q)`, `$max($o.q)`, `$min($o.q)`, `$lowercase($o.q)`,
		`$substringBefore($o.q, "a")`, `$o.q + 1`, `2 * $o.q`, `-$o.q`, `$o.q & "x"`,
		`$o.q`, `$o.s.q`, `$o.l.q`, `$o.l[0].q`, `$partition([1, 2, 3], 2)`, `$toMillis("2020-01-01T00:00:00Z")`, `$substringBefore("a-b", "-")`, `$formatNumber(1, "0")`,
		`$o.(s & "!")`, `$o.l.(i * 2)`, `$o.in.*`, `$o.**.s`, `$each($o, function($v, $k) { $k })`, `$parse("[1]")`,
	}
	for _, src := range sources {
		p, err := expr.Compile(src, nil)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		vars := map[string]any{}
		for name, raw := range names() {
			vars[name] = raw
		}
		got, err := p.Eval(context.Background(), expr.Undefined, vars)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		v := static.Infer(src, lookup)
		if v.Known() || v.Missing != "" {
			known++
		}
		if v.Missing != "" {
			if !expr.IsUndefined(got) {
				t.Errorf("%s: said to be missing, is %v", src, got)
			}
			continue
		}
		if expr.IsUndefined(got) || !v.Known() {
			continue
		}
		raw, err := expr.Encode(got, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		actual := static.Exactly(raw).Types[0]
		if !slices.Contains(v.Types, actual) && (actual != "integer" || !slices.Contains(v.Types, "number")) {
			t.Errorf("%s: is %s (%s), said to be %s", src, actual, raw, strings.Join(v.Types, "|"))
		}
		if v.Const != nil {
			var a, b any
			_ = json.Unmarshal(v.Const, &a)
			_ = json.Unmarshal(raw, &b)
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			if string(x) != string(y) {
				t.Errorf("%s: is %s, said to be exactly %s", src, y, x)
			}
		}
	}
	if known < len(sources)*3/4 {
		t.Errorf("only %d of %d known", known, len(sources))
	}
}

func TestInfer(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`$o.l.s`:                      "string array",
		`$o.l[0].s`:                   "string",
		`$o.l.s[]`:                    "array",
		`$o.q.r`:                      "missing $o.q",
		`$o.l.q`:                      "missing $o.l.q",
		`$o.s & 1`:                    "string",
		`$string($o.q)`:               "missing $o.q",
		`$o.i + $o.q`:                 "missing $o.q",
		`-$o.q`:                       "missing $o.q",
		`$o.q & "x"`:                  "string, lost $o.q",
		`"a" & ("x" & $o.q) & "b"`:    "string, lost $o.q",
		`$exists($o.q)`:               "boolean",
		`$o.q > 1`:                    "boolean, lost $o.q",
		`$o.i = 1 and $o.q = "x"`:     "boolean, lost $o.q",
		`$exists($o.q) or $o.i = 1`:   "boolean",
		`$perhaps[0].s`:               "string",
		`$perhaps[0]`:                 "object null",
		`$perhaps.s`:                  "string array",
		`$perhaps[s = "x"]`:           "object null array",
		`$perhaps[0].q`:               "missing $perhaps[0].q",
		`$unknown`:                    "",
		`$unknown.a`:                  "",
		`$i ? $o.s : $o.n`:            "string number",
		`$o.(`:                        "",
		`function($x) { $x }`:         "",
		`{$o.s: 1}`:                   "object",
		`($f := $uppercase; $f("a"))`: "",
	} {
		v := static.Infer(src, lookup)
		got := strings.Join(v.Types, " ")
		if v.Missing != "" {
			got = "missing " + v.Missing
		}
		if v.Lost != "" {
			got += ", lost " + v.Lost
		}
		if got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

func FuzzInfer(f *testing.F) {
	for _, src := range []string{`$o.l[i > 1].{"k": s}`, `($x := 1; $x)`, `$a ~> $b`, `|$|{}|`, `$o.%`, `[1..`, `{`} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) < 4096 {
			static.Infer(src, lookup)
		}
	})
}
