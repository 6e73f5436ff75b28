package call

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/spec"
)

// responseSchema is the JSON schema that the document gives for a status: the
// exact one, its class ("4XX"), or default; nil where it says nothing.
func responseSchema(op *spec.Operation, status int) json.RawMessage {
	if op == nil {
		return nil
	}
	exact := strconv.Itoa(status)
	var best json.RawMessage
	rank := 0
	for _, r := range op.Responses {
		n := 0
		switch {
		case r.Status == exact:
			n = 3
		case len(r.Status) == 3 && r.Status[0] == exact[0] && strings.EqualFold(r.Status[1:], "XX"):
			n = 2
		case r.Status == "default":
			n = 1
		}
		if n <= rank {
			continue
		}
		best, rank = nil, n
		for _, m := range r.Content {
			if m.Schema != nil && (request.IsJSON(m.Type) || strings.HasPrefix(m.Type, "*") || m.Type == "application/*") {
				best = m.Schema
				break
			}
		}
	}
	return best
}

// plainHeaders gives an answer's header as expressions see it: names in lower
// case, repeated values joined.
func plainHeaders(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
	}
	return out
}
