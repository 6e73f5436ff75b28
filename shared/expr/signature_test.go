package expr_test

import (
	"testing"

	"github.com/apiq/apiq/shared/expr"
)

// TestErrorsReadAsTheReferences: texts are those of jsonata 2.0.6, which AWS shows
// in a run's cause.
func TestErrorsReadAsTheReferences(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`$sum('a')`:                             `T0412: Argument 1 of function "sum" must be an array of "numbers"`,
		`$max(['a'])`:                           `T0412: Argument 1 of function "max" must be an array of "numbers"`,
		`$join([1, 2])`:                         `T0412: Argument 1 of function "join" must be an array of "strings"`,
		`$merge(1)`:                             `T0412: Argument 1 of function "merge" must be an array of "objects"`,
		`$sum(1, 2)`:                            `T0410: Argument 2 of function "sum" does not match function signature`,
		`$length(1)`:                            `T0410: Argument 1 of function "length" does not match function signature`,
		`$length()`:                             `T0411: Context value is not a compatible type with argument 1 of function "length"`,
		`$substring(1, 2)`:                      `T0411: Context value is not a compatible type with argument 1 of function "substring"`,
		`$map([1], 1)`:                          `T0410: Argument 2 of function "map" does not match function signature`,
		`$append(1)`:                            `T0410: Argument 2 of function "append" does not match function signature`,
		`$replace('a', 1)`:                      `T0410: Argument 2 of function "replace" does not match function signature`,
		`('abc').$match('b')`:                   `T0410: Argument 2 of function "match" does not match function signature`,
		`$pad(1, 2)`:                            `T0410: Argument 2 of function "pad" does not match function signature`,
		`$each(1, 2)`:                           `T0410: Argument 1 of function "each" does not match function signature`,
		`$map([1], function($x) { $trim($x) })`: `T0410: Argument 1 of function "trim" does not match function signature`,
		`$map([1], function($x) { $nobody($x) })`: `T1006: Attempted to invoke a non-function`,
		`sum(1)`:                               `T1005: Attempted to invoke a non-function. Did you mean $sum?`,
		`$sqrt(-1)`:                            `D3060: The sqrt function cannot be applied to a negative number: -1`,
		`$power(-1, 0.5)`:                      `D3061: The power function has resulted in a value that cannot be represented as a JSON number: base=-1, exponent=0.5`,
		`$formatBase(10, 99)`:                  `D3100: The radix of the formatBase function must be between 2 and 36.  It was given 99`,
		`$toMillis('foo')`:                     `D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given "foo"`,
		`$decodeUrlComponent('%E0%A4%A')`:      `D3140: Malformed URL passed to $decodeUrlComponent(): "%E0%A4%A"`,
		`$assert(false)`:                       `D3141: $assert() statement failed`,
		`$assert(false, 'no')`:                 `D3141: no`,
		`$error('boom')`:                       `D3137: boom`,
		`$replace('a', '', 'b')`:               `D3010: Second argument of replace function cannot be an empty string`,
		`$split('a', ',', -1)`:                 `D3020: Third argument of split function must evaluate to a positive number`,
		`$reduce([1, 2], function($x) { $x })`: `D3050: The second argument of reduce function must be a function with at least two arguments`,
		`[{'a': {}}, {'a': {}}]^(a)`:           `T2008: The expressions within an order-by clause must evaluate to numeric or string values`,
	} {
		p, err := expr.Compile(src, nil)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if _, err := p.Eval(t.Context(), expr.Object(), nil); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", src, err, want)
		}
	}
}
