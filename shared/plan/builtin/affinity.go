package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// Scores from which a value counts as meant for an argument. A required one has
// to be filled by something; an optional one only by what clearly means it.
const (
	enoughRequired = 1.0
	enoughOptional = 1.9
	enoughAfar     = 2.4 // from another sentence
)

var (
	nameNames    = catalog.Words(`name title label subject headline displayname username fullname full_name display_name nickname`)
	textNames    = catalog.Words(`text message content body comment note notes description reason caption summary details remark remarks`)
	queryNames   = catalog.Words(`q query search keyword keywords term terms s searchterm search_term searchquery phrase`)
	limitNames   = catalog.Words(`limit count size per_page perpage pagesize page_size maxresults max_results number amount quantity top n first take`)
	namedBy      = catalog.Words(`named called titled name entitled title dubbed call label`)
	sayingBy     = catalog.Words(`saying says say text message comment reading note with content that body send post say write reply tell announce`)
	fromWords    = catalog.Words(`from source origin start since after begin min minimum lower sender base since`)
	toWords      = catalog.Words(`to target destination end until before max maximum upper recipient receiver symbols until`)
	inWords      = catalog.Words(`city location country area place region language state territory town lang locale currency market`)
	byWords      = catalog.Words(`artist author by creator owner writer singer`)
	dateWords    = catalog.Words(`date time day at on since until before after start end from to due deadline expires expiry when timestamp created updated scheduled birthday dob`)
	amountWords  = catalog.Words(`amount price total cost value sum balance budget threshold limit rate percent percentage volume quantity qty score`)
	emailWords   = catalog.Words(`email mail e-mail recipient to address login username identifier`)
	urlWords     = catalog.Words(`url uri link href website webhook callback endpoint image picture avatar photo homepage site string`)
	phoneWords   = catalog.Words(`phone mobile tel telephone number sms recipient to`)
	skipBetween  = catalog.Words(`is of to as the a an with be should at for by it and equals equal set it's`)
	ipWords      = catalog.Words(`ip address host server ipaddress`)
	passwordName = catalog.Words(`password secret token apikey pin passcode credential code key accesstoken`)
)

// affinity is how much a value seems meant for an argument.
func (g *goal) affinity(op *catalog.Op, f *catalog.Field, vi int, entity string) float64 {
	v := &g.values[vi]
	prev, next := g.beside[vi].prev, g.beside[vi].next
	names := f.Words
	lower := catalog.Split(f.Name)
	squashed := strings.Join(lower, "")
	var score float64

	// The name of the argument beside the value.
	near := map[string]int{}
	for i, t := range prev {
		if d, ok := near[t.stem]; !ok || i < d {
			near[t.stem] = i
		}
	}
	got, closest := 0, 99
	for _, n := range names {
		d, ok := near[n]
		for stem, at := range near {
			if (!ok || at < d) && isStem(n, stem) {
				d, ok = at, true
			}
		}
		if ok {
			got++
			closest = min(closest, d)
		}
	}
	if len(names) > 0 && got > 0 {
		score += 2 * float64(got) / float64(len(names))
		if closest == 0 {
			score++
		} else {
			score -= 0.25 * float64(closest-1)
		}
	}
	if len(next) > 0 {
		for _, n := range names {
			if isStem(n, next[0].stem) && (v.kind == kindNumber || v.kind == kindProper || v.kind == kindQuoted) {
				score += 1.8
			}
		}
	}
	has := func(set map[string]bool) bool {
		if set[squashed] {
			return true
		}
		for _, w := range lower {
			if set[w] {
				return true
			}
		}
		return false
	}
	lastName := ""
	if len(lower) > 0 {
		lastName = lower[len(lower)-1]
	}
	ident := f.Identifier()
	text := f.Is("string") || len(f.Types()) == 0
	prevWord := ""
	if len(prev) > 0 {
		prevWord = prev[0].lower
	}

	switch v.kind {
	case kindEmail:
		if f.Format() == "email" || has(emailWords) {
			score += 2
		} else if !ident {
			score -= 1
		}
	case kindURL:
		if f.Format() == "uri" || has(urlWords) {
			score += 2
		} else {
			score -= 1
		}
	case kindIP:
		if has(ipWords) {
			score += 2
		} else {
			score -= 0.5
		}
	case kindPhone:
		if has(phoneWords) {
			score += 2
		} else {
			score -= 1
		}
	case kindDate:
		format := f.Format()
		switch {
		case format == "date" || format == "date-time":
			score += 2
		case has(dateWords) && text:
			score += 1.2
		default:
			score -= 3
		}
		score += direction(prevWord, has)
	case kindTime:
		if lastName == "time" || has(catalog.Words(`time at hour`)) {
			score += 1.5
		} else {
			score -= 2
		}
	case kindNumber:
		numeric := f.Is("number") || f.Is("integer")
		switch {
		case numeric && has(limitNames) && len(next) > 0 && !ident:
			score += 0.9
			if catalog.Plural(next[0].lower) || len(next) > 1 && catalog.Plural(next[1].lower) {
				score += 1
			}
		case numeric && has(amountWords):
			score += 1.1
		case numeric && !ident:
			score += 0.6
		case ident && g.namesThing(prev, entity):
			score += 2
		case ident && (f.In == "path" || f.Required):
			score += 0.3
		case !numeric && text:
			score -= 0.4
		}
		score += 0.6 * direction(prevWord, has)
	case kindCode, kindUUID:
		switch {
		case ident && g.namesThing(prev, entity):
			score += 2.2
		case ident && (f.In == "path" || f.Required):
			score += 1
		case has(passwordName) && got > 0:
			score++
		case text:
			score += 0.3
		}
		score += direction(prevWord, has)
	case kindQuoted, kindProper:
		if v.kind == kindQuoted && text && !f.Enum() {
			score += 0.7
		}
		switch {
		case nameNames[squashed] || lastName == "name" && (len(lower) == 1 || lower[0] == op.Entity):
			if namedBy[prevWord] || len(prev) > 1 && namedBy[prev[1].lower] && skipBetween[prevWord] {
				score += 2.4
			} else if v.kind == kindQuoted || f.Required {
				score += 0.5
			}
		case has(textNames):
			if sayingBy[prevWord] || len(prev) > 1 && sayingBy[prev[1].lower] {
				score += 1.6
			} else if v.kind == kindQuoted && len(v.text) > 20 {
				score += 0.8
			}
		case queryNames[squashed]:
			score += 1.5
		case ident && g.namesThing(prev, entity) && v.kind == kindQuoted && (hasDigit(v.text) || !plainID[lastName] || saysID(prev)):
			score += 1.6
		case ident && plainID[lastName] && !hasDigit(v.text):
			score -= 3 // a name is not an id
		case ident:
			score -= 0.3
		}
		score += direction(prevWord, has)
		if v.kind == kindProper && (prevWord == "in" || prevWord == "at" || prevWord == "for") && has(inWords) {
			score += 1.4
		}
		if (prevWord == "by" || prevWord == "of") && has(byWords) {
			score += 1.4
		}
	}
	if f.Enum() {
		score += 1.2 // literalFor has the last word on whether it is a member
	}
	if f.Is("boolean") {
		score -= 3
	}
	return score
}

