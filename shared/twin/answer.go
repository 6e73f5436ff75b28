package twin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

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

// success picks the operation's answer: the first 2xx that has JSON, else the
// first, else the default.
func success(op *spec.Operation) (status int, media spec.MediaType, described bool) {
	for _, r := range op.Responses {
		n, err := strconv.Atoi(r.Status)
		switch {
		case err == nil && n >= 200 && n < 300:
		case strings.EqualFold(r.Status, "2XX"), r.Status == "default" && !described:
			n = http.StatusOK
		default:
			continue
		}
		this := jsonFirst(r.Content)
		if !described || !givesJSON(media.Type) && givesJSON(this.Type) && n != http.StatusNoContent {
			status, media, described = n, this, true
		}
	}
	if !described {
		status = http.StatusOK
	}
	return status, media, described
}

func jsonFirst(content []spec.MediaType) spec.MediaType {
	for _, c := range content {
		if givesJSON(c.Type) {
			return c
		}
	}
	if len(content) > 0 {
		return content[0]
	}
	return spec.MediaType{}
}

// answerSchema is what the document says of the operation's answer; nil where it
// says nothing, or the answer is no JSON.
func answerSchema(op *spec.Operation) json.RawMessage {
	if _, media, _ := success(op); givesJSON(media.Type) {
		return media.Schema
	}
	return nil
}

// give encodes a value as the operation's answer. An answer that does not fit
// the document is never given: it is mended, and where that fails the twin says
// so instead, with 501.
func (t *Twin) give(op *spec.Operation, value any) answer {
	status, media, _ := success(op)
	if media.Type == "" || status == http.StatusNoContent {
		return answer{status: status}
	}
	if !givesJSON(media.Type) {
		return answer{status: status, media: media.Type, body: plainBody(media.Type)}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return *refusal(http.StatusInternalServerError, "The twin could not encode its answer.", nil)
	}
	if media.Schema != nil {
		value = decode(raw)
		if problems, checked := t.doc.ValidateAs(spec.Answered, media.Schema, value); checked && len(problems) > 0 {
			var mended any
			ok := false
			if !t.hopeless[string(media.Schema)] {
				mended, ok = t.doc.Mend(spec.Answered, media.Schema, value, t.opts.Seed)
			}
			if !ok {
				return *refusal(http.StatusNotImplemented, "The twin has no valid answer: what it made does not fit the document.", problems)
			}
			if raw, err = json.Marshal(mended); err != nil {
				return *refusal(http.StatusInternalServerError, "The twin could not encode its answer.", nil)
			}
		}
	}
	media.Type = concrete(media.Type)
	return answer{status: status, media: media.Type, body: raw}
}

// concrete names what is sent where the document allows a range.
func concrete(media string) string {
	if strings.Contains(media, "*") {
		return "application/json"
	}
	return media
}
