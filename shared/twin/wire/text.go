package wire

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// leaf is a value that one text stands for: itself, or the JSON that nested values
// are written as in styles that have no form for them.
func leaf(s spec.Shape, text string) any {
	if (s.Admits("object") || s.Admits("array")) && !s.Admits("string") && opensJSON(text) && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

func opensJSON(text string) bool {
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// media is a value that was written as a media type.
func media(mediaType, text string) any {
	quoted := strings.HasPrefix(text, `"`)
	if (spec.IsJSON(mediaType) || quoted || opensJSON(text)) && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// listed says whether the parts of a delimited text are elements, or an object's
// names and values in turn; neither where it is one text.
func listed(s spec.Shape) (list, object bool) {
	if s.Admits("string") {
		return false, false
	}
	list = s.Admits("array")
	return list, !list && s.Admits("object")
}

// split reads a delimited text whose parts decode takes out of their encoding.
func split(s spec.Shape, explode bool, parts []string, decode func(string) string) any {
	list, object := listed(s)
	switch {
	case list:
		items := s.Elements()
		out := []any{}
		for _, part := range parts {
			out = append(out, leaf(items, decode(part)))
		}
		return out
	case object && explode:
		out := map[string]any{}
		for _, part := range parts {
			name, text, _ := strings.Cut(part, "=")
			put(out, s, decode(name), decode(text))
		}
		return out
	case object:
		out := map[string]any{}
		for i := 0; i+1 < len(parts); i += 2 {
			put(out, s, decode(parts[i]), decode(parts[i+1]))
		}
		return out
	}
	return leaf(s, decode(strings.Join(parts, "")))
}

func put(out map[string]any, s spec.Shape, name, text string) {
	at, _ := s.At(name)
	out[name] = leaf(at, text)
}

// parts cuts a text; an empty one has none.
func parts(text, sep string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, sep)
}

// ofPath and ofQuery take a text out of its percent-encoding; what is none stays.
func ofPath(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

func ofQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func asIs(text string) string { return text }
