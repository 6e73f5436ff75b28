package scim

import (
	"encoding/json"
	"strings"
	"time"

	filter "github.com/scim2/filter-parser/v2"
)

// Bounds of a filter: a directory asks for one thing or two.
const (
	maxFilter = 1024
	maxTerms  = 32
)

// condition judges a resource, given as its JSON.
type condition func(resource map[string]any) bool

// parseFilter reads a filter (RFC 7644, 3.4.2.2); "" takes everything.
func parseFilter(text string) (condition, filter.Expression, error) {
	if text == "" {
		return func(map[string]any) bool { return true }, nil, nil
	}
	refused := func(detail string) error { return fault(invalidFilter, "query.filter", detail) }
	if len(text) > maxFilter || nested(text) > maxTerms {
		return nil, nil, refused("The filter is too long or nested too deeply.")
	}
	exp, err := parsed(func() (filter.Expression, error) { return filter.ParseFilter([]byte(text)) })
	if err != nil {
		return nil, nil, refused(`The filter cannot be read: write it like userName eq "ada@example.com".`)
	}
	if terms(exp) > maxTerms {
		return nil, nil, refused("The filter has too many terms.")
	}
	return func(r map[string]any) bool { return holds(exp, r) }, exp, nil
}

// parsed runs the parser where a panic of its own is an error: the text is from outside.
func parsed[T any](parse func() (T, error)) (v T, err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return parse()
}

// nested counts how deep brackets go, before anything recurses over them.
func nested(text string) int {
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '(', '[':
			depth++
			deepest = max(deepest, depth)
		case ')', ']':
			depth--
		}
	}
	return deepest
}

func terms(e filter.Expression) int {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		return terms(e.Left) + terms(e.Right)
	case *filter.NotExpression:
		return 1 + terms(e.Expression)
	case *filter.ValuePath:
		return 1 + terms(e.ValueFilter)
	}
	return 1
}

func holds(e filter.Expression, in map[string]any) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return holds(e.Left, in) && holds(e.Right, in)
		}
		return holds(e.Left, in) || holds(e.Right, in)
	case *filter.NotExpression:
		return !holds(e.Expression, in)
	case *filter.ValuePath:
		for _, v := range valuesAt(in, e.AttributePath.AttributeName, nil) {
			if m, ok := v.(map[string]any); ok && holds(e.ValueFilter, m) {
				return true
			}
		}
		return false
	case *filter.AttributeExpression:
		return compares(e, in)
	}
	return false
}

func compares(e *filter.AttributeExpression, in map[string]any) bool {
	values := valuesAt(in, e.AttributePath.AttributeName, e.AttributePath.SubAttribute)
	if e.Operator == filter.PR {
		return len(values) > 0
	}
	if e.Operator == filter.NE { // none of the values is (RFC 7644, 3.4.2.2, and what is not there is not equal)
		for _, v := range values {
			if compare(v, filter.EQ, e.CompareValue, exact(e.AttributePath.AttributeName)) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if compare(v, e.Operator, e.CompareValue, exact(e.AttributePath.AttributeName)) {
			return true
		}
	}
	return false
}

// exact names the attributes whose case counts (RFC 7643, 3.1).
func exact(attribute string) bool {
	return strings.EqualFold(attribute, "id") || strings.EqualFold(attribute, "externalId")
}

// valuesAt are the values of an attribute, those of a list one by one. A list of
// complex values stands for their "value" where no part is named and compared.
func valuesAt(in map[string]any, name string, sub *string) []any {
	v, ok := member(in, name)
	if !ok || v == nil {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	if sub == nil {
		return list
	}
	var out []any
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			if v, ok := member(m, *sub); ok && v != nil {
				out = append(out, v)
			}
		}
	}
	return out
}

// member finds a name, whatever its case: SCIM's attributes have none (RFC 7643, 2.1).
func member(in map[string]any, name string) (any, bool) {
	if v, ok := in[name]; ok {
		return v, true
	}
	for k, v := range in {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

func compare(have any, op filter.CompareOperator, want any, exact bool) bool {
	if m, ok := have.(map[string]any); ok {
		if have, ok = member(m, "value"); !ok {
			return false
		}
	}
	switch h := have.(type) {
	case bool:
		w, ok := boolean(want)
		return ok && op == filter.EQ && h == w
	case string:
		w, ok := want.(string)
		return ok && compareText(h, op, w, exact)
	}
	return false
}

func compareText(have string, op filter.CompareOperator, want string, exact bool) bool {
	if a, err := time.Parse(time.RFC3339, have); err == nil {
		if b, err := time.Parse(time.RFC3339, want); err == nil {
			return ordered(a.Compare(b), op)
		}
	}
	if !exact {
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	switch op {
	case filter.CO:
		return strings.Contains(have, want)
	case filter.SW:
		return strings.HasPrefix(have, want)
	case filter.EW:
		return strings.HasSuffix(have, want)
	}
	return ordered(strings.Compare(have, want), op)
}

func ordered(n int, op filter.CompareOperator) bool {
	switch op {
	case filter.EQ:
		return n == 0
	case filter.GT:
		return n > 0
	case filter.GE:
		return n >= 0
	case filter.LT:
		return n < 0
	case filter.LE:
		return n <= 0
	}
	return false
}

// boolean reads what directories send for one: true, "True", "false".
func boolean(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// equalTo is the text that a filter asks one attribute to equal, where it asks no more:
// the usual question of a directory, which needs no list.
func equalTo(exp filter.Expression, attribute string) (string, bool) {
	e, ok := exp.(*filter.AttributeExpression)
	if !ok || e.Operator != filter.EQ || e.AttributePath.SubAttribute != nil || !strings.EqualFold(e.AttributePath.AttributeName, attribute) {
		return "", false
	}
	text, ok := e.CompareValue.(string)
	return text, ok
}

// asMap is a resource as its JSON.
func asMap(v any) (map[string]any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(raw, &out)
}
