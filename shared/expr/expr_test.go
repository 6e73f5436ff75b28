package expr_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/expr"
)

func eval(t *testing.T, src string, vars map[string]any) (any, error) {
	t.Helper()
	p, err := expr.Compile(src, nil)
	if err != nil {
		t.Fatalf("compile %s: %v", src, err)
	}
	return p.Eval(t.Context(), expr.Undefined, vars)
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src, code string
		pos       int
	}{
		"empty":                  {"", "S0207", 0},
		"open call":              {"$sum(1", "S0203", 6},
		"open string":            {"'a", "S0101", 0},
		"two values":             {"1 2", "S0201", 2},
		"assign to a field":      {"a := 1", "S0212", 0},
		"elvis is not 2.0.6":     {"$a ?: 1", "S0211", 4},
		"eval":                   {"$eval('1')", "EVAL", 0},
		"eval by a name":         {"($e := $eval; $e('1'))", "EVAL", 7},
		"eval as argument":       {"$map(['1'], $eval)", "EVAL", 12},
		"eval in a path":         {"$x.$eval(y)", "EVAL", 3},
		"reserved":               {"$__apiq_check(1)", "RESERVED", 0},
		"reserved binding":       {"($__apiq_check := 1; 2)", "RESERVED", 1},
		"range outside an array": {"1..2", "S0201", 1},
		"slash after []":         {"$a[] / 2", "S0302", 5},
		"slash after ^":          {"$a^(b)/2", "S0302", 6},
		"slash after a body":     {"function($x){$x} / 2", "S0302", 17},
		"too long":               {strings.Repeat("1+", 9000) + "1", "LENGTH", 16384},
		"too deep":               {strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), "U1001", 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := expr.Compile(c.src, nil)
			var e *expr.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *expr.Error", err)
			}
			if e.Code != c.code || e.Pos != c.pos {
				t.Errorf("got %s at %d (%s), want %s at %d", e.Code, e.Pos, e.Message, c.code, c.pos)
			}
		})
	}
}

