package twin

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/spec"
)

// maxDepth is how deep optional parts are filled in; required ones go on to hardDepth.
const (
	maxDepth  = 4
	hardDepth = 12
	// budget bounds the values of one answer.
	budget = 2_000
	// visits bounds what is validated on the way to one answer, and visitsEach one
	// alternative's check.
	visits, visitsEach = 60_000, 5_000
	// patternValues is what making a text for a pattern counts for.
	patternValues = 4
)

// generator makes values that fit schemas, the same for the same seed and place.
type generator struct {
	doc *spec.Document
	// hopeless has the schemas that nothing was found to fit: looking again would cost
	// as much again.
	hopeless map[string]bool
	rng      *rand.Rand
	left     int
	visits   int
	// nth tells the items of one collection apart.
	nth int
}

func (t *Twin) generator(place string, nth int) *generator {
	h := fnv.New64a()
	_, _ = h.Write([]byte(place))
	return &generator{doc: t.doc, hopeless: t.hopeless, rng: rand.New(rand.NewPCG(t.opts.Seed+uint64(nth), h.Sum64())), left: budget, visits: visits, nth: nth} // #nosec G404 -- samples, the same for the same seed
}

// make gives a value that fits: the twin's richer guess, mended where it does
// not, or the document's own minimal sample.
func (g *generator) make(schema json.RawMessage, name string) any {
	if g.hopeless[string(schema)] {
		return nil
	}
	raw, err := json.Marshal(g.value(g.doc.Shape(schema), name, 0))
	if err == nil {
		v := decode(raw)
		problems, checked := g.doc.ValidateAs(spec.Answered, schema, v)
		if !checked || len(problems) == 0 {
			return v
		}
		if mended, ok := g.doc.Mend(spec.Answered, schema, v, uint64(g.nth)); ok {
			return plain(mended)
		}
	}
	sample, fits := g.doc.SampleAs(spec.Answered, schema, uint64(g.nth))
	if _, checked := g.doc.ValidateAs(spec.Answered, schema, nil); !fits && checked {
		g.hopeless[string(schema)] = true
	}
	return plain(sample)
}

func (g *generator) value(s spec.Shape, name string, depth int) any {
	// A document may refer to itself without end, through lists that must not be
	// empty or alternatives: then nothing fits anyway.
	if g.left--; depth > hardDepth || g.left < -budget {
		return nil
	}
	if c := s.Const(); len(c) > 0 {
		g.left -= len(c) / 256
		return decode(c)
	}
	if enum := s.Enum(); len(enum) > 0 {
		g.left -= len(enum) / 64
		return decode(enum[g.nth%len(enum)])
	}
	if variants := s.Variants(); len(variants) > 0 && len(s.Properties()) == 0 {
		return g.variant(s, variants, name, depth)
	}
	switch {
	case s.Is("object") || len(s.Properties()) > 0:
		return g.object(s, depth)
	case s.Is("array"):
		return g.array(s, name, depth)
	}
	if e := s.Example(); len(e) > 0 && g.nth == 0 {
		return decode(e)
	}
	switch {
	case s.Is("string"):
		return g.text(s, name)
	case s.Is("integer"):
		return json.Number(strconv.FormatInt(int64(g.number(s)), 10))
	case s.Is("number"):
		n := g.number(s)
		if b := s.Bounds(); b.MultipleOf == nil && (b.Maximum == nil || n+0.5 <= *b.Maximum) && b.ExclusiveMaximum == nil {
			n += 0.5 // a number that is no integer: oneOf may tell the two apart
		}
		return json.Number(strconv.FormatFloat(n, 'f', -1, 64))
	case s.Is("boolean"):
		return g.rng.IntN(2) == 0
	case s.Is("null"):
		return nil
	}
	return fmt.Sprintf("%s %d", label(name), g.nth+1)
}

// variant takes the first alternative whose value is no other alternative's too.
func (g *generator) variant(s spec.Shape, variants []spec.Shape, name string, depth int) any {
	const tries = 4
	first := g.value(variants[0], name, depth+1)
	for i, v := first, 0; i != nil && v < min(tries, len(variants)); v++ {
		if v > 0 {
			i = g.value(variants[v], name, depth+1)
		}
		raw, err := json.Marshal(i)
		if err != nil {
			continue
		}
		if g.visits <= 0 {
			break
		}
		problems, checked, took := g.doc.ValidateWithin(spec.Answered, s.Raw(), decode(raw), min(visitsEach, g.visits))
		if g.visits -= took; !checked || len(problems) == 0 {
			return i
		}
	}
	return first
}

func (g *generator) object(s spec.Shape, depth int) map[string]any {
	out := map[string]any{}
	properties := s.Properties()
	g.left -= len(properties) / 8 // they have been read, made or not
	for _, p := range properties {
		if p.WriteOnly || (!p.Required && (depth >= maxDepth || g.left <= 0)) || depth >= hardDepth {
			continue
		}
		out[p.Name] = g.value(p.Shape, p.Name, depth+1)
	}
	return out
}

