package trigger

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
)

// dataOf is what a body says: a JSON value, the fields of a form, or text. A form's
// payload field that holds JSON, as GitHub and Slack send it, is that JSON.
func dataOf(contentType string, body []byte) (json.RawMessage, error) {
	media, _, _ := mime.ParseMediaType(contentType) // one that cannot be read is none
	switch {
	case !utf8.Valid(body):
		return nil, apierr.New(apierr.ValidationFailed, "The body is neither JSON, nor a form, nor text.")
	case media == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, apierr.New(apierr.ValidationFailed, "The body is not a form.")
		}
		if p := form["payload"]; len(form) == 1 && len(p) == 1 && json.Valid([]byte(p[0])) {
			return json.RawMessage(p[0]), nil
		}
		fields := map[string]any{}
		for name, values := range form {
			fields[name] = values
			if len(values) == 1 {
				fields[name] = values[0]
			}
		}
		return json.Marshal(fields)
	case len(body) > 0 && json.Valid(body):
		return json.RawMessage(body), nil
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return nil, apierr.New(apierr.ValidationFailed, "The body is not JSON.")
	}
	return text(string(body)), nil
}

// challenge is what Slack wants to hear back ("Using the Events API": url_verification).
func challenge(k Kind, raw []byte) string {
	var ask struct{ Type, Challenge string }
	if k != KindSlack || json.Unmarshal(raw, &ask) != nil || ask.Type != "url_verification" || len(ask.Challenge) > maxText {
		return ""
	}
	return ask.Challenge
}

// Bounds of the headers that a run may see.
const (
	maxHeaders     = 32
	maxHeaderValue = 512
)

// told are the headers that senders put facts of the event in: their own X- ones.
// They are not signed. Never a signature, never a credential.
func told(h http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		lower := strings.ToLower(name)
		own := strings.HasPrefix(lower, "x-") && !strings.HasPrefix(lower, "x-forwarded") && !strings.HasPrefix(lower, "x-amz") && lower != "x-real-ip"
		for _, secret := range []string{"signature", "token", "auth", "key", "secret", "cookie", "password"} {
			own = own && !strings.Contains(lower, secret)
		}
		if own && len(values) == 1 && len(values[0]) <= maxHeaderValue && utf8.ValidString(values[0]) && len(out) < maxHeaders {
			out[lower] = values[0]
		}
	}
	return out
}
