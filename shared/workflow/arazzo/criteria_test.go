package arazzo_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/expr"
)

// Conditions hold when Arazzo says so.
func TestConditions(t *testing.T) {
	t.Parallel()
	response := map[string]any{"status": 201.0, "headers": map[string]any{"x-rate": "7"}, "body": map[string]any{
		"name": "It's OK", "none": nil, "yes": true, "no": false, "n": 5.0, "items": []any{map[string]any{"a-b": "x"}}, "empty": []any{}, "o": map[string]any{"k": 1.0},
	}}
	for condition, want := range map[string]bool{
		"$statusCode == 201": true, "$statusCode != 201": false, "201 == $statusCode": true, "200 < $statusCode": true, "$statusCode>=200&&$statusCode<300": true,
		"$statusCode == '201'":              true,
		"$response.body.name == 'it''S ok'": true, "$response.body#/name != 'it''s ok'": false, "$response.body#/name == 'other'": false,
		"$response.body#/none == null": true, "$response.body#/missing == null": true, "$response.body#/n == null": false, "$response.body#/n != null": true,
		"$response.body#/missing != null": false, "$response.body#/none != null": false, "null == $response.body#/none": true,
		"$response.body#/yes": true, "$response.body#/no": false, "!$response.body#/no": true, "!($response.body#/yes)": false, "$response.body#/n": false, "$response.body#/missing": false,
		"$response.body#/yes == true && ($response.body#/n > 9 || $response.body#/n <= 5)": true, "$response.body#/yes && $response.body#/no || $statusCode == 201": true,
		"$response.body#/yes && ($response.body#/no || $statusCode == 200)": false,
		"$response.body.items[0].a-b == 'X'":                                true, "$response.body#/items/0/a-b == 'x'": true, "$response.body#/items/1/a-b == null": true,
		"$response.header.X-Rate == '7'": true, "$response.body#/name == $response.body#/name": true, "$response.body#/n > $inputs.least": true,
		"$response.body#/name == $inputs.other": false, "true": true, "false": false, "$response.body#/yes < null": false,
	} {
		if got := holds(t, "{condition: "+quote(condition)+"}", response); got != want {
			t.Errorf("%s: %v", condition, got)
		}
	}
	for criterion, want := range map[string]bool{
		`{context: $response.body#/name, condition: '^it', type: regex}`: false, `{context: $response.body#/name, condition: "^It's", type: regex}`: true,
		`{context: $statusCode, condition: '^2\d{2}$', type: regex}`: true, `{context: $response.body#/name, condition: 'a/b', type: regex}`: false,
		`{context: $response.body#/missing, condition: '.*', type: regex}`:   false,
		`{context: $response.body, condition: '$.items[*]', type: jsonpath}`: true, `{context: $response.body, condition: '$.empty[*]', type: jsonpath}`: false,
		`{context: $response.body, condition: '$.o[*]', type: jsonpath}`: true, `{context: $response.body, condition: '$.n[*]', type: jsonpath}`: false,
		`{context: $response.body, condition: "$['items'][0]['a-b']", type: {type: jsonpath, version: rfc9535}}`: true, `{context: $response.body, condition: $.missing, type: jsonpath}`: false,
	} {
		if got := holds(t, criterion, response); got != want {
			t.Errorf("%s: %v", criterion, got)
		}
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// holds imports a criterion and evaluates what it became.
func holds(t *testing.T, criterion string, response any) bool {
	t.Helper()
	in, err := importText(t, one(step+"    successCriteria: ["+criterion+"]\n"), nil)
	if err != nil {
		t.Errorf("%s: %v %q", criterion, err, places(err))
		return false
	}
	src, _ := expr.Unwrap(in.Document.Steps[0].Success)
	p, err := expr.Compile(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Eval(t.Context(), nil, map[string]any{"response": response, "input": map[string]any{"least": 3.0, "other": "x"}})
	if err != nil {
		t.Errorf("%s: %s: %v", criterion, src, err)
	}
	yes, _ := expr.Plain(v).(bool)
	return yes
}
