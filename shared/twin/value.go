package twin

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"
)

func isJSON(media string) bool {
	m, _, err := mime.ParseMediaType(media)
	return err == nil && (m == "application/json" || strings.HasSuffix(m, "+json") || m == "*/*")
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
