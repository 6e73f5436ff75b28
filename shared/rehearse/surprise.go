package rehearse

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// surprise changes an answer's JSON where the scenario wants it: the field that a
// later step reads, or else the first that is there. Any other answer stays.
func (p *peers) surprise(resp *http.Response) *http.Response {
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if resp.StatusCode >= http.StatusBadRequest || d.Decode(&v) != nil {
		return resp
	}
	path := p.field
	if len(path) == 0 {
		path = firstField(v)
	}
	at(v, path, func(m map[string]any, name string) {
		was, there := m[name]
		switch {
		case !there:
			return
		case p.fault == FieldType:
			m[name] = otherType(was)
		default:
			delete(m, name)
		}
		p.told = true
	})
	if !p.told {
		return resp // nobody can be surprised
	}
	changed, err := json.Marshal(v)
	if err != nil {
		return resp
	}
	p.field = path
	return answer(resp.Request, resp.StatusCode, resp.Header, changed)
}

// at goes down a path, through every item of arrays on its way, and changes what is
// at its end.
func at(v any, path []string, change func(m map[string]any, name string)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			at(item, path, change)
		}
	case map[string]any:
		switch len(path) {
		case 0:
		case 1:
			change(v, path[0])
		default:
			at(v[path[0]], path[1:], change)
		}
	}
}

func firstField(v any) []string {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			return firstField(v[0])
		}
	case map[string]any:
		if names := slices.Sorted(maps.Keys(v)); len(names) > 0 {
			return names[:1]
		}
	}
	return nil
}

// otherType is a value of another type than v's.
func otherType(v any) any {
	switch v.(type) {
	case map[string]any, []any:
		return "not what the document says"
	}
	return map[string]any{"unexpected": true}
}

func fieldName(path []string) string { return strings.Join(path, ".") }
