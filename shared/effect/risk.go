package effect

import (
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// Level is how bad a mistake would be.
type Level string

// The levels of docs/workflow.md.
const (
	Read         Level = "read"
	Write        Level = "write"
	Irreversible Level = "irreversible"
)

// Risk gives an operation's level and, in a sentence, why. Method first: a safe
// method reads, DELETE cannot be taken back. Then the description's own words:
// money moved, messages sent, keys revoked. Only the id, the path and the
// summary count: long descriptions mention too much. nil is Irreversible, for
// what is not known has to be confirmed by itself.
func Risk(op *spec.Operation) (Level, string) {
	if op == nil {
		return Irreversible, "The operation is not known, so it counts as one that cannot be taken back."
	}
	method := strings.ToUpper(op.Method)
	if Of(op, "") == Safe {
		return Read, method + " only reads."
	}
	if method == http.MethodDelete {
		return Irreversible, "DELETE removes something for good."
	}
	for _, list := range [][]string{words(op.ID), action(op.Path), words(firstSentence(op.Summary.Summary))} {
		if word, why := verb(list); word != "" {
			return Irreversible, "“" + word + "” " + why + "."
		}
	}
	if method == http.MethodPost {
		if noun, why := created(op.Path); noun != "" {
			return Irreversible, "A new entry in “" + noun + "” " + why + "."
		}
	}
	return Write, method + " changes data."
}

// verb looks for a word that says what cannot be taken back: the leading word of
// a text, whatever the product calls the rest, or one of a pair.
func verb(words []string) (word, why string) {
	for i, w := range words {
		if why, ok := actions[w]; ok && leads(words, i) {
			return w, why
		}
		if objects, ok := pairs[w]; ok {
			for _, other := range words[i+1:] {
				if why, ok := objects[other]; ok {
					return w + " " + other, why
				}
			}
		}
	}
	return "", ""
}

// leads says whether the word at i is the action of the text: its first word, or
// its last ("invoice.send", "POST /charges/{id}/refund"), or after a method or
// "create" ("PostChargesChargeRefund" has refund last, "createPayout" first).
func leads(words []string, i int) bool {
	if i == 0 || i == len(words)-1 {
		return true
	}
	switch words[i-1] {
	case "post", "put", "patch", "create", "and", "to", "or":
		return true
	}
	return false
}

// created says what a POST to a collection brings into the world.
func created(path string) (noun, why string) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	last := segments[len(segments)-1]
	if strings.HasPrefix(last, "{") || last == "" {
		return "", ""
	}
	list := words(last)
	if len(list) == 0 {
		return "", ""
	}
	noun = list[len(list)-1]
	if why = collections[noun]; why == "" {
		return "", ""
	}
	return noun, why
}

// action is the last word of a path that is no parameter: "refund" of
// /charges/{id}/refund and "revoke" of /auth.revoke, but nothing of
// /refund-policies, where it only qualifies.
func action(path string) []string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(segments) - 1; i >= 0; i-- {
		if strings.Contains(segments[i], "{") {
			continue
		}
		if list := words(segments[i]); len(list) > 0 {
			return list[len(list)-1:]
		}
	}
	return nil
}

func firstSentence(s string) string {
	if i := strings.IndexAny(s, ".;\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// words splits at punctuation and where camelCase begins a word, in lower case.
func words(text string) []string {
	var list []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			list = append(list, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	lower := false
	for _, r := range text {
		switch {
		case r >= 'A' && r <= 'Z':
			if lower {
				flush()
			}
			lower = false
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			lower = true
		default:
			flush()
			lower = false
			continue
		}
		word.WriteRune(r)
	}
	flush()
	return list
}
