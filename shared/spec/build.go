package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// build reads one operation in full. It tells w, when not nil, what is odd.
func (d *Document) build(e *opEntry, w *warnings) *Operation {
	op := &Operation{Summary: e.Summary, Security: d.info.Security, Servers: d.info.Servers}
	at := ""
	if w != nil {
		at = e.at()
	}
	b := builder{Document: d, op: op, warns: w, at: at}
	var own []byte
	shared := b.item(e.item)
	for key, v := range rawjson.Members(d.raw(e.op)) {
		switch name := string(key); name {
		case "parameters":
			own = v
		case "requestBody":
			if !d.v2 {
				op.Body = b.body(v)
			}
		case "responses":
			b.responses(v)
		case "security":
			if list, stated := readSecurity(v, w, at+"/security"); stated {
				op.Security = list
			}
		case "servers":
			if list := readServers(v, w, at+"/servers"); len(list) > 0 {
				op.Servers = list
			}
		case "consumes":
			b.consumes = texts(v)
		case "produces":
			b.produces = texts(v)
		case "schemes":
			if d.v2 {
				op.Servers = d.swagger.servers(texts(v))
			}
		default:
			if strings.HasPrefix(name, "x-") {
				if op.Extensions == nil {
					op.Extensions = map[string]json.RawMessage{}
				}
				op.Extensions[name] = v
			}
		}
	}
	b.parameters(own, shared)
	if d.v2 {
		b.finishV2()
	}
	return op
}

// builder carries what the parts of an operation share while it is read.
type builder struct {
	*Document
	op       *Operation
	warns    *warnings
	at       string
	consumes []string // Swagger 2: nil inherits
	produces []string
	bodyV2   []byte   // Swagger 2: the parameter in "body"
	formV2   [][]byte // Swagger 2: the parameters in "formData"
}

// sub is a pointer below the operation; it costs nothing when nobody listens.
func (b *builder) sub(tokens ...string) string {
	if b.warns == nil {
		return ""
	}
	return pointer(b.at, tokens...)
}

// deref follows a reference of a part that must be an object; nil when it
// cannot. A reference at fault is told once, by checkRefs.
func (b *builder) deref(v []byte, tokens ...string) []byte {
	target := b.follow(v)
	if rawjson.Kind(target) == '{' {
		return target
	}
	if _, isRef := refOf(v); !isRef {
		b.object(v, tokens...)
	}
	return nil
}

// object tells a part that should be an object and is something else.
func (b *builder) object(v []byte, tokens ...string) {
	if kind := rawjson.Kind(v); kind != '{' && kind != 'n' {
		b.warns.add(b.sub(tokens...), "odd_type", "This should be an object.")
	}
}

func (b *builder) body(v []byte) *Body {
	raw := b.deref(v, "requestBody")
	if raw == nil {
		return nil
	}
	body := &Body{}
	for key, v := range rawjson.Members(raw) {
		switch string(key) {
		case "required":
			body.Required = readBool(v, b.warns, b.sub("requestBody", "required"))
		case "description":
			body.Description, _ = rawjson.Text(v)
		case "content":
			body.Content = b.content(v, "requestBody", "content")
		}
	}
	jsonFirst(body.Content)
	return body
}

func (b *builder) content(v []byte, tokens ...string) []MediaType {
	b.object(v, tokens...)
	var list []MediaType
	for name, raw := range rawjson.Members(v) {
		m := MediaType{Type: string(name)}
		raw = b.follow(raw)
		var items []byte
		for key, v := range rawjson.Members(raw) {
			switch string(key) {
			case "schema":
				m.Schema = v
			case "itemSchema":
				items = v
			case "example":
				m.Example = v
			case "examples":
				if m.Example == nil {
					m.Example = b.firstExample(v)
				}
			case "encoding":
				m.Encoding = rawMap(v)
			}
		}
		if m.Schema == nil {
			m.Schema = sequenceOf(items)
		}
		list = append(list, m)
	}
	return list
}

// firstExample is the value of the first Example Object that holds one.
func (b *builder) firstExample(v []byte) json.RawMessage {
	for _, raw := range rawjson.Members(v) {
		if value := rawjson.Get(b.follow(raw), "value"); value != nil {
			return value
		}
	}
	return nil
}

func rawMap(v []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	for key, value := range rawjson.Members(v) {
		if m == nil {
			m = map[string]json.RawMessage{}
		}
		m[string(key)] = value
	}
	return m
}

func (b *builder) responses(v []byte) {
	b.object(v, "responses")
	for key, raw := range rawjson.Members(v) {
		status := string(key)
		if strings.HasPrefix(status, "x-") {
			continue
		}
		r := Response{Status: strings.ToUpper(status)}
		if status == "default" {
			r.Status = status
		}
		for key, v := range rawjson.Members(b.deref(raw, "responses", status)) {
			switch string(key) {
			case "description":
				r.Description, _ = rawjson.Text(v)
			case "headers":
				for name, header := range rawjson.Members(v) {
					if r.Headers == nil {
						r.Headers = map[string]json.RawMessage{}
					}
					if h := b.follow(header); h != nil {
						header = h
					}
					r.Headers[string(name)] = b.header(header)
				}
			case "links":
				r.Links = b.links(v)
			case "content":
				r.Content = b.content(v, "responses", status, "content")
			case "schema", "examples":
				if b.v2 {
					b.responseV2(&r, string(key), v)
				}
			}
		}
		b.op.Responses = append(b.op.Responses, r)
	}
	// Upper case and digits sort before "default".
	slices.SortStableFunc(b.op.Responses, func(x, y Response) int { return strings.Compare(x.Status, y.Status) })
}

// jsonFirst moves the first JSON media type to the front, the rest keeping order.
func jsonFirst(list []MediaType) {
	for i, m := range list {
		if IsJSON(m.Type) {
			copy(list[1:i+1], list[:i])
			list[0] = m
			return
		}
	}
}

// IsJSON says whether a media type, with parameters or without, is JSON: by itself, as
// text/json, or by its suffix (RFC 6839).
func IsJSON(mediaType string) bool {
	base, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	base = strings.TrimSpace(base)
	return base == "application/json" || base == "text/json" || strings.HasSuffix(base, "+json")
}
