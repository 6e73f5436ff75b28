package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// body reads the value of a body; a text where it is of no type that has a form.
func (r *reader) body() json.RawMessage {
	media, params, err := mime.ParseMediaType(r.in.ContentType)
	switch {
	case err != nil:
	case spec.IsJSON(media):
		if !json.Valid(r.in.Body) {
			r.fault("/body", "json", "The body is not JSON.")
			return nil
		}
		return r.in.Body
	case media == "application/x-www-form-urlencoded":
		return encoded(r.form())
	case strings.HasPrefix(media, "multipart/"):
		v, err := r.multipart(params["boundary"])
		if err != nil {
			r.fault("/body", "multipart", "The body is not a multipart form.")
		}
		return encoded(v)
	}
	return encoded(string(r.in.Body))
}

// encoding is an Encoding Object (OpenAPI 3.1), as far as it shapes a body.
type encoding struct {
	ContentType string `json:"contentType"`
	Style       string `json:"style"`
	Explode     *bool  `json:"explode"`
}

func (r *reader) encoding(name string) encoding {
	var e encoding
	if raw, ok := r.in.Media.Encoding[name]; ok {
		if json.Unmarshal(raw, &e) != nil { // a broken Encoding Object says nothing
			return encoding{}
		}
	}
	return e
}

// form reads application/x-www-form-urlencoded, each field by what the document
// says of it.
func (r *reader) form() map[string]any {
	s := r.doc.Shape(r.in.Media.Schema)
	pairs := pairsIn(string(r.in.Body))
	out := map[string]any{}
	by := map[string][]pair{}
	var names []string
	for _, p := range pairs {
		name := p.key
		if before, _, bracketed := strings.Cut(name, "["); bracketed {
			if _, whole := s.Property(name); !whole && before != "" {
				name = before
			}
		}
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], p)
	}
	for _, name := range names {
		shape, _ := s.At(name)
		if v, ok := r.formField(name, shape).read(by[name], func(string) bool { return false }); ok {
			out[name] = v
		}
	}
	return out
}

func (r *reader) formField(name string, shape spec.Shape) field {
	e := r.encoding(name)
	f := field{name: name, style: "form", explode: e.Explode == nil || *e.Explode, shape: shape}
	switch {
	case e.Style != "":
		f.style, f.explode = e.Style, e.Style == "form"
		if e.Explode != nil {
			f.explode = *e.Explode
		}
	case spec.IsJSON(e.ContentType) && (shape.Admits("object") || shape.Admits("array")):
		f.media = e.ContentType
	}
	return f
}

// multipart reads a multipart form (RFC 7578): parts of one name are a list, one
// with a file name a file, and one that says it is JSON is.
func (r *reader) multipart(boundary string) (map[string]any, error) {
	s := r.doc.Shape(r.in.Media.Schema)
	parts := multipart.NewReader(bytes.NewReader(r.in.Body), boundary)
	many := map[string][]any{}
	out := map[string]any{}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return out, err
		}
		name := part.FormName()
		shape, _ := s.At(name)
		if items := shape.Elements(); shape.Admits("array") && items.Known() {
			many[name] = append(many[name], partValue(part, items, data))
		} else {
			many[name] = append(many[name], partValue(part, shape, data))
		}
		out[name] = folded(shape, many[name])
	}
}

func partValue(part *multipart.Part, s spec.Shape, data []byte) any {
	contentType := part.Header.Get("Content-Type")
	switch {
	case part.FileName() != "":
		return map[string]any{"$file": map[string]any{"name": part.FileName(), "type": contentType, "base64": base64.StdEncoding.EncodeToString(data)}}
	case spec.IsJSON(contentType) && json.Valid(data):
		return json.RawMessage(data)
	}
	return leaf(s, string(data))
}

// folded makes one value of all parts of a name.
func folded(s spec.Shape, all []any) any {
	if len(all) > 1 {
		return all
	}
	if raw, ok := all[0].(json.RawMessage); ok && opensJSON(string(raw)) && strings.HasPrefix(string(raw), "[") {
		return all[0] // the whole list, as JSON
	}
	if s.Admits("array") && !s.Admits("string") && !s.Admits("object") {
		return all
	}
	return all[0]
}
