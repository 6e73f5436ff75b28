package request

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// encoding is an Encoding Object (OpenAPI 3.1), as far as it shapes a body.
type encoding struct {
	ContentType   string `json:"contentType"`
	Style         string `json:"style"`
	Explode       *bool  `json:"explode"`
	AllowReserved bool   `json:"allowReserved"`
}

func encodingOf(m spec.MediaType, name string) encoding {
	var e encoding
	if raw, ok := m.Encoding[name]; ok {
		if json.Unmarshal(raw, &e) != nil { // a broken Encoding Object says nothing
			return encoding{}
		}
	}
	return e
}

// formBody writes an object as application/x-www-form-urlencoded. Where the
// document does not say how, an array of scalars repeats its name (style form,
// explode), and anything deeper is written in brackets, which is what servers of
// nested forms read.
func formBody(m spec.MediaType, v value) string {
	var out []string
	for i, name := range v.names {
		item := v.items[i]
		if item.null() {
			continue
		}
		e := encodingOf(m, name)
		enc := func(s string) string { return escape(s, pick(e.AllowReserved, reserved, "")) }
		switch {
		case e.Style != "":
			explode := e.Style == "form"
			if e.Explode != nil {
				explode = *e.Explode
			}
			out = append(out, pairs(name, e.Style, explode, "", item, enc)...)
		case spec.IsJSON(e.ContentType) && !item.scalar():
			out = append(out, pairs(name, "form", true, e.ContentType, item, enc)...)
		case nested(item):
			out = append(out, brackets(escape(name, ""), item, enc, nil)...)
		default:
			explode := e.Explode == nil || *e.Explode
			out = append(out, pairs(name, "form", explode, "", item, enc)...)
		}
	}
	return strings.Join(out, "&")
}

// nested says whether a value is more than an array of scalars.
func nested(v value) bool {
	if v.kind == '{' {
		return true
	}
	for _, item := range v.items {
		if !item.scalar() {
			return true
		}
	}
	return false
}

// multipart writes an object as a multipart form (RFC 7578): a scalar as text, a
// file as a file, an array of scalars or files as parts of one name, anything
// else as JSON.
func (b *builder) multipart(mediaType string, m spec.MediaType, v value) (string, []byte) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for i, name := range v.names {
		item, at := v.items[i], "/body/"+escapePointer(name)
		if item.null() {
			continue
		}
		e := encodingOf(m, name)
		parts := []value{item}
		if item.kind == '[' && !spec.IsJSON(e.ContentType) && !objects(item) {
			parts = item.items
		}
		for _, part := range parts {
			b.part(w, name, e, part, at)
		}
	}
	if err := w.Close(); err != nil { // a buffer takes everything
		b.fault("/body", "multipart", "The form could not be written.")
	}
	return mediaType + "; boundary=" + w.Boundary(), out.Bytes()
}

// objects says whether an array holds objects that are no files.
func objects(v value) bool {
	for _, item := range v.items {
		if _, ok := item.field("$file"); !item.scalar() && !ok {
			return true
		}
	}
	return false
}

func (b *builder) part(w *multipart.Writer, name string, e encoding, v value, at string) {
	disposition := `form-data; name="` + quote(name) + `"`
	contentType, data := "", []byte(v.flat())
	if f, ok := b.file(v, at); ok {
		if f.name == "" {
			f.name = name
		}
		disposition += `; filename="` + quote(f.name) + `"`
		contentType, data = f.mediaType, f.data
		if contentType == "" {
			contentType = "application/octet-stream"
		}
	} else if !v.scalar() {
		contentType = "application/json"
	}
	// A list ("image/png, image/*") says what may be sent, not what is.
	if e.ContentType != "" && fieldValue(e.ContentType) && !strings.ContainsAny(e.ContentType, ",*") {
		contentType = e.ContentType
	}
	h := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	p, err := w.CreatePart(h)
	if err == nil {
		_, err = p.Write(data)
	}
	if err != nil {
		b.fault(at, "multipart", "The form could not be written.")
	}
}

// quote writes a name inside a quoted string as browsers do (WHATWG HTML,
// "multipart form data"): no quote, no line break.
func quote(s string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22", "\x00", "%00").Replace(s)
}
