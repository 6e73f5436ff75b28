package spec

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

const (
	maxSampleDepth  = 8
	maxSampleValues = 2000
	// maxSampleText is how long a text is made at most.
	maxSampleText = 10_000
	// sampleOptional is how many properties of an object that requires none are shown.
	sampleOptional = 8
	// maxSampleItems bounds an array that must have many.
	maxSampleItems = 500
)

// Sample makes a small instance of a schema, the same one for the same seed:
// examples, defaults, constants and enums first, else a value of the right type
// within its bounds. Objects get their required properties, and where none is
// required the first few plain ones. The value is of encoding/json's types.
func (d *Document) Sample(schema json.RawMessage, seed uint64) any {
	v, _ := d.SampleAs(AnyWay, schema, seed)
	return v
}

// SampleAs is Sample of a value that goes one way: a request without what is
// readOnly, an answer without what is writeOnly. fits is false when it could not
// be made to fit the schema, or the schema cannot be checked.
func (d *Document) SampleAs(dir Direction, schema json.RawMessage, seed uint64) (v any, fits bool) {
	return d.sampleWithin(dir, schema, seed, newWork())
}

func (d *Document) sampleWithin(dir Direction, schema json.RawMessage, seed uint64, left *work) (v any, fits bool) {
	shape := d.Shape(schema)
	var first any
	for n := range maxSamples {
		s := newSampler(d, dir, seed+uint64(n)<<32, left)
		s.plain = n > 0 // an example may be what does not fit
		v, fits = d.mend(dir, schema, s.value(shape, "", 0), seed, left)
		if n == 0 {
			first = v
		}
		if left.values -= maxSampleValues - s.left; fits || left.visits <= 0 || left.values <= 0 {
			break
		}
	}
	if !fits {
		v = first
	}
	return v, fits
}

// maxSamples is how many samples are made before one that does not fit is given.
const maxSamples = 3

type sampler struct {
	doc    *Document
	dir    Direction
	rand   *rand.Rand
	plain  bool // no examples
	extent extent
	work   *work // what may be tried in vain
	left   int   // values that may still be made: dense graphs of schemas have no end
}

// extent is how much of an object's optional properties is made.
type extent uint8

const (
	some extent = iota
	full
	bare
)

// omits tells a property that does not go this way.
func (s *sampler) omits(p Property) bool { return goesNot(s.dir, p) }

// What is long counts as several values: so many bytes of an example or a text, so
// many values of a set or properties of an object, so much of a pattern.
const (
	bytesPerValue      = 512
	choicesPerValue    = 128
	propertiesPerValue = 16
	patternPerValue    = 100
)

func (s *sampler) value(shape Shape, name string, depth int) any {
	s.left--
	for i, given := range []json.RawMessage{shape.Const(), shape.Example(), shape.Default()} {
		var v any
		if given == nil || i > 0 && s.plain {
			continue
		}
		s.left -= len(given) / bytesPerValue
		if json.Unmarshal(given, &v) == nil && fits(shape, v, 0) {
			return v
		}
	}
	if list := shape.Enum(); len(list) > 0 {
		var v any
		s.left -= len(list) / choicesPerValue
		at := s.rand.IntN(len(list))
		for i := range list { // one of the type that is stated: null often is listed too
			if json.Unmarshal(list[(at+i)%len(list)], &v) == nil && (v != nil || i == len(list)-1) {
				return v
			}
		}
	}
	if variants := shape.Variants(); len(variants) > 0 && depth < maxSampleDepth && s.left > 0 {
		return s.variant(shape, variants, name, depth)
	}
	types := shape.Types()
	if len(types) == 0 {
		return nil
	}
	if types[0] == "null" && len(types) > 1 {
		types = types[1:]
	}
	switch types[0] {
	case "object":
		return s.object(shape, depth)
	case "array":
		return s.array(shape, name, depth)
	case "string":
		return s.text(shape, name)
	case "integer":
		return s.number(shape, true)
	case "number":
		return s.number(shape, false)
	case "boolean":
		return s.rand.IntN(2) == 0
	}
	return nil
}

