package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// token is a word of the goal with its place.
type token struct {
	lower      string
	stem       string
	start, end int
	// value is the index of the value that covers it, or -1.
	value int
	// stop: it carries no meaning for retrieval.
	stop bool
}

const maxTokens = 900

// tokenize cuts text into words; apostrophes within a word stay.
func tokenize(text string) []token {
	var out []token
	start := -1
	flush := func(end int) {
		if start < 0 {
			return
		}
		w := strings.ToLower(strings.Trim(text[start:end], "'’"))
		w = strings.ReplaceAll(w, "’", "'")
		if w != "" && len(out) < maxTokens {
			base := strings.TrimSuffix(w, "'s")
			out = append(out, token{lower: w, stem: catalog.Stem(base), start: start, end: end, value: -1, stop: catalog.Stop(base) || catalog.Stop(w)})
		}
		start = -1
	}
	for i, r := range text {
		in := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || ((r == '\'' || r == '’') && start >= 0 && nextLetter(text, i+utf8.RuneLen(r)))
		if in && start < 0 {
			start = i
		}
		if !in {
			flush(i)
		}
	}
	flush(len(text))
	return out
}

func nextLetter(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return unicode.IsLetter(r)
}
