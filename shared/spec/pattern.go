package spec

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
)

// maxPatternText bounds what is made for one pattern, in characters.
const maxPatternText = 512

// textFor makes a string that matches a pattern; ok is false when the pattern
// cannot be read, or what was made does not match after all (look-around, word
// boundaries).
func textFor(pattern string, r *rand.Rand) (text string, ok bool) {
	if len(pattern) > 1000 {
		return "", false
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	writePattern(&b, tree.Simplify(), r, 0)
	text = b.String()
	return text, len(text) <= maxPatternText*4 && re.MatchString(text)
}

func writePattern(b *strings.Builder, n *syntax.Regexp, r *rand.Rand, depth int) {
	if b.Len() > maxPatternText || depth > 100 {
		return
	}
	switch n.Op {
	case syntax.OpLiteral:
		for _, c := range n.Rune {
			b.WriteRune(c)
		}
	case syntax.OpCharClass:
		b.WriteRune(pickRune(n.Rune, r))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + r.IntN(26)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range n.Sub {
			writePattern(b, sub, r, depth+1)
		}
	case syntax.OpAlternate:
		writePattern(b, n.Sub[r.IntN(len(n.Sub))], r, depth+1)
	case syntax.OpPlus:
		for range 1 + r.IntN(4) {
			writePattern(b, n.Sub[0], r, depth+1)
		}
	case syntax.OpStar:
		for range r.IntN(4) {
			writePattern(b, n.Sub[0], r, depth+1)
		}
	case syntax.OpRepeat:
		for range n.Min {
			writePattern(b, n.Sub[0], r, depth+1)
		}
	}
}

// pickRune takes a character of a class, a readable one when there is one.
func pickRune(ranges []rune, r *rand.Rand) rune {
	var readable []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := max(ranges[i], '0'); c <= min(ranges[i+1], 'z'); c++ {
			if c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' {
				readable = append(readable, c)
			}
		}
	}
	if len(readable) > 0 {
		return readable[r.IntN(len(readable))]
	}
	if len(ranges) > 0 {
		return ranges[0]
	}
	return 'x'
}
