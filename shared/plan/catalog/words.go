package catalog

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// Split cuts an identifier or a sentence into lower-case words: at everything
// that is no letter or digit, and where lower case meets upper case.
func Split(s string) []string {
	var words []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			words = append(words, strings.ToLower(string(cur)))
			cur = cur[:0]
		}
	}
	rs := []rune(s)
	for i, r := range rs {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			// "user's" is one word, as is "users'".
			if r == '\'' && i > 0 && i+1 < len(rs) && unicode.IsLetter(rs[i-1]) && rs[i+1] == 's' {
				continue
			}
			flush()
			continue
		case len(cur) > 0 && unicode.IsUpper(r):
			prev := rs[i-1]
			nextLower := i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if unicode.IsLower(prev) || unicode.IsDigit(prev) || (unicode.IsUpper(prev) && nextLower && !pluralAcronym(rs, i)) {
				flush()
			}
		}
		cur = append(cur, r)
	}
	flush()
	return words
}

// pluralAcronym keeps "IDs" and "URLs" whole.
func pluralAcronym(rs []rune, i int) bool {
	return i+1 < len(rs) && rs[i+1] == 's' && (i+2 == len(rs) || !unicode.IsLower(rs[i+2]))
}

// Stem is the English stem of a lower-case word.
func Stem(word string) string {
	if len(word) > 48 {
		word = word[:48]
	}
	word = strings.TrimSuffix(word, "'s")
	return english.Stem(word, false)
}

// Stems splits and stems, leaving out words that carry no meaning.
func Stems(s string) []string {
	var out []string
	for _, w := range Split(s) {
		if !Stop(w) {
			out = append(out, Stem(w))
		}
	}
	return out
}

// Singular is the singular of a lower-case English noun, by its ending.
func Singular(w string) string {
	switch {
	case len(w) <= 3 || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "uses"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s"):
		return w[:len(w)-1]
	}
	return w
}

// Plural says whether the word is one by its ending.
func Plural(w string) bool { return Singular(w) != w }

// Stop says whether a word carries no meaning for finding an operation.
func Stop(w string) bool { return stopWords[w] }

var stopWords = Words(`a an the and or of to in on at by for from with without into onto as is are was were be been being it its this that these
those there here their them they he she his her him i me my mine we us our you your yours who whom whose what which when where why how do does
did doing done can could would should shall will may might must have has had having not no nor so than too very just also then if else but about
please want need like help let lets am im id ll ve re s t d one any some such each every all both other another only own same via per using use used
hey hi hello thanks thank ok okay able know think make sure let's don't i'm i'd i'll i've now until since between during within after before over under about while want wants needs would_like some lot lots bit etc`)

// Words is a set of words, written with spaces between them.
func Words(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