func TestEvalStopsWithItsContext(t *testing.T) {
	t.Parallel()
	p, err := expr.Compile(`($f := function($n){ $f($n + 1) }; $f(0))`, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Eval(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	vars := func(raw string) map[string]any {
		var v map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		for name := range v {
			out[name] = v[name]
		}
		return out
	}
	const order = `{"o": {"lines": [{"sku": "a", "n": 2, "p": 1.5}, {"sku": "b", "n": 1, "p": 4}], "note": null}, "c": [6, 2], "rows": [[1, 2], [[3]]], "void": []}`
	for src, want := range map[string]string{
		`$o.lines.(n * p) ~> $sum()`:          `7`,
		`$o.lines[sku = 'b'].p`:               `4`,
		`$o.note`:                             `null`,
		`$exists($o.note)`:                    `true`,
		`$exists($o.none)`:                    `false`,
		`{'z': 1, 'a': $o.lines[0].sku}`:      `{"z":1,"a":"a"}`,
		`'<' & 1 & null & $o.none & [1, 'x']`: `"<1null[1,\"x\"]"`,
		`$now() = $now()`:                     `true`,
		`$millis() = $millis()`:               `true`,
		`$partition([0, 1, 2], 2)`:            `[[0,1],[2]]`,
		`$partition([0], 4)`:                  `[[0]]`,
		`$range(0, 9, 3)`:                     `[0,3,6,9]`,
		`$range(1, 9, 9)`:                     `1`,
		`$range(3, 1, -1)`:                    `[3,2,1]`,
		`$parse('-0')`:                        `0`,
		`$parse('{"b":1,"a":[]}')`:            `{"b":1,"a":[]}`,
		`$hash('apiq', 'SHA-1')`:              `"1467dbb2d0e2aef5b4e3acade5e1b563ea3e60fe"`,
		`$hash('', 'MD5')`:                    `"d41d8cd98f00b204e9800998ecf8427e"`,
		`$random(7) = $random(7)`:             `true`,
		`$length($uuid())`:                    `36`,
		`$split('äöü', '')`:                   `["ä","ö","ü"]`,
		`$base64decode($base64encode('äöü'))`: `"äöü"`,
		`1 = 1 ~> $string()`:                  `"true"`,
		`$match('abab', /b(.)?/)`:             `[{"match":"ba","index":1,"groups":["a"]},{"match":"b","index":3,"groups":[""]}]`,
		`$match('ab', /b/).index`:             `1`,
		`[1..3, 7]`:                           `[1,2,3,7]`,
		`1e3 + 0.5`:                           `1000.5`,
		`-0`:                                  `0`,
		`$o.lines.{'k': sku}[0]`:              `[{"k":"a"},{"k":"b"}]`,
		`($f := function($n){ $n < 2 ? 1 : $n * $f($n - 1) }; $f(5))`: `120`,
		`$string(12345678901234567890)`:                               `"12345678901234567000"`,
		// Within arrays and objects numbers are written with 15 digits too.
		`$string([0.1 + 0.2, {'a': 1 / 3}])`: `"[0.3,{\"a\":0.333333333333333}]"`,
		`'' & [0.1 + 0.2, 12345678901234]`:   `"[0.3,12345678901234]"`,
		// The first argument of many functions may be the context item.
		`$o.$lookup('note')`:             `null`,
		`$o.lines.$keys()`:               `["sku","n","p","sku","n","p"]`,
		`$c.$power(2)`:                   `[36,4]`,
		`$o.lines.sku.$pad(2)`:           `["a ","b "]`,
		`$exists($substringBefore('x'))`: `false`,
		`$reduce($c, function($a, $b) { $a + $b }, $nothing)`: `8`,
		`$formatInteger(-2.5, 'w')`:                           `"-three"`,
		`$o.lines@$l.($l.sku)`:                                `["a","b"]`,
		// A slash after a bracket divides.
		`$c[0] / 2`:                   `3`,
		`$c[0] / $c[1] / 3`:           `1`,
		`8 * $c[0] / 4`:               `12`,
		`-$c[0]/2`:                    `-3`,
		`$o.lines[0].n / 2`:           `1`,
		`$o.lines[sku = 'b'].(p) / 2`: `2`,
		`($c)[0]/2`:                   `3`,
		`($x := 4; $x) / 2`:           `2`,
		`$sum($c) / 2`:                `4`,
		`[$c[0] / 2, $c[1] / 2]`:      `[3,1]`,
		`$c[[0][0] / 2]`:              `6`,
		`$o.lines[n / 2 = 1].sku`:     `"a"`,
		`$match('a/b', /a.b/).match`:  `"a/b"`,
		// * lays arrays flat, at any depth, and has nothing of a number.
		`$rows.*`:            `[1,2,3]`,
		`$count([1, 2].*)`:   `0`,
		`$o.lines.*`:         `["a",2,1.5,"b",1,4]`,
		`$o.lines[0].*[1]`:   `2`,
		`[$o.lines[0].*][1]`: `2`,
		`$o.*.sku`:           `["a","b"]`,
		// [] and ^ over nothing are nothing; one item is the item.
		`$exists($void^(x))`:                 `false`,
		`$exists($nowhere^(x))`:              `false`,
		`$o.lines[n = 1]^(n)`:                `{"sku":"b","n":1,"p":4}`,
		`$o.lines^(n).sku`:                   `["b","a"]`,
		`$exists($o.lines[n = 7][])`:         `false`,
		`$exists($o.lines.n[$ = 7][])`:       `false`,
		`$o.lines[n = 1][]`:                  `[{"sku":"b","n":1,"p":4}]`,
		`$o.lines[][n = 1].sku`:              `["b"]`,
		`$c.[$][]`:                           `[[6],[2]]`,
		`$filter($c, function($i){$i>5})`:    `6`,
		`$filter($c, function($i){$i>5})[]`:  `[6]`,
		`$exists($nowhere + 1)`:              `false`,
		`$exists($nowhere < 'a')`:            `false`,
		`$c[1] < $c[0]`:                      `true`,
		`$o.lines[0].sku >= $o.lines[1].sku`: `false`,
		`$number('3')`:                       `3`,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			v, err := eval(t, src, vars(order))
			if err != nil {
				t.Fatal(err)
			}
			got, err := expr.Encode(v, 0)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestEvalErrors(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`$nothing(1)`:        "T1006: Attempted to invoke a non-function",
		`1 + 'a'`:            `T2002: The right side of the "+" operator must evaluate to a number`,
		`null - 1`:           `T2001: The left side of the "-" operator must evaluate to a number`,
		`$number(' 3')`:      `D3030: Unable to cast value to a number: " 3"`,
		`$number('x')`:       `D3030: Unable to cast value to a number: "x"`,
		`$error('no stock')`: `D3137: no stock`,
		`$flatten([1])`:      "T1006: Attempted to invoke a non-function",
		`[1.5..2]`:           "T2003: The left side of the range operator (..) must evaluate to an integer",
		`$range(1, 2, 0)`:    "D3137: The increment of $range must not be zero",
		`$parse('{')`:        "D3137: The string is not valid JSON",
		// An operand of the wrong type is an error also where the other is missing.
		`$nothing - null`:         `T2002: The right side of the "-" operator must evaluate to a number`,
		`$nothing / 'a'`:          `T2002: The right side of the "/" operator must evaluate to a number`,
		`[1] + $nothing`:          `T2001: The left side of the "+" operator must evaluate to a number`,
		`$nothing >= {}`:          `T2010: The expressions either side of operator ">=" must evaluate to numeric or string values`,
		`$nothing < true`:         `T2010: The expressions either side of operator "<" must evaluate to numeric or string values`,
		`$string(1) < $number(1)`: `T2009: The values "1" and 1 either side of operator "<" must be of the same data type`,
		`$c ~> $string() & 'x'`:   "T2006: The right side of the function application operator ~> must be a function",
		`$number('3 ')`:           `D3030: Unable to cast value to a number: "3 "`,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			v, err := eval(t, src, nil)
			if err == nil || err.Error() != want {
				t.Errorf("got %v, %v; want %s", v, err, want)
			}
		})
	}
}

func TestUndefinedIsNotNull(t *testing.T) {
	t.Parallel()
	v, err := eval(t, "$missing", nil)
	if err != nil || !expr.IsUndefined(v) || expr.IsNull(v) {
		t.Errorf("missing: got %v, %v", v, err)
	}
	v, err = eval(t, "$x", map[string]any{"x": nil})
	if err != nil || expr.IsUndefined(v) || !expr.IsNull(v) {
		t.Errorf("null: got %v, %v", v, err)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		`$order.lines[0].price * $rate`:                 {"$order.lines[0].price@0 exact", "$rate@24 exact"},
		`$sum($order.lines.price)`:                      {"$order.lines.price@5 exact"},
		`$map($items, function($i){ $i.price + $tax })`: {"$items@5 exact", "$tax@38 exact"},
		`($x := $a.b; $x.c)`:                            {"$a.b@7 exact"},
		`$order.lines[price > $low].sku`:                {"$order.lines[…].sku@0 exact", "$low@21 exact"},
		`$order.(a + b)`:                                {"$order@0"},
		`$order.lines^(>price)[0]`:                      {"$order.lines[…][0]@0 exact"},
		`$states.input."a b".` + "`c d`":                {"$states.input.a b.c d@0 exact"},
		`$a.*`:                                          {"$a.*@0 exact"},
		`$a.b[]`:                                        {"$a.b[]@0 exact"},
		`{'k': $a.b, $c: 1}`:                            {"$a.b@6 exact", "$c@12 exact"},
		`$a.x@$i.y[$i.z = $k]`:                          {"$a.x.y[…]@0 exact", "$k@17 exact"},
		`$a[-1]`:                                        {"$a[-1]@0 exact"},
		`($f := function($n){ $n = 0 ? $z : $f($n - 1) }; $f(3))`: {"$z@30 exact"},
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			p, err := expr.Compile(src, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range p.Uses() {
				s := u.String() + "@" + itoa(u.Pos)
				if u.Exact {
					s += " exact"
				}
				got = append(got, s)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func itoa(n int) string { raw, _ := json.Marshal(n); return string(raw) }

func TestContextUses(t *testing.T) {
	t.Parallel()
	p, err := expr.Compile("name & $.x & $$ & $a.b[c = 1].d", nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{0, 7, 13}, p.ContextUses()); d != "" {
		t.Error(d)
	}
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"{% $a %}": "$a", "{%$a%}": "$a", "{%%}": "", "{% a %} ": "-", "x {% a %}": "-", "{%}": "-", "": "-"} {
		got, ok := expr.Unwrap(s)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzCompileEval(f *testing.F) {
	for _, s := range []string{"$a.b[0]", "{'a': $x & 'y'}", "[1..$n].($ * 2)", "$map($a, function($v){$v})", "/a+/i", "a@$b#$c.d^(>e)", "|$|{'a':1},'b'|", "$a ~> $f(?, 1)", "\"\\u00e9\"", "$partition([1],0)"} {
		f.Add(s)
	}
	opts := &expr.Options{MaxSteps: 20_000, Timeout: 200 * time.Millisecond, MaxSize: 1 << 18}
	vars := map[string]any{"a": []any{map[string]any{"b": 1.0}}, "n": 3.0, "x": nil}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := expr.Compile(src, opts)
		if err != nil {
			return
		}
		for _, u := range p.Uses() {
			if src[u.Pos] != '$' {
				t.Fatalf("use of %s at %d is not a variable", u.Name, u.Pos)
			}
		}
		v, err := p.Eval(t.Context(), expr.Undefined, vars)
		if err != nil {
			return
		}
		if raw, err := expr.Encode(v, 0); err == nil && !json.Valid(raw) {
			t.Fatalf("not JSON: %s", raw)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	p, err := expr.Compile("{ 'customer': $response.body.customer, 'big': $response.body.amount > 1000 }", nil)
	if err != nil {
		b.Fatal(err)
	}
	v, _ := expr.Decode(json.RawMessage(`{"status":200,"body":{"customer":"cus_1","amount":1200}}`))
	vars := map[string]any{"response": v}
	for b.Loop() {
		if _, err := p.Eval(b.Context(), expr.Undefined, vars); err != nil {
			b.Fatal(err)
		}
	}
}
