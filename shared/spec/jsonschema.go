package spec

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Bounds of an expanded schema. The largest closure seen among real documents is
// under 4 MiB.
const (
	maxSchemaBytes = 16 << 20
	maxSchemaDepth = 200
)

// Errors of JSONSchema, for errors.Is.
var (
	// ErrSchemaTooLarge: nested deeper than 200 levels, or reaching more than 16 MiB
	// of others.
	ErrSchemaTooLarge = errors.New("spec: the schema is too large to expand")
	// ErrSchemaCycle: a value would have to fit the schema in order to fit it; a
	// validator would go round for ever (JSON Schema 2020-12 Core, section 9.4.1).
	ErrSchemaCycle = errors.New("spec: the schema applies to itself without end")
)

// JSONSchema returns a self-contained JSON Schema (draft 2020-12) of a schema of
// this document: what it refers to is gathered under $defs, each once, and the
// older dialects' keywords are mapped. Keywords that are not JSON Schema's, and
// values of the wrong type, are left out; a reference that leads nowhere allows
// anything. Errors are ErrSchemaTooLarge and ErrSchemaCycle.
func (d *Document) JSONSchema(schema json.RawMessage) (json.RawMessage, error) {
	names := defNames{of: map[string]string{}, taken: map[string]bool{}}
	x := &expander{link: func(ref string) string { return "#/$defs/" + names.name(ref) }, edges: map[string][]edge{}, refAlone: d.refAlone()}
	out, err := x.schema([]byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[`), schema, 0)
	if err != nil {
		return nil, err
	}
	out = append(out, ']')
	for i := 0; i < len(names.order); i++ {
		if i == 0 {
			out = append(out, `,"$defs":{`...)
		} else {
			out = append(out, ',')
		}
		ref := names.order[i]
		out = append(rawjson.Quote(out, names.of[ref]), ':')
		x.current = ref
		target, err := d.Resolve(ref)
		if err != nil {
			target = json.RawMessage("true")
		}
		if out, err = x.schema(out, target, 0); err != nil {
			return nil, err
		}
	}
	if len(names.order) > 0 {
		out = append(out, '}')
	}
	if cyclic(x.edges, "") {
		return nil, ErrSchemaCycle
	}
	return append(out, '}'), nil
}

// defNames gives each reference a key under $defs.
type defNames struct {
	of    map[string]string
	taken map[string]bool
	order []string // references as they were met
}

func (n *defNames) name(ref string) string {
	if name, ok := n.of[ref]; ok {
		return name
	}
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, rawjson.Cut(ref[strings.LastIndexAny(ref, "/#")+1:], 100))
	name := base
	for i := 2; n.taken[name] || name == ""; i++ {
		name = base + "_" + itoa(i)
	}
	n.of[ref], n.taken[name] = name, true
	n.order = append(n.order, ref)
	return name
}

// expander rewrites schemas of any dialect as JSON Schema 2020-12.
type expander struct {
	link     func(ref string) string // what to write for a reference
	current  string                  // the reference whose target is being written, "" for none
	objects  int                     // schemas written
	inside   int                     // how many members or elements of its value deep
	lazy     bool                    // references are followed when a value comes to them
	refAlone bool                    // what stands beside a reference does not count
	edges    map[string][]edge       // what each reference's target refers to
	whole    []byte                  // the outermost schema of the value at hand
	// absent tells a required property that may be left out all the same; nil: none may.
	absent func(schemas ...[]byte) func(name string) bool
}

// edge is a reference from one schema to another; same tells that both apply to
// one value, and not the other to a part of it.
type edge struct {
	to   string
	same bool
}

// cyclic reports whether, among the schemas that one reaches, any applies to a
// value that it is already being applied to.
func cyclic(edges map[string][]edge, from string) bool {
	const open, done = 1, 2
	state := map[string]int{}
	var parts []string
	var visit func(ref string) bool
	visit = func(ref string) bool {
		state[ref] = open
		for _, e := range edges[ref] {
			switch {
			case !e.same:
				parts = append(parts, e.to)
			case state[e.to] == open:
				return true
			case state[e.to] == 0 && visit(e.to):
				return true
			}
		}
		state[ref] = done
		return false
	}
	parts = append(parts, from)
	for len(parts) > 0 {
		ref := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		if state[ref] == 0 && visit(ref) {
			return true
		}
	}
	return false
}

// schema appends the rewritten form of one schema.
func (x *expander) schema(dst, schema []byte, depth int) ([]byte, error) {
	if x.objects++; depth > maxSchemaDepth || len(dst) > maxSchemaBytes || x.lazy && x.objects > maxAtOnce {
		return nil, ErrSchemaTooLarge
	}
	switch rawjson.Kind(schema) {
	case 'f':
		return append(dst, "false"...), nil
	case '{':
	default:
		return append(dst, "true"...), nil
	}
	if x.whole == nil {
		x.whole = schema
		defer func() { x.whole = nil }()
	}
	q := quirksOf(schema)
	if contradicts(q.types, q.enum) {
		schema = agreed(schema)
		q = quirksOf(schema)
	}
	q.schema = schema
	if q.wrap {
		dst = append(dst, `{"anyOf":[`...)
	}
	dst = append(dst, '{')
	var err error
	_, refers := refOf(schema)
	for key, v := range rawjson.Members(schema) {
		if refers && x.refAlone && !besideRef(string(key)) {
			continue
		}
		if dst, err = x.keyword(dst, string(key), v, q, depth); err != nil {
			return nil, err
		}
	}
	dst = append(dst, '}')
	if q.wrap {
		dst = append(dst, `,{"type":"null"}]}`...)
	}
	return dst, nil
}

// quirks are what one keyword of an older dialect does to another.
type quirks struct {
	nullable         bool
	wrap             bool // null cannot be added to a plain type
	exclMin, exclMax bool // boolean exclusiveMinimum and exclusiveMaximum
	chosenBy         discriminator
	schema           []byte // the schema they are of
	types            []string
	enum             []byte
}

func quirksOf(schema []byte) quirks {
	var q quirks
	plain, composed := false, false
	for key, v := range rawjson.Members(schema) {
		switch string(key) {
		case "nullable", "x-nullable":
			q.nullable, _, _ = rawjson.Bool(v)
		case "exclusiveMinimum":
			q.exclMin = rawjson.Kind(v) == 't'
		case "exclusiveMaximum":
			q.exclMax = rawjson.Kind(v) == 't'
		case "discriminator":
			q.chosenBy = readDiscriminator(v)
		case "type":
			plain = true
			var l layer
			l.readTypes(v)
			q.types = l.types
		case "$ref", "allOf", "anyOf", "oneOf", "enum", "const", "not":
			composed = true
			if string(key) == "enum" && rawjson.Kind(v) == '[' {
				q.enum = v
			}
		}
	}
	q.wrap = q.nullable && composed
	q.nullable = q.nullable && plain && !composed
	return q
}

// keyword appends one member in its 2020-12 form, or nothing.
func (x *expander) keyword(dst []byte, name string, v []byte, q quirks, depth int) ([]byte, error) {
	kind := rawjson.Kind(v)
	switch name {
	case "$ref":
		if ref, ok := rawjson.String(v); ok {
			keyword := "$ref"
			if x.lazy {
				keyword = lazyRef
			} else {
				x.edges[x.current] = append(x.edges[x.current], edge{ref, x.inside == 0})
			}
			return member(dst, keyword, rawjson.Quote(nil, x.link(ref))), nil
		}
	case "type":
		if types := schemaTypes(v, q.nullable); types != nil {
			return member(dst, name, types), nil
		}
	case "properties", "patternProperties", "prefixItems", "items", "additionalProperties", "contains",
		"propertyNames", "unevaluatedItems", "unevaluatedProperties":
		if name == "items" && kind == '[' {
			name = "prefixItems"
		}
		whole := x.whole
		x.whole = nil
		x.inside++
		dst, err := x.nested(dst, name, v, depth)
		x.inside--
		x.whole = whole
		return dst, err
	case "anyOf", "oneOf":
		if q.chosenBy.property != "" && kind == '[' {
			return x.chosen(dst, name, v, q.chosenBy, depth)
		}
		return x.nested(dst, name, v, depth)
	case "allOf", "dependentSchemas", "not", "if", "then", "else":
		return x.nested(dst, name, v, depth)
	case "minimum":
		return number(dst, name, "exclusiveMinimum", v, q.exclMin), nil
	case "maximum":
		return number(dst, name, "exclusiveMaximum", v, q.exclMax), nil
	case "exclusiveMinimum", "exclusiveMaximum":
		return number(dst, name, "", v, false), nil
	case "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		if text, ok := rawjson.Text(v); ok && !strings.HasPrefix(text, "-") && strings.Trim(text, "0.") != "" || text == "0" && name != "multipleOf" {
			return number(dst, name, "", v, false), nil
		}
	case "required":
		if list := uniqueNames(v); list != nil {
			if x.absent != nil {
				list = slices.DeleteFunc(list, x.absent(q.schema, x.whole))
			}
			return member(dst, name, quoteAll(list)), nil
		}
	case "enum":
		if kind == '[' {
			return member(dst, name, v), nil
		}
	case "const", "default":
		return member(dst, name, v), nil
	case "pattern", "format", "title", "description":
		if kind == '"' {
			return member(dst, name, v), nil
		}
	case "uniqueItems", "readOnly", "writeOnly", "deprecated":
		if kind == 't' || kind == 'f' {
			return member(dst, name, v), nil
		}
	}
	return dst, nil
}

// nested appends a keyword that holds schemas: a map, a list, or a single one.
func (x *expander) nested(dst []byte, name string, v []byte, depth int) ([]byte, error) {
	kind := rawjson.Kind(v)
	switch name {
	case "properties", "patternProperties", "dependentSchemas":
		if kind == '{' {
			return x.schemaMap(dst, name, v, depth)
		}
	case "allOf", "anyOf", "oneOf", "prefixItems":
		if kind == '[' {
			return x.schemaList(dst, name, v, depth)
		}
	default:
		if kind == '{' || kind == 't' || kind == 'f' {
			return x.schema(member(dst, name, nil), v, depth+1)
		}
	}
	return dst, nil
}

// number appends a limit, under its exclusive name when the dialect says so
// beside it. A number in quotes counts as one.
func number(dst []byte, name, exclusive string, v []byte, isExclusive bool) []byte {
	text, _ := rawjson.Text(v)
	if !rawjson.IsNumber(text) {
		return dst
	}
	if isExclusive {
		name = exclusive
	}
	return member(dst, name, []byte(text))
}

func (x *expander) schemaMap(dst []byte, name string, v []byte, depth int) ([]byte, error) {
	dst = append(member(dst, name, nil), '{')
	for key, schema := range rawjson.Members(v) {
		var err error
		if dst, err = x.schema(member(dst, string(key), nil), schema, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (x *expander) schemaList(dst []byte, name string, v []byte, depth int) ([]byte, error) {
	start := len(dst)
	dst = append(member(dst, name, nil), '[')
	n := 0
	for _, schema := range rawjson.Elements(v) {
		if n++; n > 1 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = x.schema(dst, schema, depth+1); err != nil {
			return nil, err
		}
	}
	if n == 0 { // an empty list is no JSON Schema
		return dst[:start], nil
	}
	return append(dst, ']'), nil
}

// chosen appends alternatives that a discriminator chooses among: the one that is
// named must fit, whether others would or not, and its faults are those told. A
// value that names none of them must fit as if there were no discriminator.
func (x *expander) chosen(dst []byte, name string, list []byte, by discriminator, depth int) ([]byte, error) {
	start := len(dst)
	dst = append(member(dst, name, nil), `[{"allOf":[`...)
	choose := func(names []string) {
		dst = append(dst, `{"if":{"required":[`...)
		dst = append(rawjson.Quote(dst, by.property), `],"properties":{`...)
		dst = append(rawjson.Quote(dst, by.property), `:{"enum":`...)
		dst = append(append(dst, quoteAll(names)...), `}}},"then":`...)
	}
	var all []string
	var err error
	for _, alternative := range rawjson.Elements(list) {
		names := by.names(alternative)
		if len(names) == 0 {
			continue
		}
		all = append(all, names...)
		choose(names)
		if dst, err = x.schema(dst, alternative, depth+3); err != nil {
			return nil, err
		}
		dst = append(dst, `},`...)
	}
	if len(all) == 0 {
		return x.schemaList(dst[:start], name, list, depth)
	}
	choose(all)
	dst = append(dst, `true,"else":{`...)
	if dst, err = x.schemaList(dst, name, list, depth+3); err != nil {
		return nil, err
	}
	return append(dst, `}}]}]`...), nil
}

// schemaTypes is the value of "type" in its 2020-12 form, nil for "anything".
func schemaTypes(v []byte, nullable bool) []byte {
	var l layer
	if !l.readTypes(v) {
		return nil
	}
	types := slices.Clone(l.types)
	if nullable {
		types = append(types, "null")
	}
	slices.Sort(types)
	types = slices.Compact(types)
	if len(types) == 1 {
		return rawjson.Quote(nil, types[0])
	}
	return quoteAll(types)
}

// uniqueNames reads a list of names, nil where it is none.
func uniqueNames(v []byte) []string {
	if rawjson.Kind(v) != '[' {
		return nil
	}
	names, seen := []string{}, map[string]bool{}
	for _, item := range rawjson.Elements(v) {
		if name, ok := rawjson.String(item); ok && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

func quoteAll(list []string) []byte {
	out := []byte{'['}
	for i, s := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = rawjson.Quote(out, s)
	}
	return append(out, ']')
}
