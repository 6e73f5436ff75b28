package twin

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// fromPattern gives a text that a regular expression matches, or "" where it is
// not one of Go's. Unbounded repeats are taken once, alternatives at their first.
func fromPattern(pattern string) string {
	if spec.PatternCost(pattern) > maxPatternCost {
		return ""
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeMatch(&b, re.Simplify(), 0)
	if check, err := regexp.Compile(pattern); err != nil || !check.MatchString(b.String()) {
		return ""
	}
	return b.String()
}

// maxPattern is how long a text is made, and maxPatternCost what a pattern may cost.
const (
	maxPattern     = 4096
	maxPatternCost = 4096
)

func writeMatch(b *strings.Builder, re *syntax.Regexp, depth int) {
	if depth > 100 || b.Len() > maxPattern {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpCapture, syntax.OpPlus:
		writeMatch(b, re.Sub[0], depth+1)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeMatch(b, sub, depth+1)
		}
	case syntax.OpAlternate:
		writeMatch(b, re.Sub[0], depth+1)
	case syntax.OpRepeat:
		for range re.Min {
			writeMatch(b, re.Sub[0], depth+1)
		}
	default: // anchors, empty, and what may be left out: star and quest
	}
}

// pick prefers a letter or digit of a class.
func pick(ranges []rune) rune {
	for _, want := range "a1A0" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				return want
			}
		}
	}
	if len(ranges) == 0 {
		return 'a'
	}
	return ranges[0]
}
