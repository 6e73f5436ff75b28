package twin

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

// answer is what goes back.
type answer struct {
	status int
	media  string
	body   []byte
}

func (a answer) write(w http.ResponseWriter) {
	if a.media != "" {
		w.Header().Set("Content-Type", a.media)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that left is no fault here
}

// refusal is an error of the twin's own, in no API's particular shape.
func refusal(status int, message string, problems []apierr.Problem) *answer {
	raw, _ := json.Marshal(map[string]any{"code": status, "message": message, "errors": problems})
	return &answer{status: status, media: "application/json", body: raw}
}

// success picks the operation's answer: the first 2xx, else the default.
func success(op *spec.Operation) (status int, media spec.MediaType, described bool) {
	for _, r := range op.Responses {
		n, err := strconv.Atoi(r.Status)
		switch {
		case err == nil && n >= 200 && n < 300:
		case r.Status == "2XX" || r.Status == "2xx" || r.Status == "default":
			n = http.StatusOK
		default:
			continue
		}
		return n, jsonFirst(r.Content), true
	}
	return http.StatusOK, spec.MediaType{}, false
}

func jsonFirst(content []spec.MediaType) spec.MediaType {
	for _, c := range content {
		if isJSON(c.Type) {
			return c
		}
	}
	if len(content) > 0 {
		return content[0]
	}
	return spec.MediaType{}
}

// give encodes a value as the operation's answer. An answer that does not fit
// the document is never given: the twin says so instead.
func (t *Twin) give(op *spec.Operation, value any) answer {
	status, media, _ := success(op)
	if media.Type == "" || status == http.StatusNoContent {
		return answer{status: status}
	}
	if !isJSON(media.Type) {
		return answer{status: status, media: media.Type, body: plainBody(media.Type)}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return *refusal(http.StatusInternalServerError, "The twin could not encode its answer.", nil)
	}
	if problems, checked := t.doc.Validate(media.Schema, decode(raw)); checked && len(problems) > 0 {
		return *refusal(http.StatusInternalServerError, "The twin's answer does not fit the document.", problems)
	}
	return answer{status: status, media: media.Type, body: raw}
}