// variant takes the first alternative whose value is no other alternative's too:
// as such, then with all that it may have, then with what it must have only.
// Where none of the first few is alone, the first.
func (s *sampler) variant(shape Shape, variants []Shape, name string, depth int) any {
	const tries = 6
	var first any
	before, left := s.extent, s.left
	defer func() { s.extent = before }()
	for _, e := range []extent{before, full, bare} {
		s.extent = e
		for i := 0; i < min(tries, len(variants)); i++ {
			start := s.left
			v := s.value(variants[i], name, depth+1)
			if i == 0 && e == before {
				first = v
			}
			if depth > maxSampleDepth || s.work.tries <= 0 || s.work.visits <= 0 {
				return first
			}
			problems, checked, took := s.doc.ValidateWithin(s.dir, shape.Raw(), v, max(0, min(maxLocalVisits, s.work.visits)))
			if s.work.visits -= took; !checked || len(problems) == 0 {
				s.left = left - (start - s.left) // what was tried in vain is not in the value
				return v
			}
			s.work.tries -= 1 + start - s.left
			s.left = start
		}
	}
	return first
}

// maxLocalVisits bounds the check of one alternative.
const maxLocalVisits = 5000

// fits tells an example that has the type its schema states, a few levels deep;
// many do not.
func fits(shape Shape, v any, depth int) bool {
	if len(shape.Types()) == 0 || depth > 8 {
		return true
	}
	switch v := v.(type) {
	case nil:
		return shape.Nullable()
	case bool:
		return shape.Is("boolean")
	case string:
		return shape.Is("string") && listed(shape, v)
	case float64:
		return shape.Is("number") && (v == math.Trunc(v) || !onlyInteger(shape))
	case []any:
		for i := range min(len(v), 5) {
			if !fits(shape.Items(), v[i], depth+1) {
				return false
			}
		}
		return shape.Is("array")
	case map[string]any:
		for _, name := range shape.Required() {
			if _, ok := v[name]; !ok {
				return false
			}
		}
		for _, p := range shape.Properties() {
			if value, ok := v[p.Name]; ok && !fits(p.Shape, value, depth+1) {
				return false
			}
		}
	}
	return shape.Is("object")
}

// listed reports whether an enum, where there is one, has the string.
func listed(shape Shape, s string) bool {
	enum := shape.Enum()
	for _, raw := range enum {
		if text, _ := rawjson.String(raw); text == s {
			return true
		}
	}
	return len(enum) == 0
}

func onlyInteger(shape Shape) bool {
	for _, t := range shape.Types() {
		if t == "number" {
			return false
		}
	}
	return true
}

func (s *sampler) object(shape Shape, depth int) any {
	out := map[string]any{}
	if depth >= 2*maxSampleDepth {
		return out
	}
	// Deep down only what must be there.
	required := len(shape.Required()) > 0 || depth >= maxSampleDepth
	shown := 0
	properties := shape.Properties()
	s.left -= len(properties) / propertiesPerValue
	for _, p := range properties {
		if s.left <= 0 {
			break
		}
		switch {
		case s.omits(p):
			continue
		case p.Required, s.extent == full && depth < maxSampleDepth:
		case s.extent == bare, required, shown >= sampleOptional, p.Shape.Is("object"), p.Shape.Is("array"), !p.Shape.Known():
			continue
		default:
			shown++
		}
		out[p.Name] = s.value(p.Shape, p.Name, depth+1)
	}
	for _, name := range shape.Required() {
		if _, ok := out[name]; !ok && s.left > 0 {
			if p, known := shape.Property(name); known && s.omits(p) {
				continue
			}
			out[name] = "string" // required, but described nowhere
		}
	}
	return out
}

func (s *sampler) array(shape Shape, name string, depth int) any {
	n := 1
	b := shape.Bounds()
	if b.MinItems != nil && *b.MinItems > n {
		n = min(*b.MinItems, maxSampleItems)
	}
	if b.MaxItems != nil && *b.MaxItems < n {
		n = max(*b.MaxItems, 0)
	}
	out := []any{}
	if depth >= maxSampleDepth && (b.MinItems == nil || depth >= 2*maxSampleDepth) {
		return out
	}
	for range n {
		if s.left <= 0 {
			break
		}
		out = append(out, s.value(shape.Items(), strings.TrimSuffix(name, "s"), depth+1))
	}
	return out
}

