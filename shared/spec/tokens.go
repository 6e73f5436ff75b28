package spec

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
)

// tokenizer splits text and identifiers into stems. It remembers stems, because
// an API says the same few thousand words over and over.
type tokenizer struct{ stems map[string]string }

func newTokenizer() *tokenizer { return &tokenizer{stems: map[string]string{}} }

// each calls yield for every stem of s: words of text, parts of paths and of
// camelCase and snake_case names. Words that say nothing are left out.
func (t *tokenizer) each(s string, yield func(stem string)) {
	start := -1
	var last rune
	flush := func(end int) {
		if start >= 0 && end > start {
			if stem := t.stem(s[start:end]); stem != "" {
				yield(stem)
			}
		}
		start = -1
	}
	for i, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
		case start < 0:
			start = i
		case unicode.IsUpper(r) && (unicode.IsLower(last) || unicode.IsDigit(last)),
			unicode.IsUpper(r) && unicode.IsUpper(last) && lowerFollows(s[i+utf8.RuneLen(r):]):
			flush(i) // fooBar, HTTPServer
			start = i
		}
		last = r
	}
	flush(len(s))
}

func lowerFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	// The plural of an acronym ("URLs") is one word.
	return unicode.IsLower(r) && !(r == 's' && (len(s) == 1 || !unicode.IsLower(rune(s[1]))))
}

func (t *tokenizer) stem(word string) string {
	if stem, ok := t.stems[word]; ok {
		return stem
	}
	low := strings.ToLower(word)
	stem := ""
	if !isStopWord(low) && len(low) <= 64 {
		stem = english.Stem(low, false)
	}
	t.stems[strings.Clone(word)] = stem
	return stem
}

func isStopWord(w string) bool {
	switch w {
	case "a", "an", "the", "of", "to", "for", "and", "or", "in", "on", "at", "by", "with", "from", "as", "is", "are", "be",
		"it", "its", "this", "that", "these", "those", "will", "can", "you", "your", "i", "me", "my", "we", "our", "please",
		"if", "which", "not", "has", "have", "was", "were", "may", "then", "into", "their", "them", "should", "must":
		return true
	}
	return false
}
