package builtin

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// literalFor writes a value as the shape wants it; false where it cannot be one.
func literalFor(shape spec.Shape, v *value) (json.RawMessage, bool) {
	if shape.Is("array") && !shape.Is("string") {
		item, ok := literalFor(shape.Items(), v)
		if !ok {
			return nil, false
		}
		return append(append([]byte("["), item...), ']'), true
	}
	if enum := shape.Enum(); len(enum) > 0 {
		return enumMember(enum, v.text)
	}
	switch {
	case shape.Is("integer") && !shape.Is("string"):
		return number(shape, v, true)
	case shape.Is("number") && !shape.Is("string"):
		return number(shape, v, false)
	case shape.Is("boolean") && !shape.Is("string"):
		switch strings.ToLower(v.text) {
		case "true", "yes", "on":
			return []byte("true"), true
		case "false", "no", "off":
			return []byte("false"), true
		}
		return nil, false
	case shape.Is("object") && !shape.Is("string"):
		return nil, false
	}
	if !shape.Is("string") && v.kind == kindNumber {
		return number(shape, v, false)
	}
	return text(shape, v)
}

func number(shape spec.Shape, v *value, whole bool) (json.RawMessage, bool) {
	n, err := strconv.ParseFloat(v.text, 64)
	if err != nil || v.kind == kindDate {
		return nil, false
	}
	if whole && n != float64(int64(n)) {
		return nil, false
	}
	b := shape.Bounds()
	if b.Minimum != nil && n < *b.Minimum || b.Maximum != nil && n > *b.Maximum {
		return nil, false
	}
	return []byte(strconv.FormatFloat(n, 'f', -1, 64)), true
}

func text(shape spec.Shape, v *value) (json.RawMessage, bool) {
	s := v.text
	switch shape.Format() {
	case "date":
		if v.kind != kindDate {
			return nil, false
		}
		s = v.at.Format(time.DateOnly)
	case "date-time":
		if v.kind != kindDate {
			return nil, false
		}
		s = v.at.Format(time.RFC3339)
	case "email":
		if v.kind != kindEmail {
			return nil, false
		}
	case "uri", "url":
		if !strings.Contains(s, ":") {
			return nil, false
		}
	case "uuid":
		if v.kind != kindUUID && !uuidRE.MatchString(s) {
			return nil, false
		}
	default:
		if v.kind == kindDate && relativeDate(v) {
			s = v.at.Format(time.DateOnly)
		}
	}
	b := shape.Bounds()
	if n := len([]rune(s)); b.MinLength != nil && n < int(*b.MinLength) || b.MaxLength != nil && n > int(*b.MaxLength) {
		return nil, false
	}
	if p := shape.Pattern(); p != "" && len(p) < 500 {
		if re, err := regexp.Compile(p); err == nil && !re.MatchString(s) {
			return nil, false
		}
	}
	raw, err := json.Marshal(s)
	return raw, err == nil
}

var uuidRE = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func relativeDate(v *value) bool { return strings.IndexAny(v.text, "0123456789") != 0 }

// enumMember finds the member that a text means, whatever its case and marks.
func enumMember(enum []json.RawMessage, s string) (json.RawMessage, bool) {
	want := squash(s)
	for _, e := range enum {
		if squash(memberText(e)) == want && want != "" {
			return e, true
		}
	}
	return nil, false
}

func memberText(e json.RawMessage) string {
	var s string
	if json.Unmarshal(e, &s) == nil {
		return s
	}
	return string(e)
}

// textFor makes a text the value of an argument, as literalFor does a quoted one.
func textFor(f *catalog.Field, text string) (json.RawMessage, bool) {
	return literalFor(f.Shape(), &value{kind: kindQuoted, text: text})
}

// single is the shape of one value of an argument, of a list's item where it takes one.
func single(f *catalog.Field) spec.Shape {
	shape := f.Shape()
	if shape.Is("array") {
		return shape.Items()
	}
	return shape
}

func squash(s string) string {
	return strings.Join(catalog.Split(s), "")
}

const maxEnum = 200

// enumIn finds the member that the tokens say, the longest first. Members that
// are no words (single letters, numbers, stop words) are never found so.
//
// Of several, the one beside a word of near, the argument's own name, is meant:
// "general" in "general tickets for the event" is the ticket's type.
func enumIn(shape spec.Shape, ts []token, near []string) (json.RawMessage, bool) {
	if shape.Is("array") {
		item, ok := enumIn(shape.Items(), ts, near)
		if !ok {
			return nil, false
		}
		return append(append([]byte("["), item...), ']'), true
	}
	var best json.RawMessage
	bestScore := 0
	for i, e := range shape.Enum() {
		if i >= maxEnum {
			break
		}
		ws := catalog.Split(memberText(e))
		if len(ws) == 0 || len(ws) == 1 && (len(ws[0]) < 3 || catalog.Stop(ws[0])) {
			continue
		}
		at := said(ws, ts)
		if at < 0 {
			continue
		}
		score := 2 * len(ws)
		if beside(ts, at-1, near) || beside(ts, at+len(ws), near) {
			score++
		}
		if score > bestScore {
			best, bestScore = e, score
		}
	}
	return best, best != nil
}

func beside(ts []token, i int, stems []string) bool {
	return i >= 0 && i < len(ts) && slices.Contains(stems, ts[i].stem)
}

// said is where the words stand together among the tokens; -1 for nowhere.
func said(ws []string, ts []token) int {
	for i := 0; i+len(ws) <= len(ts); i++ {
		all := true
		for j, w := range ws {
			if ts[i+j].lower != w && ts[i+j].stem != catalog.Stem(w) {
				all = false
				break
			}
		}
		if all {
			return i
		}
	}
	return -1
}
