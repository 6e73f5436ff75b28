package spec

import (
	"encoding/json"
	"strings"
)

// SuccessSchema picks the schema of the operation's successful JSON answer: 200
// and 201 before other 2xx, then 2XX, then default. ok is false when the document
// says nothing of one.
func (o *Operation) SuccessSchema() (schema json.RawMessage, ok bool) {
	best, rank := json.RawMessage(nil), 0
	for _, r := range o.Responses {
		n := successRank(r.Status)
		if n <= rank {
			continue
		}
		for _, m := range r.Content {
			if m.Schema != nil && (IsJSON(m.Type) || m.Type == "*/*" || m.Type == "application/*") {
				best, rank = m.Schema, n
				break
			}
		}
	}
	return best, best != nil
}

// successRank orders the statuses of an answer that went well, 0 for the others.
func successRank(status string) int {
	switch {
	case status == "200":
		return 6
	case status == "201":
		return 5
	case len(status) == 3 && status[0] == '2' && status != "2XX":
		return 4
	case status == "2XX":
		return 3
	case status == "default":
		return 1
	}
	return 0
}

// BodySchema picks the representation to send: JSON before form before multipart
// before others. ok is false when the operation takes no body.
func (o *Operation) BodySchema() (mediaType string, schema json.RawMessage, ok bool) {
	if o.Body == nil || len(o.Body.Content) == 0 {
		return "", nil, false
	}
	best := o.Body.Content[0]
	for _, m := range o.Body.Content[1:] {
		if bodyRank(m.Type) > bodyRank(best.Type) {
			best = m
		}
	}
	return best.Type, best.Schema, true
}

// For is the representation that a content type means, as CheckRequest takes it;
// ok is false where the operation takes none of that type.
func (b *Body) For(contentType string) (m MediaType, ok bool) {
	return mediaFor(b.Content, contentType)
}

func bodyRank(mediaType string) int {
	switch {
	case IsJSON(mediaType):
		return 4
	case strings.HasPrefix(mediaType, mediaForm):
		return 3
	case strings.HasPrefix(mediaType, mediaMultipart):
		return 2
	case mediaType == "*/*" || mediaType == "application/*":
		return 1
	}
	return 0
}
