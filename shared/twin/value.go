package twin

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// givesJSON says whether JSON is an answer of a media type, which may be a range.
func givesJSON(media string) bool {
	return spec.IsJSON(media) || bare(media) == "*/*"
}

func plainBody(media string) []byte {
	if strings.HasPrefix(media, "image/png") {
		// The smallest valid PNG: one transparent pixel.
		return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82")
	}
	return []byte("twin\n")
}

// decode reads JSON with numbers as written.
func decode(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	return v
}

// plain gives a value the types that decode gives.
func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return decode(raw)
}

// maxNesting and maxDigits bound what is computed with: what validates a value
// recurses over its depth, and takes "1e999999" at its word.
const (
	maxNesting = 100
	maxDigits  = 400
)

// usable says whether a text is a JSON number that can be computed with.
func usable(n json.Number) bool {
	if len(n) > maxDigits || !json.Valid([]byte(n)) {
		return false
	}
	_, err := n.Float64()
	return err == nil
}

// bounded says whether a value is within depth and numbers.
func bounded(v any, depth int) bool {
	if depth > maxNesting {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			if !bounded(e, depth+1) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !bounded(e, depth+1) {
				return false
			}
		}
	case json.Number:
		return usable(v)
	}
	return true
}

// sizeOf is about what a JSON value holds in memory: its text and an overhead for
// each value.
func sizeOf(v any) int64 {
	const each = 48
	n := int64(each)
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			n += int64(len(k)) + sizeOf(e)
		}
	case []any:
		for _, e := range v {
			n += sizeOf(e)
		}
	case string:
		n += int64(len(v))
	case json.Number:
		n += int64(len(v))
	}
	return n
}

// clone copies a JSON value.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// str is a scalar as it would stand in a path or query.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
