package openai

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/apiq/apiq/shared/plan/draft"
)

// Bounds of what a document may say in a prompt, in characters.
const (
	maxText   = 240 // a summary or description
	maxTitle  = 80  // a name that a person gave or reads
	maxName   = 100 // an argument, or a place in an answer
	maxMember = 80  // of an enum
	maxID     = 64
)

// tidy is a third party's text on one line, at most n characters long, without
// what a reader would not see: control and format characters (directions,
// zero-width, tags), private and unassigned ones.
func tidy(s string, n int) string {
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
	return draft.Clip(strings.Join(strings.Fields(seen), " "), n)
}

// plain says whether a name can be put to the model as it is; it must come back
// as it was.
func plain(name string) bool { return name != "" && tidy(name, maxName) == name }

// cleanID is a name of letters, digits and "_.-" alone: it stands in the schema,
// which no prose of a document may reach.
func cleanID(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, s)
	clean = strings.Join(strings.FieldsFunc(clean, func(r rune) bool { return r == '_' }), "_")
	if clean == "" {
		return "operation"
	}
	return clean[:min(len(clean), maxID)]
}

// members are those of an enum that are plain values.
func members(enum []json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	for _, m := range enum {
		var v any
		if len(out) == maxMembers || json.Unmarshal(m, &v) != nil {
			continue
		}
		switch v := v.(type) {
		case string:
			if tidy(v, maxMember) == v {
				out = append(out, m)
			}
		case bool, nil:
			out = append(out, m)
		case float64:
			if len(m) <= maxMember {
				out = append(out, m)
			}
		}
	}
	return out
}

// types are JSON Schema's; a document may write anything there.
func types(declared []string) string {
	var known []string
	for _, t := range declared {
		if slices.Contains([]string{"string", "integer", "number", "boolean", "array", "object", "null"}, t) {
			known = append(known, t)
		}
	}
	return strings.Join(known, "|")
}

func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
