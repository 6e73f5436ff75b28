package spec

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// parameters merges the path item's parameters with the operation's own, which
// win by name and place (OpenAPI 3.0, "Operation Object").
func (b *builder) parameters(own, shared []byte) {
	type place struct{ name, in string }
	index := map[place]int{}
	for pass, list := range [][]byte{shared, own} {
		if list != nil && rawjson.Kind(list) != '[' && rawjson.Kind(list) != 'n' {
			b.warns.add(b.sub("parameters"), "odd_type", "The parameters should be an array.")
		}
		for i, raw := range rawjson.Elements(list) {
			at := ""
			if b.warns != nil {
				at = b.sub("parameters", itoa(i))
				if pass == 0 {
					at = pointer("/paths", b.op.Path, "parameters", itoa(i))
				}
			}
			p, ok := b.parameter(raw, at, i)
			if !ok {
				continue
			}
			key := place{p.Name, p.In}
			if n, seen := index[key]; seen {
				if pass == 1 && n < len(b.op.Parameters) {
					b.op.Parameters[n] = p
				}
				continue
			}
			index[key] = len(b.op.Parameters)
			b.op.Parameters = append(b.op.Parameters, p)
		}
	}
}

// parameter reads one; ok is false for what is no parameter outside the body.
func (b *builder) parameter(raw []byte, at string, i int) (p Parameter, ok bool) {
	raw = b.deref(raw, "parameters", itoa(i))
	if raw == nil {
		return p, false
	}
	var content, examples, collection []byte
	explode, style := (*bool)(nil), ""
	for key, v := range rawjson.Members(raw) {
		switch string(key) {
		case "name":
			p.Name, _ = rawjson.Text(v)
		case "in":
			p.In, _ = rawjson.Text(v)
		case "required":
			p.Required = readBool(v, b.warns, at+"/required")
		case "deprecated":
			p.Deprecated = readBool(v, b.warns, at+"/deprecated")
		case "description":
			p.Description, _ = rawjson.Text(v)
		case "schema":
			p.Schema = v
		case "style":
			style, _ = rawjson.Text(v)
		case "explode":
			value := readBool(v, b.warns, at+"/explode")
			explode = &value
		case "allowReserved":
			p.AllowReserved = readBool(v, b.warns, at+"/allowReserved")
		case "example", "x-example":
			p.Example = v
		case "examples":
			examples = v
		case "content":
			content = v
		case "collectionFormat":
			collection = v
		}
	}
	switch p.In {
	case "path", "query", "header", "cookie":
	case "body":
		b.bodyV2 = raw
		return p, false
	case "formData", "form":
		b.formV2 = append(b.formV2, raw)
		return p, false
	default:
		b.warns.add(at+"/in", "odd_parameter", "The parameter %q lies in %q, which is not known.", rawjson.Cut(p.Name, 80), rawjson.Cut(p.In, 40))
		return p, false
	}
	if p.Name == "" {
		b.warns.add(at+"/name", "odd_parameter", "The parameter has no name.")
		return p, false
	}
	if p.In == "path" && !p.Required {
		b.warns.add(at+"/required", "path_not_required", "A path parameter is always required.")
		p.Required = true
	}
	if p.Example == nil {
		p.Example = b.firstExample(examples)
	}
	p.Style, p.Explode = style, false
	if p.Style == "" {
		p.Style = defaultStyle(p.In)
	}
	p.Explode = p.Style == "form"
	if explode != nil {
		p.Explode = *explode
	}
	if b.v2 {
		p.Schema = schemaV2(raw)
		p.Style, p.Explode = styleV2(p.In, collection)
	}
	for name, media := range rawjson.Members(content) {
		p.ContentType = string(name)
		p.Schema = json.RawMessage(rawjson.Get(media, "schema"))
		break
	}
	return p, true
}

// defaultStyle is OpenAPI 3's for a place ("Style Values").
func defaultStyle(in string) string {
	if in == "query" || in == "cookie" {
		return "form"
	}
	return "simple"
}