// plainID are names whose values are made by machines.
var plainID = catalog.Words(`id ids uuid guid gid sid oid uri urn`)

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func saysID(prev []token) bool {
	for i, t := range prev {
		if i < 3 && (plainID[t.lower] || t.lower == "identifier") {
			return true
		}
	}
	return false
}

// direction is how well "from X" and "to X" agree with an argument's name.
func direction(prev string, has func(map[string]bool) bool) float64 {
	switch prev {
	case "from", "since", "after", "starting":
		if has(fromWords) {
			return 1.5
		}
		if has(toWords) {
			return -1.5
		}
	case "to", "until", "before", "till", "through", "into":
		if has(toWords) {
			return 1.5
		}
		if has(fromWords) {
			return -1.5
		}
	case "in", "on", "at":
		if prev == "on" && has(dateWords) {
			return 0.8
		}
	}
	return 0
}

// namesThing: the words just before the value name the thing ("pet 12", "pet
// number 12") or say that an id follows ("id 12", "the id of the pet is 12").
func (g *goal) namesThing(prev []token, entity string) bool {
	stem := catalog.Stem(entity)
	said := false
	for i, t := range prev {
		switch {
		case entity != "" && t.stem == stem:
			return true
		case plainID[t.lower] || t.lower == "number" || t.lower == "key" || t.lower == "identifier":
			said = true
			if i == 0 && entity == "" {
				return true
			}
		case skipBetween[t.lower] || t.lower == "whose":
		default:
			return said // another thing's id, or the id of what was spoken of
		}
	}
	return said
}

// neighbours are the words before a value, nearest first, and after it.
type neighbours struct{ prev, next []token }

// place reads, once for each value, what stands beside it and whose it is.
func (g *goal) place() {
	g.beside, g.owner = make([]neighbours, len(g.values)), make([]*clause, len(g.values))
	for i := range g.values {
		v := &g.values[i]
		g.beside[i].prev, g.beside[i].next = g.around(v)
		for _, c := range g.clauses {
			if e := g.extent(c, true); v.start >= e.start && v.end <= e.end {
				g.owner[i] = c
				break
			}
		}
	}
}

// around are up to five tokens before a value, nearest first, and two after;
// within the sentence.
func (g *goal) around(v *value) (prev, next []token) {
	for i := len(g.tokens) - 1; i >= 0 && len(prev) < 5; i-- {
		t := g.tokens[i]
		if t.end > v.start {
			continue
		}
		at := v.start
		if len(prev) > 0 {
			at = prev[len(prev)-1].start
		}
		if strings.ContainsAny(g.text[t.end:at], ".;!?\n") {
			break
		}
		if len(prev) == 0 && skipBetween[t.lower] && !namedBy[t.lower] && t.lower != "to" && t.lower != "at" && t.lower != "for" && t.lower != "by" && t.lower != "of" {
			// "the status is X": the verb says nothing; look past it.
			if i > 0 && g.tokens[i-1].value < 0 {
				continue
			}
		}
		prev = append(prev, t)
	}
	for _, t := range g.tokens {
		if t.start < v.end || len(next) >= 2 {
			continue
		}
		if len(next) == 0 && strings.ContainsAny(g.text[v.end:t.start], ".;!?\n,") {
			break
		}
		next = append(next, t)
	}
	return prev, next
}
