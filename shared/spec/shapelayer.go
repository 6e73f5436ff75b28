package spec

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxLayers bounds how many conjuncts (allOf parts and references) one schema is
// made of; hostile documents nest them without end.
const maxLayers = 128

// layer is one schema object, read one level deep.
type layer struct {
	says                          bool // it states more than words about itself
	types                         []string
	nullable, readOnly, writeOnly bool
	format, pattern, title        string
	description                   string
	enum, constant, def, example  []byte
	properties, items, additional []byte
	required                      []string
	limits                        []limit
	exclusiveMin, exclusiveMax    bool // OpenAPI 3.0 and Swagger 2: beside minimum and maximum
	alternatives                  [][]byte
}

type limit struct {
	name  string
	value float64
}

// shape gathers the layers of a schema, onto those of its surroundings when it is
// an alternative.
func (d *Document) shape(schema json.RawMessage, base []layer, seen int) Shape {
	s := Shape{doc: d, raw: schema, seen: seen}
	g := gatherer{doc: d, layers: append([]layer(nil), base...), visited: map[string]bool{}}
	g.add(schema)
	s.layers = g.layers
	if ref, ok := refOf(schema); ok {
		s.ref = componentName(ref)
	}
	return s.collapse()
}

// weight is about how many bytes are read to find a part of the value.
func (s Shape) weight() int {
	n := 0
	for _, l := range s.layers {
		n += len(l.properties) + len(l.enum)
		for _, list := range l.alternatives {
			n += len(list)
		}
	}
	return n
}

// both is the shape of a value that must fit several schemas. known, where not nil,
// keeps what references lead to: the properties of one object often name the same.
func (d *Document) both(schemas [][]byte, known map[string]reading) Shape {
	s := Shape{doc: d, raw: schemas[0]}
	g := gatherer{doc: d, visited: map[string]bool{}, known: known}
	for _, schema := range schemas {
		g.add(schema)
		if ref, ok := refOf(schema); ok && s.ref == "" {
			s.ref = componentName(ref)
		}
	}
	s.layers = g.layers
	return s.collapse()
}

// componentName is the last token of a reference to a named component.
func componentName(ref string) string {
	for _, prefix := range []string{"#/components/schemas/", "#/definitions/", "#/components/"} {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			return unescapeToken(name[strings.LastIndexByte(name, '/')+1:])
		}
	}
	return ""
}

type gatherer struct {
	doc     *Document
	layers  []layer
	visited map[string]bool // references already followed: each adds its layer once
	known   map[string]reading
}

// reading is what readLayer found in a schema.
type reading struct {
	layer layer
	ref   string
	allOf []byte
	is    bool // it is an object
}

func (g *gatherer) add(schema []byte) {
	if len(g.layers) < maxLayers {
		g.take(g.read(schema))
	}
}

func (g *gatherer) read(schema []byte) (r reading) {
	if r.is = rawjson.Kind(schema) == '{'; !r.is {
		return r
	}
	r.layer, r.ref, r.allOf = g.doc.readLayer(schema)
	if r.ref != "" && g.doc.refAlone() {
		r.layer, r.allOf = r.layer.words(), nil
	}
	return r
}

func (g *gatherer) take(r reading) {
	if !r.is {
		return
	}
	g.layers = append(g.layers, r.layer)
	if r.ref != "" && !g.visited[r.ref] {
		g.visited[r.ref] = true
		if len(g.layers) < maxLayers {
			g.take(g.target(r.ref))
		}
	}
	for _, part := range rawjson.Elements(r.allOf) {
		g.add(part)
	}
}

// target reads what a reference leads to.
func (g *gatherer) target(ref string) reading {
	r, ok := g.known[ref]
	if ok {
		return r
	}
	at, err := g.doc.lookup(ref)
	if err != nil {
		return r
	}
	r = g.read(g.doc.raw(at))
	if g.known != nil {
		g.known[ref] = r
	}
	return r
}

// refAlone tells whether what stands beside a reference in a schema is no part of
// it: so until OpenAPI 3.0 ("Reference Object"). What says how the value is called,
// shown or left out is read all the same, and null, as it is written there often.
func (d *Document) refAlone() bool { return d.v2 || strings.HasPrefix(d.info.SpecVersion, "3.0") }

// besideRef tells the keywords that count there.
func besideRef(key string) bool {
	switch key {
	case "$ref", "title", "description", "default", "example", "x-example", "examples", "nullable", "x-nullable",
		"readOnly", "writeOnly", "deprecated":
		return true
	}
	return false
}

// words is a layer without what limits its value.
func (l *layer) words() layer {
	return layer{title: l.title, description: l.description, def: l.def, example: l.example,
		nullable: l.nullable, readOnly: l.readOnly, writeOnly: l.writeOnly}
}

