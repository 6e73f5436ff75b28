package request

import (
	"encoding/base64"
	"mime"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

type problem = apierr.Problem

func bareType(mediaType string) string {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		t, _, _ = strings.Cut(mediaType, ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	return t
}

// body gives the bytes to send and their type; nil bytes where there is no body.
func (b *builder) body() (contentType string, body []byte) {
	asked := b.header.Get("Content-Type")
	b.header.Del("Content-Type")
	var v value
	given := len(b.in.Body) > 0
	if given {
		var err error
		if v, err = parseValue(b.in.Body); err != nil {
			b.fault("/body", "json", "The body is not JSON of reasonable depth.")
			return "", nil
		}
	}
	if b.op.Body == nil {
		if given && !v.null() {
			b.fault("/body", "unknown_body", "The operation takes no body.")
		}
		return "", nil
	}
	if !given || v.null() {
		if b.op.Body.Required {
			b.fault("/body", "required", "The operation needs a body.")
		}
		return "", nil
	}
	media, ok := b.media(asked)
	if !ok {
		b.fault("/headers/Content-Type", "content_type", "The operation takes no body of this type.")
		return "", nil
	}
	return b.write(media, v)
}

// media chooses the representation: the one asked for, or the one that the
// document's order and ours prefer.
func (b *builder) media(asked string) (spec.MediaType, bool) {
	if asked != "" {
		for _, m := range b.op.Body.Content {
			if matches(m.Type, bareType(asked)) {
				m.Type = asked
				return m, fieldValue(asked)
			}
		}
		return spec.MediaType{}, false
	}
	preferred, _, ok := b.op.BodySchema()
	for _, m := range b.op.Body.Content {
		if ok && m.Type == preferred {
			if strings.Contains(m.Type, "*") || !fieldValue(m.Type) || m.Type == "" {
				m.Type = "application/json"
			}
			return m, true
		}
	}
	return spec.MediaType{Type: "application/json"}, true
}

func matches(declared, asked string) bool {
	declared = bareType(declared)
	if group, ok := strings.CutSuffix(declared, "/*"); ok {
		return group == "*" || strings.HasPrefix(asked, group+"/")
	}
	return declared == asked
}

func (b *builder) write(m spec.MediaType, v value) (string, []byte) {
	switch t := bareType(m.Type); {
	case spec.IsJSON(t):
		return m.Type, v.raw
	case t == "application/x-www-form-urlencoded":
		if v.kind != '{' {
			b.fault("/body", "type", "A form is an object.")
			return "", nil
		}
		return m.Type, []byte(formBody(m, v))
	case strings.HasPrefix(t, "multipart/"):
		if v.kind != '{' {
			b.fault("/body", "type", "A form is an object.")
			return "", nil
		}
		return b.multipart(t, m, v)
	default:
		if f, ok := b.file(v, "/body"); ok {
			if f.mediaType != "" {
				return f.mediaType, f.data
			}
			return m.Type, f.data
		}
		return m.Type, []byte(v.flat())
	}
}

// file is a value that stands for bytes: {"$file": {name, type, base64 | text}}.
type file struct {
	name, mediaType string
	data            []byte
}

func (b *builder) file(v value, at string) (file, bool) {
	inner, ok := v.field("$file")
	if !ok || len(v.names) != 1 || inner.kind != '{' {
		return file{}, false
	}
	var f file
	for i, name := range inner.names {
		item := inner.items[i]
		if item.kind != '"' {
			b.fault(at+"/$file/"+escapePointer(name), "type", "The parts of a file are strings.")
			continue
		}
		switch name {
		case "name":
			f.name = item.text
		case "type":
			if _, _, err := mime.ParseMediaType(item.text); err != nil || !fieldValue(item.text) {
				b.fault(at+"/$file/type", "content_type", "This is not a media type.")
			}
			f.mediaType = item.text
		case "text":
			f.data = []byte(item.text)
		case "base64":
			data, err := base64.StdEncoding.DecodeString(item.text)
			if err != nil {
				b.fault(at+"/$file/base64", "base64", "This is not base64.")
			}
			f.data = data
		default:
			b.fault(at+"/$file/"+escapePointer(name), "unknown_field", "A file has name, type, and base64 or text.")
		}
	}
	if f.data == nil {
		f.data = []byte{}
	}
	return f, true
}
