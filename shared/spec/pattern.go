package spec

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// maxPattern is the longest pattern that a text is made for: some list every font.
const maxPattern = 16 << 10

// maxPatternText bounds what is made for one pattern, in characters.
const maxPatternText = 512

// textFor makes a string that matches a pattern and is as long as it must be; ok
// is false when the pattern cannot be read, or what was made does not match after
// all (look-around, word boundaries, lengths that the pattern does not have).
func textFor(pattern string, length Bounds, r *rand.Rand) (text string, ok bool) {
	if len(pattern) > maxPattern || PatternCost(pattern) > maxPatternCost {
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
	least, most := 0, maxPatternText
	if length.MinLength != nil {
		least = min(*length.MinLength, maxPatternText)
	}
	if length.MaxLength != nil {
		most = min(*length.MaxLength, maxPatternText)
	}
	w := patternWriter{rand: r}
	w.write(tree, 0)
	if w.n > most || w.n < least { // as short as may be, then grown
		w = patternWriter{rand: r, lean: true}
		w.write(tree, 0)
		if w.n < least {
			w = patternWriter{rand: r, lean: true, more: least - w.n}
			w.write(tree, 0)
		}
	}
	text = w.text.String()
	if w.n < least { // it may not say how the string ends
		text += strings.Repeat("x", least-w.n)
	}
	n := utf8.RuneCountInString(text)
	return text, n >= least && n <= most && re.MatchString(text)
}

// patternWriter writes what matches.
type patternWriter struct {
	rand *rand.Rand
	lean bool // nothing more often than it must be
	more int  // characters that are to come of what may be there more often
	text strings.Builder
	n    int // characters written
}

func (w *patternWriter) rune(c rune) {
	w.text.WriteRune(c)
	w.n++
}

func (w *patternWriter) write(n *syntax.Regexp, depth int) {
	if w.n > maxPatternText || depth > 100 {
		return
	}
	switch n.Op {
	case syntax.OpLiteral:
		for _, c := range n.Rune {
			w.rune(c)
		}
	case syntax.OpCharClass:
		w.rune(pickRune(n.Rune, w.rand))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.rune('a' + w.rand.Int32N(26))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range n.Sub {
			w.write(sub, depth+1)
		}
	case syntax.OpAlternate:
		w.write(n.Sub[w.rand.IntN(len(n.Sub))], depth+1)
	case syntax.OpPlus:
		w.repeat(n.Sub[0], 1, -1, 4, depth)
	case syntax.OpStar:
		w.repeat(n.Sub[0], 0, -1, 4, depth)
	case syntax.OpQuest:
		w.repeat(n.Sub[0], 0, 1, 1, depth)
	case syntax.OpRepeat:
		w.repeat(n.Sub[0], n.Min, n.Max, 1, depth)
	}
}

// repeat writes what is there at least and at most so often (-1: any), up to
// spread times more than it must be.
func (w *patternWriter) repeat(sub *syntax.Regexp, least, most, spread, depth int) {
	times := least
	if !w.lean {
		times += w.rand.IntN(spread)
	}
	for n := 0; n < times || w.more > 0 && (most < 0 || n < most); n++ {
		before := w.n
		w.write(sub, depth+1)
		if n >= least {
			w.more -= max(w.n-before, 1) // what is empty makes none either
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
