package spec

import (
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// parameters merges the path item's parameters with the operation's own, which
// win by name and place (OpenAPI 3.0, "Operation Object").
func (b *builder) parameters(own []byte, shared []json.RawMessage) {
	type place struct{ name, in string }
	type stated struct{ list, at int } // by which list, and where it is
	index := map[place]stated{}
	for pass, list := range append(shared, own) {
		at := ""
		if b.warns != nil {
			at = b.sub("parameters")
			if pass < len(shared) {
				at = pointer("/paths", b.op.Path, "parameters")
			}
		}
		if list != nil && rawjson.Kind(list) != '[' && rawjson.Kind(list) != 'n' {
			b.warns.add(at, "odd_type", "The parameters should be an array.")
		}
		for i, raw := range rawjson.Elements(list) {
			p, ok := b.parameter(raw, at+"/"+itoa(i))
			if !ok {
				continue
			}
			key := place{p.Name, p.In}
			if before, seen := index[key]; seen {
				if before.list == pass {
					b.warns.add(at+"/"+itoa(i), "odd_parameter", "The parameter %q is listed twice; the first counts.", rawjson.Cut(p.Name, 80))
					continue
				}
				b.op.Parameters[before.at] = p
				index[key] = stated{pass, before.at}
				continue
			}
			index[key] = stated{pass, len(b.op.Parameters)}
			b.op.Parameters = append(b.op.Parameters, p)
		}
	}
	b.placeholders()
	b.bodyOfParameters()
}

// parameter reads one; ok is false for what is no parameter outside the body.
func (b *builder) parameter(raw []byte, at string) (p Parameter, ok bool) {
	_, isRef := refOf(raw)
	raw = b.follow(raw)
	if rawjson.Kind(raw) != '{' {
		if !isRef { // else checkRefs tells it
			b.warns.add(at, "odd_type", "The parameter should be an object.")
		}
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
	if lower := strings.ToLower(strings.TrimSpace(p.In)); lower != p.In && lower != "formdata" {
		b.warns.add(at+"/in", "odd_parameter", "The place %q should be in lower case.", rawjson.Cut(p.In, 40))
		p.In = lower
	}
	switch p.In {
	case "path", "query", "header", "cookie", "querystring":
	case "body":
		b.bodyParameter(raw, at)
		return p, false
	case "formData", "formdata", "form":
		if !b.v2 {
			b.warns.add(at+"/in", "odd_parameter", "A field of a form is in the request body from OpenAPI 3 on; it is taken as one.")
		}
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
	p.AllowReserved = p.AllowReserved || p.In == "path" && keepsReserved(b.op.Path, p.Name)
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
		p.Schema = json.RawMessage(rawjson.Get(b.follow(media), "schema"))
		break
	}
	if p.In == "querystring" && !p.asQuery() {
		b.warns.add(at+"/content", "odd_parameter", "A query string is sent as a form only, not as %q.", rawjson.Cut(p.ContentType, 80))
		return p, false
	}
	if p.Schema == nil && p.ContentType == "" {
		b.warns.add(at, "no_schema", "Nothing is said of the parameter's type.")
		if !b.v2 {
			p.Schema = schemaV2(raw) // written as in 2.0
		}
	}
	return p, true
}

// asQuery makes a parameter of the whole query string (OpenAPI 3.2, "querystring") one of
// the query that says the same: an object, each property a parameter. ok is false
// where it is no form.
func (p *Parameter) asQuery() (ok bool) {
	if bareMedia(p.ContentType) != mediaForm {
		return false
	}
	p.In, p.ContentType, p.Style, p.Explode = "query", "", "form", true
	return true
}

// bodyParameter takes a parameter that is the body, Swagger 2's way.
func (b *builder) bodyParameter(raw []byte, at string) {
	switch {
	case b.bodyV2 != nil:
		b.warns.add(at+"/in", "odd_parameter", "The operation has two bodies; the first counts.")
		return
	case !b.v2 && b.op.Body != nil:
		b.warns.add(at+"/in", "odd_parameter", "The operation has a request body already, which counts.")
		return
	case !b.v2:
		b.warns.add(at+"/in", "odd_parameter", "The body is no parameter from OpenAPI 3 on; it is taken as the request body.")
	}
	b.bodyV2 = raw
}

// bodyOfParameters makes the body of an operation of 3.x that states it as 2.0 does.
func (b *builder) bodyOfParameters() {
	switch {
	case b.v2 || b.op.Body != nil:
	case b.bodyV2 != nil:
		b.op.Body = b.bodyOfV2(b.consumes)
	case len(b.formV2) > 0:
		b.op.Body = b.formOfV2(b.consumes)
	}
}

// defaultStyle is OpenAPI 3's for a place ("Style Values").
func defaultStyle(in string) string {
	if in == "query" || in == "cookie" {
		return "form"
	}
	return "simple"
}
