package call

import (
	"net/http"
	"strings"
)

// plainHeaders gives an answer's header as expressions see it: names in lower
// case, repeated values joined.
func plainHeaders(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
	}
	return out
}
