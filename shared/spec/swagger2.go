package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// This file is the one mapping from Swagger 2.0 to the shape of OpenAPI 3.

// describeV2 reads host, basePath, schemes, media types and securityDefinitions.
func (s *scanner) describeV2() {
	s.swagger.consumes = texts(s.get("consumes"))
	s.swagger.produces = texts(s.get("produces"))
	host, _ := rawjson.String(s.get("host"))
	base, _ := rawjson.String(s.get("basePath"))
	s.swagger.host, s.swagger.base = strings.TrimSpace(host), strings.TrimSpace(base)
	s.info.Servers = s.swagger.servers(texts(s.get("schemes")))
	s.info.SecuritySchemes = s.securitySchemes(s.get("securityDefinitions"), "/securityDefinitions")
}

// servers makes base URLs of host, basePath and schemes, https first. Without a
// host the URL is relative to where the document came from.
func (v *swagger2) servers(schemes []string) []Server {
	host, base := v.host, v.base
	if base != "" && !strings.HasPrefix(base, "/") {
		base = "/" + base
	}
	if i := strings.Index(host, "://"); i >= 0 { // seen in the wild: a URL where a host is due
		schemes, host = []string{host[:i]}, host[i+3:]
	}
	host = strings.TrimSuffix(host, "/")
	if host == "" {
		if base == "" || base == "/" {
			return nil
		}
		return []Server{{URL: base}}
	}
	schemes = slices.DeleteFunc(slices.Clone(schemes), func(s string) bool { return s != "http" && s != "https" })
	if len(schemes) == 0 {
		schemes = []string{"https"}
		if host == "localhost" || strings.HasPrefix(host, "localhost:") || strings.HasPrefix(host, "127.") {
			schemes[0] = "http"
		}
	}
	slices.SortStableFunc(schemes, func(a, b string) int { return strings.Compare(b, a) })
	var list []Server
	for _, scheme := range slices.Compact(schemes) {
		list = append(list, Server{URL: scheme + "://" + host + base})
	}
	return list
}

// mapSchemeV2 puts a Security Scheme Object of 2.0 into 3.x terms.
func mapSchemeV2(s *SecurityScheme, raw []byte) {
	switch s.Type {
	case "basic":
		s.Type, s.Scheme = "http", "basic"
	case "oauth2":
		flow, _ := rawjson.String(rawjson.Get(raw, "flow"))
		switch flow {
		case "application":
			flow = "clientCredentials"
		case "accessCode":
			flow = "authorizationCode"
		}
		s.Flows = map[string]Flow{flow: readFlow(raw)}
	}
}

// schemaKeysV2 are the fields of a 2.0 parameter, header or items object that
// belong to its schema.
func isSchemaKeyV2(key string) bool {
	switch key {
	case "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
		"maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf",
		"x-nullable", "x-example", "allOf", "properties", "$ref", "description":
		return true
	}
	return false
}

// schemaV2 lifts a parameter's schema out of it; nil when it states none. A
// schema that 2.0 does not allow there, but documents write, counts.
func schemaV2(raw []byte) json.RawMessage {
	if s := rawjson.Get(raw, "schema"); rawjson.Kind(s) == '{' {
		return s
	}
	out := []byte{'{'}
	stated := false
	for key, v := range rawjson.Members(raw) {
		name := string(key)
		if !isSchemaKeyV2(name) || name == "description" {
			continue
		}
		if name == "type" {
			if text, _ := rawjson.String(v); text == "file" {
				out = member(out, "type", []byte(`"string"`))
				out = member(out, "format", []byte(`"binary"`))
				stated = true
				continue
			}
		}
		out = member(out, name, v)
		stated = true
	}
	if !stated {
		return nil
	}
	return append(out, '}')
}

// member appends one member to an object that is being written.
func member(dst []byte, key string, value []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(rawjson.Quote(dst, key), ':')
	return append(dst, value...)
}

// styleV2 maps collectionFormat.
func styleV2(in string, collection []byte) (style string, explode bool) {
	format, _ := rawjson.String(collection)
	switch format {
	case "ssv":
		return "spaceDelimited", false
	case "pipes":
		return "pipeDelimited", false
	case "tsv":
		return "tabDelimited", false
	case "multi":
		return "form", true
	}
	return defaultStyle(in), false
}

// responseV2 adds a response's schema or examples, one representation for each
// media type that the operation produces; finishV2 gives them their names.
func (b *builder) responseV2(r *Response, key string, v []byte) {
	if len(r.Content) == 0 {
		r.Content = []MediaType{{}}
	}
	if key == "schema" {
		r.Content[0].Schema = fileToBinary(v)
		return
	}
	r.Content[0].Encoding = rawMap(v) // by media type; taken apart in finishV2
}

func fileToBinary(schema []byte) json.RawMessage {
	if text, _ := rawjson.String(rawjson.Get(schema, "type")); text == "file" {
		return json.RawMessage(`{"type":"string","format":"binary"}`)
	}
	return schema
}

