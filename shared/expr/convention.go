package expr

import "strings"

// Unwrap takes the expression out of a string that is one as a whole: it begins
// with {% and ends with %}, with no text around. The expression comes trimmed, as
// Step Functions names it in causes.
func Unwrap(s string) (expression string, ok bool) {
	if len(s) < 4 || !strings.HasPrefix(s, "{%") || !strings.HasSuffix(s, "%}") {
		return "", false
	}
	return strings.TrimSpace(s[2 : len(s)-2]), true
}

// IsExpression says whether a string stands for an expression rather than for itself.
func IsExpression(s string) bool {
	_, ok := Unwrap(s)
	return ok
}

// Wrap is the inverse of Unwrap.
func Wrap(expression string) string { return "{% " + expression + " %}" }
