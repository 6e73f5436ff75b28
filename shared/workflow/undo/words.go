package undo

import (
	"slices"
	"strings"
	"unicode"

	"github.com/apiq/apiq/shared/spec"
)

// opposites of a word, where they are clear. What is started or opened may have done
// things that stopping or closing does not take back; these are left out.
var opposites = [][2]string{
	{"add", "remove"}, {"subscribe", "unsubscribe"}, {"enable", "disable"}, {"archive", "unarchive"}, {"lock", "unlock"},
	{"activate", "deactivate"}, {"mute", "unmute"}, {"pin", "unpin"}, {"star", "unstar"}, {"follow", "unfollow"}, {"block", "unblock"},
	{"hide", "unhide"}, {"publish", "unpublish"}, {"suspend", "unsuspend"}, {"attach", "detach"}, {"link", "unlink"}, {"assign", "unassign"},
}

// inverse is the word that undoes another; "" where none does.
func inverse(word string) string {
	for _, pair := range opposites {
		switch word {
		case pair[0]:
			return pair[1]
		case pair[1]:
			return pair[0]
		}
	}
	return ""
}

// against finds the operation that is the opposite by its words: …/archive and
// …/unarchive, conversations.archive and .unarchive; or PUT and DELETE of one place
// that say so (star, unstar).
func against(doc *spec.Document, op *spec.Operation) *spec.Operation {
	dir, last := op.Path[:strings.LastIndex(op.Path, "/")+1], lastOf(op.Path)
	stem := ""
	if i := strings.LastIndexAny(last, ".:"); i >= 0 {
		stem, last = last[:i+1], last[i+1:]
	}
	if !plainly(op) {
		return nil
	}
	if word := inverse(strings.ToLower(last)); word != "" {
		if other, err := doc.Operation(op.Method + " " + dir + stem + word); err == nil {
			return other
		}
	}
	other, err := doc.Operation("DELETE " + op.Path)
	if err != nil {
		return nil
	}
	if word := inverse(verb(op)); word != "" && verb(other) == word && plainly(other) {
		return other
	}
	return nil
}

// plainly says that an operation does the one thing, to the one thing: it does not also
// replace what was there, or reach for all.
func plainly(op *spec.Operation) bool {
	for _, w := range append(words(op.ID), words(op.Summary.Summary)...) {
		switch w {
		case "all", "update", "replace", "set", "upsert":
			return false
		}
	}
	return true
}

// makes says whether a POST to a collection makes one thing there, as far as its words
// tell: not where they say that it looks for something or changes something.
func makes(op *spec.Operation) bool {
	for _, w := range append(words(op.ID), first(op.Summary.Summary)) {
		if slices.Contains([]string{"search", "query", "find", "list", "update", "replace", "upsert", "set", "batch", "bulk", "delete", "remove", "validate", "preview", "export"}, w) {
			return false
		}
	}
	return true
}

// verb is the first word of an operation's id or, where that is none of the
// opposites, of its summary.
func verb(op *spec.Operation) string {
	for _, w := range words(op.ID) {
		if inverse(w) != "" {
			return w
		}
	}
	return first(op.Summary.Summary)
}

func first(s string) string {
	if all := strings.Fields(strings.ToLower(s)); len(all) > 0 {
		return strings.Trim(all[0], ".,:;")
	}
	return ""
}

// words are an id's words in lower case: issues/create, createIssue, create_issue.
func words(id string) []string {
	var b strings.Builder
	lower := false
	for _, r := range id {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		if !unicode.IsLetter(r) {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}
