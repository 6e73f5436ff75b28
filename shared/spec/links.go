package spec

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Link says how values of an answer fit the parameters of a further call (OpenAPI
// Specification 3.1, "Link Object").
type Link struct {
	OperationID  string `json:"operationId,omitempty"`
	OperationRef string `json:"operationRef,omitempty"`
	// Parameters are by name, before which its place may stand ("query.cursor"): a
	// runtime expression ("$response.body#/next") or a constant.
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
}

func (b *builder) links(v []byte) map[string]Link {
	var links map[string]Link
	for name, raw := range rawjson.Members(v) {
		if followed := b.follow(raw); followed != nil {
			raw = followed
		}
		var l Link
		for key, v := range rawjson.Members(raw) {
			switch string(key) {
			case "operationId":
				l.OperationID, _ = rawjson.Text(v)
			case "operationRef":
				l.OperationRef, _ = rawjson.Text(v)
			case "parameters":
				l.Parameters = rawMap(v)
			}
		}
		if links == nil {
			links = map[string]Link{}
		}
		links[string(name)] = l
	}
	return links
}

// NextLink is the link by which an answer of that status tells the operation's own next
// call: a list's next page.
func (o *Operation) NextLink(status int) (Link, bool) {
	r, ok := o.response(status)
	if !ok {
		return Link{}, false
	}
	at := "#/paths/" + escapeToken(o.Path) + "/" + strings.ToLower(o.Method)
	for _, name := range slices.Sorted(maps.Keys(r.Links)) {
		l := r.Links[name]
		if l.OperationID != o.ID && l.OperationRef != at {
			continue
		}
		for _, value := range l.Parameters {
			if strings.HasPrefix(string(value), `"$response.`) {
				return l, true
			}
		}
	}
	return Link{}, false
}