// readLayer reads a schema's keywords. What has the wrong type is passed over:
// a schema is a hint here, and Validate is strict.
func (d *Document) readLayer(schema []byte) (l layer, ref string, allOf []byte) {
	for key, v := range rawjson.Members(schema) {
		says := true
		switch name := string(key); name {
		case "$ref":
			ref, _ = rawjson.String(v)
			says = false
		case "allOf":
			allOf = v
			says = false
		case "type":
			says = l.readTypes(v)
		case "nullable", "x-nullable":
			l.nullable, _, _ = rawjson.Bool(v)
			says = false
		case "format":
			l.format, _ = rawjson.String(v)
		case "pattern":
			l.pattern, _ = rawjson.String(v)
		case "title":
			l.title, _ = rawjson.String(v)
			says = false
		case "description":
			l.description, _ = rawjson.String(v)
			says = false
		case "enum":
			if rawjson.Kind(v) == '[' {
				l.enum = v
			}
		case "const":
			l.constant = v
		case "default":
			l.def, says = v, false
		case "example", "x-example":
			l.example, says = v, false
		case "examples":
			for _, first := range rawjson.Elements(v) {
				l.example = first
				break
			}
			says = false
		case "properties":
			if rawjson.Kind(v) == '{' {
				l.properties = v
			}
		case "required":
			for _, item := range rawjson.Elements(v) {
				if name, ok := rawjson.String(item); ok {
					l.required = append(l.required, name)
				}
			}
			says = len(l.required) > 0
		case "items":
			l.items = v
		case "prefixItems":
			if l.items == nil {
				for _, first := range rawjson.Elements(v) {
					l.items = first
					break
				}
			}
		case "additionalProperties":
			l.additional = v
		case "readOnly":
			l.readOnly, _, _ = rawjson.Bool(v)
			says = false
		case "writeOnly":
			l.writeOnly, _, _ = rawjson.Bool(v)
			says = false
		case "oneOf", "anyOf":
			if rawjson.Kind(v) == '[' {
				l.alternatives = append(l.alternatives, v)
			}
		case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
			"minLength", "maxLength", "minItems", "maxItems":
			l.readLimit(name, v)
		default:
			says = false
		}
		l.says = l.says || says
	}
	if l.enum != nil && contradicts(l.types, l.enum) {
		return d.readLayer(agreed(schema))
	}
	return l, ref, allOf
}

func (l *layer) readTypes(v []byte) bool {
	add := func(v []byte) {
		t, _ := rawjson.String(v)
		switch t = strings.ToLower(strings.TrimSpace(t)); t {
		case "object", "array", "string", "number", "integer", "boolean":
			l.types = append(l.types, t)
		case "null":
			l.types = append(l.types, t)
			l.nullable = true
		case "file":
			l.types, l.format = append(l.types, "string"), "binary"
		case "int", "long":
			l.types = append(l.types, "integer")
		case "float", "double":
			l.types = append(l.types, "number")
		case "bool":
			l.types = append(l.types, "boolean")
		}
	}
	if rawjson.Kind(v) == '[' {
		for _, item := range rawjson.Elements(v) {
			add(item)
		}
	} else {
		add(v)
	}
	return len(l.types) > 0
}

func (l *layer) readLimit(name string, v []byte) {
	switch rawjson.Kind(v) {
	case 't':
		l.exclusiveMin = l.exclusiveMin || name == "exclusiveMinimum"
		l.exclusiveMax = l.exclusiveMax || name == "exclusiveMaximum"
	case '0', '"': // numbers in quotes are seen in the wild
		text, _ := rawjson.Text(v)
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			l.limits = append(l.limits, limit{name, f})
		}
	}
}

// narrow applies the layer's limits to b.
func (l *layer) narrow(b *Bounds) {
	higher := func(p **float64, v float64) {
		if *p == nil || v > **p {
			*p = &v
		}
	}
	lower := func(p **float64, v float64) {
		if *p == nil || v < **p {
			*p = &v
		}
	}
	least := func(p **int, v float64) {
		if n := int(v); *p == nil || n > **p {
			*p = &n
		}
	}
	most := func(p **int, v float64) {
		if n := int(v); *p == nil || n < **p {
			*p = &n
		}
	}
	for _, lim := range l.limits {
		switch name, v := lim.name, lim.value; name {
		case "minimum":
			if l.exclusiveMin {
				higher(&b.ExclusiveMinimum, v)
			} else {
				higher(&b.Minimum, v)
			}
		case "maximum":
			if l.exclusiveMax {
				lower(&b.ExclusiveMaximum, v)
			} else {
				lower(&b.Maximum, v)
			}
		case "exclusiveMinimum":
			higher(&b.ExclusiveMinimum, v)
		case "exclusiveMaximum":
			lower(&b.ExclusiveMaximum, v)
		case "multipleOf":
			if b.MultipleOf == nil {
				b.MultipleOf = &v
			}
		case "minLength":
			least(&b.MinLength, v)
		case "maxLength":
			most(&b.MaxLength, v)
		case "minItems":
			least(&b.MinItems, v)
		case "maxItems":
			most(&b.MaxItems, v)
		}
	}
}
