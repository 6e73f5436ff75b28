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
	// sampleOptional is how many properties of an object that requires none are shown.
	sampleOptional = 8
)

// Sample makes a small instance of a schema, the same one for the same seed:
// examples, defaults, constants and enums first, else a value of the right type
// within its bounds. Objects get their required properties, and where none is
// required the first few plain ones. The value is of encoding/json's types.
func (d *Document) Sample(schema json.RawMessage, seed uint64) any {
	s := sampler{rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), left: maxSampleValues}
	return s.value(d.Shape(schema), "", 0)
}

type sampler struct {
	rand *rand.Rand
	left int // values that may still be made: dense graphs of schemas have no end
}

func (s *sampler) value(shape Shape, name string, depth int) any {
	s.left--
	for _, given := range []json.RawMessage{shape.Const(), shape.Example(), shape.Default()} {
		var v any
		if given != nil && json.Unmarshal(given, &v) == nil && fits(shape, v, 0) {
			return v
		}
	}
	if list := shape.Enum(); len(list) > 0 {
		var v any
		if json.Unmarshal(list[s.rand.IntN(len(list))], &v) == nil {
			return v
		}
	}
	if variants := shape.Variants(); len(variants) > 0 && depth < maxSampleDepth && s.left > 0 {
		return s.value(variants[0], name, depth+1)
	}
	types := shape.Types()
	if len(types) == 0 {
		return nil
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
	if depth >= maxSampleDepth {
		return out
	}
	required := len(shape.Required()) > 0
	shown := 0
	for _, p := range shape.Properties() {
		if s.left <= 0 {
			break
		}
		switch {
		case p.Required:
		case required, shown >= sampleOptional, p.Shape.Is("object"), p.Shape.Is("array"), !p.Shape.Known():
			continue
		default:
			shown++
		}
		out[p.Name] = s.value(p.Shape, p.Name, depth+1)
	}
	for _, name := range shape.Required() {
		if _, ok := out[name]; !ok && s.left > 0 {
			out[name] = "string" // required, but described nowhere
		}
	}
	return out
}

func (s *sampler) array(shape Shape, name string, depth int) any {
	n := 1
	b := shape.Bounds()
	if b.MinItems != nil && *b.MinItems > n {
		n = min(*b.MinItems, 20)
	}
	if b.MaxItems != nil && *b.MaxItems < n {
		n = max(*b.MaxItems, 0)
	}
	out := []any{}
	if depth >= maxSampleDepth {
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
		if text, ok := textFor(pattern, s.rand); ok {
			return text
		}
	}
	text := "string"
	if name != "" {
		text = fmt.Sprintf("%s-%d", strings.ReplaceAll(strings.ToLower(name), "_", "-"), 1+s.rand.IntN(999))
	}
	if b.MinLength != nil {
		for len(text) < min(*b.MinLength, 10_000) {
			text += "x"
		}
	}
	if b.MaxLength != nil && *b.MaxLength >= 0 && len(text) > *b.MaxLength {
		text = strings.ToValidUTF8(text[:*b.MaxLength], "")
	}
	return text
}

func (s *sampler) number(shape Shape, whole bool) any {
	b := shape.Bounds()
	low, high := 1.0, 1000.0
	step := 1.0
	if b.Minimum != nil {
		low = *b.Minimum
	}
	if b.ExclusiveMinimum != nil && *b.ExclusiveMinimum >= low {
		low = *b.ExclusiveMinimum + step
	}
	if b.Minimum != nil || b.ExclusiveMinimum != nil {
		high = low + 1000
	}
	if b.Maximum != nil && *b.Maximum < high {
		high = *b.Maximum
	}
	if b.ExclusiveMaximum != nil && *b.ExclusiveMaximum <= high {
		high = *b.ExclusiveMaximum - step
	}
	if low > high {
		if b.Minimum != nil || b.ExclusiveMinimum != nil {
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