func (g *generator) array(s spec.Shape, name string, depth int) []any {
	n := 1
	b := s.Bounds()
	if b.MinItems != nil {
		n = max(n, *b.MinItems)
	}
	if depth >= maxDepth && b.MinItems == nil {
		n = 0
	}
	out := make([]any, 0, min(n, 100))
	for range min(n, 100) {
		out = append(out, g.value(s.Items(), strings.TrimSuffix(name, "s"), depth+1))
	}
	return out
}

func (g *generator) number(s spec.Shape) float64 {
	b := s.Bounds()
	low, high := 1.0, 1000.0
	if b.Minimum != nil {
		low = *b.Minimum
	}
	if b.ExclusiveMinimum != nil {
		low = *b.ExclusiveMinimum + 1
	}
	high = max(high, low+100)
	if b.Maximum != nil {
		high = *b.Maximum
	}
	if b.ExclusiveMaximum != nil {
		high = *b.ExclusiveMaximum - 1
	}
	if b.Minimum == nil && b.ExclusiveMinimum == nil {
		low = min(low, high)
	}
	n := math.Floor(low + g.rng.Float64()*(high-low))
	if b.MultipleOf != nil && *b.MultipleOf > 0 {
		n = math.Ceil(low / *b.MultipleOf) * *b.MultipleOf
	}
	return n
}

// epoch is where the twin's days begin: fixed, so that answers repeat.
func epoch() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

func (g *generator) text(s spec.Shape, name string) string {
	day := epoch().AddDate(0, 0, g.nth%520*7+g.rng.IntN(5)) // ten years of weeks
	if p := s.Pattern(); p != "" {
		g.left -= patternValues
		if v := fromPattern(p); v != "" {
			return v
		}
	}
	switch s.Format() {
	case "date":
		return day.Format(time.DateOnly)
	case "date-time":
		return day.Format(time.RFC3339)
	case "time":
		return day.Format("15:04:05Z")
	case "uuid":
		return g.uuid()
	case "email":
		return fmt.Sprintf("%s@example.com", slices.Concat([]string{"ada", "grace", "linus", "edsger"})[g.nth%4])
	case "uri", "url", "uri-reference":
		return fmt.Sprintf("https://example.com/%s/%d", slug(name), g.nth+1)
	case "hostname":
		return "example.com"
	case "ipv4":
		return "192.0.2.1"
	case "ipv6":
		return "2001:db8::1"
	case "byte":
		return "dHdpbg=="
	case "binary":
		return "twin"
	}
	v := g.named(name)
	b := s.Bounds()
	length := utf8.RuneCountInString(v)
	if b.MinLength != nil && length < *b.MinLength {
		v += strings.Repeat("x", min(*b.MinLength-length, 4096))
		g.left -= len(v) / 64
	}
	if b.MaxLength != nil && length > *b.MaxLength {
		v = string([]rune(v)[:max(0, *b.MaxLength)])
	}
	return v
}

// named guesses a text from what its field is called.
func (g *generator) named(name string) string {
	pick := func(words ...string) string { return words[g.nth%len(words)] }
	low := strings.ToLower(name)
	switch {
	case strings.HasSuffix(low, "email"):
		return pick("ada", "grace", "linus", "edsger") + "@example.com"
	case strings.Contains(low, "firstname"), strings.Contains(low, "first_name"):
		return pick("Ada", "Grace", "Linus", "Edsger")
	case strings.Contains(low, "lastname"), strings.Contains(low, "last_name"):
		return pick("Lovelace", "Hopper", "Torvalds", "Dijkstra")
	case strings.HasSuffix(low, "url"), strings.HasSuffix(low, "uri"):
		return fmt.Sprintf("https://example.com/%s/%d", slug(name), g.nth+1)
	case low == "phone", strings.HasSuffix(low, "phonenumber"), strings.HasSuffix(low, "phone_number"):
		return "+15550100"
	case low == "login", strings.Contains(low, "username"):
		return pick("ada", "grace", "linus", "edsger")
	case low == "currency":
		return "USD"
	case low == "country":
		return pick("GB", "US", "FI", "NL")
	}
	return fmt.Sprintf("%s %d", label(name), g.nth+1)
}

func (g *generator) uuid() string {
	a, b := g.rng.Uint64(), g.rng.Uint64()
	// Version 4, variant 10 (RFC 9562), from the seeded source.
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

func label(name string) string {
	if name == "" {
		return "Sample"
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + strings.ReplaceAll(name[size:], "_", " ")
}

func slug(name string) string { return strings.ToLower(strings.ReplaceAll(label(name), " ", "-")) }
