package wire

import (
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// path reads a placeholder in the styles simple, label and matrix.
func (r *reader) path(p spec.Parameter, s spec.Shape, raw string) (any, bool) {
	sep := ","
	switch p.Style {
	case "label":
		rest, ok := strings.CutPrefix(raw, ".")
		if !ok {
			r.fault("/parameters/"+pointer(p.Name), "style", "The value must begin with a full stop (style label).")
			return ofPath(raw), true
		}
		if raw = rest; p.Explode {
			sep = "."
		}
	case "matrix":
		return r.matrix(p, s, raw)
	}
	return delimited(p, s, raw, sep, ofPath), true
}

// delimited reads a value that is one text.
func delimited(p spec.Parameter, s spec.Shape, raw, sep string, decode func(string) string) any {
	if p.ContentType != "" {
		return media(p.ContentType, decode(raw))
	}
	if list, object := listed(s); list || object {
		return split(s, p.Explode, parts(raw, sep), decode)
	}
	return leaf(s, decode(raw))
}

// matrix reads ;name=value, repeated where it is exploded.
func (r *reader) matrix(p spec.Parameter, s spec.Shape, raw string) (any, bool) {
	rest, ok := strings.CutPrefix(raw, ";")
	list, object := listed(s)
	name, value, named := strings.Cut(rest, "=")
	if !ok || ofPath(name) != p.Name && (!p.Explode || !object) || !named && rest != p.Name {
		r.fault("/parameters/"+pointer(p.Name), "style", "The value must be written as ;"+p.Name+"=… (style matrix).")
		return ofPath(raw), true
	}
	if !p.Explode || !list && !object {
		return delimited(spec.Parameter{ContentType: p.ContentType}, s, value, ",", ofPath), true
	}
	var each []string
	for part := range strings.SplitSeq(rest, ";") {
		if !object {
			_, part, _ = strings.Cut(part, "=")
		}
		each = append(each, part)
	}
	return split(s, true, each, ofPath), true
}

// header reads a header field in style simple; its value is not percent-encoded.
func (r *reader) header(p spec.Parameter, s spec.Shape) (any, bool) {
	values := r.in.Header.Values(p.Name)
	if len(values) == 0 {
		return nil, false
	}
	text := strings.Join(values, ",")
	return delimited(p, s, text, ",", strings.TrimSpace), true
}

// cookie reads a cookie; the parts of a list are encoded like the comma that
// stands between them.
func (r *reader) cookie(p spec.Parameter, s spec.Shape) (any, bool) {
	c, err := (&http.Request{Header: r.in.Header}).Cookie(p.Name)
	if err != nil {
		return nil, false
	}
	p.Explode = false // a cookie has one value, so that the writer does not heed it
	return delimited(p, s, ofPath(c.Value), ",", asIs), true
}

// pointer escapes a name for a JSON Pointer (RFC 6901).
func pointer(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }
