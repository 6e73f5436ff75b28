// Package weak tells passwords that are guessed first, offline: those that are most
// used, and what people make of them. It judges no length, stores nothing and asks
// nobody.
package weak

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// passwords are the 46,983 most used ones of four characters and more that leaks have
// shown, in lower case, sorted; the list of zxcvbn (MIT, Dan Wheeler; collected by Mark
// Burnett). It is read from its compressed form at each question, in some
// milliseconds: a table of it would stay in the memory of a process that is asked
// once a day.
//
//go:embed passwords.gz
var passwords []byte

// Limits of what still counts as made of a common password or known word.
const (
	// A common password is no better for so many characters around it.
	maxAround = 5
	// What is left of a password without what is known of the person must have so many.
	minLeft = 6
	// So many different steps a password must have: "aaaaabcdef" has three.
	minSteps = 6
	minWord  = 4
)

// Reason is why a password is weak.
type Reason string

// The reasons. The empty one: it is not.
const (
	Common   Reason = "common"   // among the most used, or made of one
	Pattern  Reason = "pattern"  // repeats or runs along the alphabet or keyboard
	Personal Reason = "personal" // made of what is known of the person
)

// Judge says why a password is weak. Words are what is known of the person and the
// place: address, name, the workspace's name.
func Judge(password string, words ...string) Reason {
	folded := fold(password)
	switch {
	case steps(folded) < minSteps:
		return Pattern
	case personal(folded, words):
		return Personal
	case common(forms(folded)):
		return Common
	}
	return ""
}

// fold is a password as guessing sees it.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// leet are letters by what people write for them.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "|", "l")

// forms are what a password may have been made of.
func forms(s string) map[string]bool {
	all := map[string]bool{}
	add := func(s string) {
		if utf8.RuneCountInString(s) >= minWord {
			all[s] = true
		}
	}
	for _, whole := range []string{s, unit(s), reversed(s)} {
		add(whole)
		add(leet.Replace(whole))
		bare := strings.TrimFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) })
		if utf8.RuneCountInString(whole)-utf8.RuneCountInString(bare) <= maxAround {
			add(bare)
			add(leet.Replace(bare))
		}
		// What is itself of digits, or has them for letters, may have more behind it: "p4ssw0rd!1".
		for cut := 1; cut <= maxAround && cut < len(whole); cut++ {
			if utf8.RuneStart(whole[len(whole)-cut]) {
				add(whole[:len(whole)-cut])
				add(leet.Replace(whole[:len(whole)-cut]))
			}
		}
	}
	return all
}

// unit is what a password repeats, or all of it.
func unit(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if strings.Repeat(s[:n], len(s)/n)+s[:len(s)%n] == s {
			return s[:n]
		}
	}
	return s
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// rows are what fingers run along.
var rows = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1234567890", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"}

// steps counts the characters that do not simply follow from the one before: by
// repeating it, or by the next of alphabet or keyboard, either way. What a password
// repeats counts once.
func steps(s string) int {
	var last rune
	n := 0
	for _, r := range unit(s) {
		if n == 0 || !follows(last, r) {
			n++
		}
		last = r
	}
	return n
}

func follows(a, b rune) bool {
	if d := b - a; d >= -1 && d <= 1 {
		return true
	}
	pair, back := string([]rune{a, b}), string([]rune{b, a})
	for _, row := range rows {
		if strings.Contains(row, pair) || strings.Contains(row, back) {
			return true
		}
	}
	return false
}

// personal says whether little is left of a password without what is known.
func personal(s string, words []string) bool {
	left := leet.Replace(s)
	for _, text := range append(words, "apiq") {
		text = leet.Replace(fold(text))
		all := append([]string{text}, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
		for _, word := range all {
			if utf8.RuneCountInString(word) >= minWord {
				left = strings.ReplaceAll(left, word, "")
			}
		}
	}
	return left != leet.Replace(s) && utf8.RuneCountInString(left) < minLeft
}

// common says whether one of these is in the list.
func common(forms map[string]bool) bool {
	r, err := gzip.NewReader(bytes.NewReader(passwords))
	if err != nil {
		panic("weak: the list is damaged: " + err.Error()) // it is part of the program, and tested
	}
	buffer, _ := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	lines := bufio.NewScanner(r)
	lines.Buffer(*buffer, cap(*buffer))
	for lines.Scan() {
		if forms[string(lines.Bytes())] {
			return true
		}
	}
	return false
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 4096); return &b }}
