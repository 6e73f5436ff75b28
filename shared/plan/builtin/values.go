package builtin

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/plan/catalog"
)

type kind int

const (
	kindQuoted kind = iota
	kindEmail
	kindURL
	kindIP
	kindUUID
	kindDate
	kindTime
	kindNumber
	kindCode   // letters with digits or marks: an id, a currency, a reference
	kindProper // a capitalised phrase
	kindPhone
)

// value is a span of the goal that can be an argument.
type value struct {
	kind       kind
	text       string
	start, end int
	num        float64
	at         time.Time // kindDate
	clock      bool      // kindDate: it has a time of day
	// mention: it is the name of a connection, and no argument.
	mention bool
}

var patterns = []struct {
	kind kind
	re   *regexp.Regexp
}{
	{kindQuoted, regexp.MustCompile("\"([^\"\n]{1,600})\"|“([^”\n]{1,600})”|‘([^’\n]{1,600})’|`([^`\n]{1,600})`|«([^»\n]{1,600})»|(?:^|[\\s(:,=])'([^'\n]{1,600}(?:'[a-z][^'\n]{0,600})?)'(?:$|[\\s).,;:!?])")},
	{kindURL, regexp.MustCompile(`\b[a-z][a-z0-9+.-]{1,20}://[^\s"'<>]{2,500}`)},
	{kindEmail, regexp.MustCompile(`\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}\b`)},
	{kindUUID, regexp.MustCompile(`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`)},
	{kindIP, regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:/\d{1,2})?\b`)},
	{kindDate, regexp.MustCompile(`(?i)\b(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?|\d{1,2}/\d{1,2}/\d{4}|(?:` + months + `)\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?|\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:` + months + `)(?:,? \d{4})?|today|tomorrow|yesterday|tonight|(?:next|this|last|on) (?:` + weekdays + `)|(?:next|this|last) (?:week|month|year)|in \d{1,3} (?:day|week|month|year)s?|\d{1,3} (?:day|week|month|year)s? (?:ago|from now))\b`)},
	{kindTime, regexp.MustCompile(`(?i)\b(?:\d{1,2}:\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]m)\b`)},
	{kindPhone, regexp.MustCompile(`\+\d[\d ()-]{6,18}\d\b|\b\d{3}-\d{3}-\d{4}\b|\b\d{3}-\d{4}\b`)},
	{kindCode, regexp.MustCompile(`#\d{1,18}\b|\b(?:[A-Za-z]{1,24}[_-])?[A-Za-z_-]{0,24}\d[\w-]{0,60}[A-Za-z_][\w-]{0,40}\b|\b[A-Za-z]{1,24}[_-]?[A-Za-z]{0,24}\d[\w-]{0,60}\b|\b[A-Z]{2,6}/[A-Z]{2,6}\b|\b[a-z]{1,24}(?:_[a-z0-9]{1,24})+\b`)},
	{kindNumber, regexp.MustCompile(`[-+]?[$€£]?\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b|[$€£]?-?\b\d{1,15}(?:\.\d{1,9})?\b`)},
	{kindProper, regexp.MustCompile(`\b[A-Z][\w&'’.-]*(?:(?: (?:of|the|de|la|von|van|del|and|in))* [A-Z][\w&'’.-]*| \d{1,4}\b)*`)},
}

const (
	months   = `jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?`
	weekdays = `monday|tuesday|wednesday|thursday|friday|saturday|sunday`
)

const maxValues = 80

// findValues finds the spans, without overlap, in order. What stands first in
// patterns wins where two overlap.
func findValues(text string, now time.Time) []value {
	var out []value
	taken := make([]bool, len(text)+1)
	for _, p := range patterns {
		for _, m := range p.re.FindAllStringSubmatchIndex(text, maxValues) {
			v := value{kind: p.kind, start: m[0], end: m[1], text: text[m[0]:m[1]]}
			for g := 2; g+1 < len(m); g += 2 {
				if m[g] >= 0 {
					v.text, v.start, v.end = text[m[g]:m[g+1]], m[g]-1, m[g+1]
					if v.end < len(text) {
						v.end++
					}
				}
			}
			if v.start < 0 || overlaps(taken, v.start, v.end) || !v.settle(text, now) {
				continue
			}
			for i := v.start; i < v.end; i++ {
				taken[i] = true
			}
			out = append(out, v)
			if len(out) >= maxValues {
				break
			}
		}
	}
	ws := tokenize(text)
	for i, w := range ws {
		if w.lower == "one" && (i == 0 || i+1 == len(ws) || pronounOne[ws[i-1].lower] || ordinal(ws[i-1].lower)) {
			continue // "the first one", "this one"
		}
		if n, ok := numberWords[w.lower]; ok && !overlaps(taken, w.start, w.end) && len(out) < maxValues {
			out = append(out, value{kind: kindNumber, text: strconv.FormatFloat(n, 'f', -1, 64), num: n, start: w.start, end: w.end})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].start < out[j].start })
	return out
}

func overlaps(taken []bool, from, to int) bool {
	for i := from; i < to && i < len(taken); i++ {
		if taken[i] {
			return true
		}
	}
	return false
}

// settle reads the value's meaning; false where the span is none after all.
func (v *value) settle(text string, now time.Time) bool {
	switch v.kind {
	case kindURL:
		v.text = strings.TrimRight(v.text, ".,;:!?)")
		v.end = v.start + len(v.text)
	case kindDate:
		var ok bool
		v.at, v.clock, ok = parseDate(v.text, now)
		return ok
	case kindNumber:
		plain := strings.NewReplacer(",", "", "$", "", "€", "", "£", "", "+", "").Replace(v.text)
		n, err := strconv.ParseFloat(plain, 64)
		if err != nil {
			return false
		}
		v.num, v.text = n, plain
	case kindCode:
		v.text = strings.TrimPrefix(v.text, "#")
		if ordinal(strings.ToLower(v.text)) {
			return false
		}
	case kindProper:
		return v.settleProper(text)
	}
	return true
}

// settleProper leaves out words that are capital only because a sentence begins
// with them.
func (v *value) settleProper(text string) bool {
	if sentenceStart(text, v.start) {
		first, rest, more := strings.Cut(v.text, " ")
		lower := strings.ToLower(strings.TrimRight(first, ".,'’"))
		_, verb := verbOf(lower)
		if verb || stopAtStart[lower] || !more {
			if !more || rest == "" {
				return false
			}
			cut := len(first) + 1
			v.text, v.start = v.text[cut:], v.start+cut
		}
	}
	v.text = strings.TrimRight(v.text, ".-'’&")
	v.text = strings.TrimSuffix(strings.TrimSuffix(v.text, "'s"), "’s")
	v.end = v.start + len(v.text)
	return len(v.text) > 1 && !stopAtStart[strings.ToLower(v.text)]
}

func sentenceStart(text string, at int) bool {
	before := strings.TrimRight(text[:at], " \t\n\"'“(")
	return before == "" || strings.HasSuffix(before, ".") || strings.HasSuffix(before, "!") || strings.HasSuffix(before, "?") || strings.HasSuffix(before, ":")
}

var stopAtStart = catalog.Words(`i i'm i'd i'll i've can could would should please hey hi my the a an what which who how when where if for also then and to this that
it is are there in on at after before first next finally additionally once we you help let using with as id url api allows enables allow here here's do does did about from
retrieve assign not no new all every each another by of per some any only unless until while both make`)

var pronounOne = catalog.Words(`the this that each every which another any no other`)

func ordinal(w string) bool {
	_, ok := ordinals[w]
	return ok || lastWords[w]
}
