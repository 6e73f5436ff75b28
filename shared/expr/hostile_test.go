//go:build unix

package expr_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// What a hostile expression may take: its time, and what passes between two looks
// at the clock, the collector's work included.
const (
	budgeted  = 500 * time.Millisecond
	overshoot = time.Second
)

// processorTime is what the process has used of the processors, which neighbours do
// not add to. The test is not parallel, so that nothing else in the process does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestHostileExpressionsEnd(t *testing.T) {
	for name, src := range map[string]string{
		"tail recursion":      `($f := function($n){ $f($n + 1) }; $f(0))`,
		"recursion":           `($f := function($n){ 1 + $f($n + 1) }; $f(0))`,
		"doubling strings":    `($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('abcdefgh', 60))`,
		"doubling by join":    `($f := function($s, $n){ $n = 0 ? $s : $f($join([$s, $s]), $n - 1) }; $f('abcdefgh', 60))`,
		"doubling arrays":     `($f := function($s, $n){ $n = 0 ? $s : $f([$s, $s], $n - 1) }; $f([1, 2], 60))`,
		"doubling by append":  `($f := function($s, $n){ $n = 0 ? $s : $f($append($s, $s), $n - 1) }; $f([1, 2], 60))`,
		"doubling objects":    `($f := function($s, $n){ $n = 0 ? $s : $f({'a': $s, 'b': $s}, $n - 1) }; $string($f(1, 90)))`,
		"doubling by map":     `($f := function($s, $n){ $n = 0 ? $s : $f($map([1, 2], function($i){ $s }), $n - 1) }; $f([1, 2], 90) = 3)`,
		"deep arrays":         `($f := function($s, $n){ $n = 0 ? $s : $f([[$s]], $n - 1) }; $f(1, 1000000))`,
		"sort bomb":           `[1..200000]^($sum([1..1000]))`,
		"nested ranges":       `[1..100000].[1..100000]`,
		"big paths":           `($a := [1..200000]; $a.($a))`,
		"own function":        `($a := [1..200000]; $f := function($x){ $a }; $a.$f($))`,
		"growing binds":       `($a := [1..1000]; $b := $a.($a); $c := $b.($b); $count($c))`,
		"filter of all":       `($a := [1..200000]; $a[$ in $a] = 1)`,
		"distinct":            `$distinct([1..249999].{'a': $})[$count($distinct([1..249999].{'a': $})) = 1]`,
		"descendants":         `($a := [1..200000].{'a': $}; $a.**.($a.**))`,
		"roman":               `$formatInteger(1e15, 'I')`,
		"pad":                 `$pad('x', 2000000000)`,
		"replace":             `($p := $pad('', 9999, 'a'); $s := $join($map([1..100], function($i){ $p })); $replace($s, 'a', $s))`,
		"match bomb":          `($p := $pad('', 9999, 'a'); $match($join($map([1..100], function($i){ $p })), /a/))`,
		"huge range":          `[1..1000000000]`,
		"huge step range":     `$range(1, 1000000000, 1)`,
		"nested filter":       `[1..20000][$count([1..20000][$ > 5]) > 3]`,
		"transform doubling":  `($f := function($s, $n){ $n = 0 ? $s : $f($s ~> |$|{'a': $s, 'b': $s}|, $n - 1) }; $f({}, 60))`,
		"reduce doubling":     `$reduce([1..80], function($a, $b){ [$a, $a] })`,
		"parent and doubling": `($f := function($s, $n){ $n = 0 ? $s : $f({'x': {'y': 1}}.x.y.($s & $s & %.z), $n - 1) }; $f('abcdefgh', 60))`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := expr.Compile(src, &expr.Options{Timeout: budgeted})
			if err != nil {
				t.Fatal(err)
			}
			start := processorTime(t)
			v, err := p.Eval(t.Context(), expr.Undefined, nil)
			if !errors.Is(err, expr.ErrBudget) {
				raw, _ := expr.Encode(v, 1000)
				t.Errorf("got %s, %v; want an exhausted budget", raw, err)
			}
			if spent := processorTime(t) - start; spent > budgeted+overshoot {
				t.Errorf("took %v of the processors", spent)
			}
		})
	}
}