// header gives a response header its 3.x form.
func (b *builder) header(raw []byte) json.RawMessage {
	if !b.v2 {
		return raw
	}
	out := []byte{'{'}
	if text := rawjson.Get(raw, "description"); text != nil {
		out = member(out, "description", text)
	}
	if schema := schemaV2(raw); schema != nil {
		out = member(out, "schema", schema)
	}
	return append(out, '}')
}

// finishV2 runs when the whole operation is known: media types depend on consumes
// and produces, which may stand after what they apply to.
func (b *builder) finishV2() {
	consumes := firstStated(b.consumes, b.swagger.consumes)
	produces := firstStated(b.produces, b.swagger.produces)
	if len(produces) == 0 {
		produces = []string{"application/json"}
	}
	for i := range b.op.Responses {
		r := &b.op.Responses[i]
		if len(r.Content) == 0 {
			continue
		}
		schema, examples := r.Content[0].Schema, r.Content[0].Encoding
		r.Content = nil
		for _, name := range produces {
			r.Content = append(r.Content, MediaType{Type: name, Schema: schema, Example: examples[name]})
		}
		for name, example := range examples {
			if !slices.Contains(produces, name) && schema == nil {
				r.Content = append(r.Content, MediaType{Type: name, Example: example})
			}
		}
		slices.SortStableFunc(r.Content[len(produces):], func(a, b MediaType) int { return strings.Compare(a.Type, b.Type) })
	}
	switch {
	case b.bodyV2 != nil:
		b.op.Body = b.bodyOfV2(consumes)
	case len(b.formV2) > 0:
		b.op.Body = b.formOfV2(consumes)
	}
}

func firstStated(own, inherited []string) []string {
	if own != nil {
		return own
	}
	return inherited
}

func (b *builder) bodyOfV2(consumes []string) *Body {
	body := &Body{}
	body.Description, _ = rawjson.Text(rawjson.Get(b.bodyV2, "description"))
	body.Required, _, _ = rawjson.Bool(rawjson.Get(b.bodyV2, "required"))
	schema := schemaV2(b.bodyV2)
	if len(consumes) == 0 {
		consumes = []string{"application/json"}
	}
	for _, name := range consumes {
		body.Content = append(body.Content, MediaType{Type: name, Schema: schema})
	}
	jsonFirst(body.Content)
	return body
}

const (
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"
)

// formOfV2 makes one object schema of the formData parameters.
func (b *builder) formOfV2(consumes []string) *Body {
	body := &Body{}
	properties, required := []byte{'{'}, []byte{'['}
	encoding := map[string]json.RawMessage{}
	files := false
	for _, raw := range b.formV2 {
		name, _ := rawjson.Text(rawjson.Get(raw, "name"))
		if name == "" {
			continue
		}
		schema := schemaV2(raw)
		if schema == nil {
			schema = json.RawMessage("{}")
		}
		if text := rawjson.Get(raw, "description"); rawjson.Kind(text) == '"' && rawjson.Kind(schema) == '{' && rawjson.Get(schema, "description") == nil {
			trimmed := append(json.RawMessage(nil), schema[:len(schema)-1]...)
			schema = append(member(trimmed, "description", text), '}')
		}
		properties = member(properties, name, schema)
		if must, _, _ := rawjson.Bool(rawjson.Get(raw, "required")); must {
			body.Required = true
			if len(required) > 1 {
				required = append(required, ',')
			}
			required = rawjson.Quote(required, name)
		}
		kind, _ := rawjson.String(rawjson.Get(raw, "type"))
		files = files || kind == "file"
		if kind == "array" {
			style, explode := styleV2("query", rawjson.Get(raw, "collectionFormat"))
			line := member([]byte{'{'}, "style", rawjson.Quote(nil, style))
			line = member(line, "explode", []byte(map[bool]string{true: "true", false: "false"}[explode]))
			encoding[name] = append(line, '}')
		}
	}
	schema := member([]byte(`{"type":"object"`), "properties", append(properties, '}'))
	if len(required) > 1 {
		schema = member(schema, "required", append(required, ']'))
	}
	schema = append(schema, '}')
	if len(encoding) == 0 {
		encoding = nil
	}
	for _, name := range formTypes(consumes, files) {
		body.Content = append(body.Content, MediaType{Type: name, Schema: schema, Encoding: encoding})
	}
	return body
}

// formTypes are the media types a form can really be sent as: whatever consumes
// says, a file needs multipart.
func formTypes(consumes []string, files bool) []string {
	var types []string
	for _, name := range consumes {
		base, _, _ := strings.Cut(strings.ToLower(name), ";")
		if base = strings.TrimSpace(base); base == mediaMultipart || base == mediaForm && !files {
			types = append(types, base)
		}
	}
	switch {
	case len(types) > 0:
		return types
	case files:
		return []string{mediaMultipart}
	}
	return []string{mediaForm}
}