// text makes a string by format, then by the name of the field.
func (s *sampler) text(shape Shape, name string) string {
	switch shape.Format() {
	case "date-time":
		return fmt.Sprintf("2025-%02d-%02dT%02d:00:00Z", 1+s.rand.IntN(12), 1+s.rand.IntN(28), s.rand.IntN(24))
	case "date", "full-date":
		return fmt.Sprintf("2025-%02d-%02d", 1+s.rand.IntN(12), 1+s.rand.IntN(28))
	case "time":
		return fmt.Sprintf("%02d:00:00Z", s.rand.IntN(24))
	case "duration":
		return "PT1H"
	case "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", s.rand.Uint32(), s.rand.IntN(1<<16), s.rand.IntN(1<<12), s.rand.IntN(1<<12), s.rand.Uint64N(1<<48))
	case "email", "idn-email":
		return fmt.Sprintf("user%d@example.com", s.rand.IntN(1000))
	case "uri", "url", "uri-reference", "iri":
		return fmt.Sprintf("https://example.com/%d", s.rand.IntN(1000))
	case "hostname", "idn-hostname":
		return "example.com"
	case "ipv4", "ip":
		return "192.0.2.1"
	case "ipv6":
		return "2001:db8::1"
	case "byte":
		return "c2FtcGxl"
	}
	b := shape.Bounds()
	if pattern := shape.Pattern(); pattern != "" {
		s.left -= PatternCost(pattern) / patternPerValue
		if text, ok := textFor(pattern, b, s.rand); ok {
			return text
		}
	}
	text := "string"
	if name != "" {
		text = fmt.Sprintf("%s-%d", strings.ReplaceAll(strings.ToLower(name), "_", "-"), 1+s.rand.IntN(999))
	}
	if b.MinLength != nil {
		text += strings.Repeat("x", max(0, min(*b.MinLength, maxSampleText)-len(text)))
		s.left -= len(text) / bytesPerValue
	}
	if b.MaxLength != nil && *b.MaxLength >= 0 && len(text) > *b.MaxLength {
		text = strings.ToValidUTF8(text[:*b.MaxLength], "")
	}
	return text
}

// number makes one between its bounds: a whole one where there is any.
func (s *sampler) number(shape Shape, whole bool) any {
	b := shape.Bounds()
	low, high := 1.0, 1000.0
	if b.Minimum != nil {
		low = *b.Minimum
	}
	if b.ExclusiveMinimum != nil && *b.ExclusiveMinimum >= low {
		low = math.Floor(*b.ExclusiveMinimum) + 1
	}
	bounded := b.Minimum != nil || b.ExclusiveMinimum != nil
	if bounded {
		high = low + 1000
	}
	if b.Maximum != nil && *b.Maximum < high {
		high = *b.Maximum
	}
	if b.ExclusiveMaximum != nil && *b.ExclusiveMaximum <= high {
		high = math.Ceil(*b.ExclusiveMaximum) - 1
	}
	if low > high {
		if v, ok := between(b); ok && !whole {
			return v
		}
		if bounded {
			high = low
		} else {
			low = high
		}
	}
	v := low + math.Floor(s.rand.Float64()*(high-low))
	if whole {
		v = math.Ceil(v)
	}
	if b.MultipleOf != nil && *b.MultipleOf > 0 {
		v = math.Ceil(low / *b.MultipleOf) * *b.MultipleOf
	}
	return v
}

// between is the middle of a range that has no whole number in it.
func between(b Bounds) (v float64, ok bool) {
	low, high := b.ExclusiveMinimum, b.ExclusiveMaximum
	if low == nil || b.Minimum != nil && *b.Minimum > *low {
		low = b.Minimum
	}
	if high == nil || b.Maximum != nil && *b.Maximum < *high {
		high = b.Maximum
	}
	if low == nil || high == nil || b.MultipleOf != nil {
		return 0, false
	}
	v = *low + (*high-*low)/2
	return v, *low < v && v < *high
}
