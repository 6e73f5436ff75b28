package grant

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
)

const (
	maxToken  = 16 << 10
	maxLife   = 10 * 365 * 24 * time.Hour
	maxScopes = 500
	maxShown  = 254
)

// answer is what an authorisation server gave.
type answer struct {
	access, refresh string
	// life is 0 where it does not say.
	life time.Duration
	// scopes are those granted, sorted; nil where it does not say.
	scopes []string
	// email is whose grant it is, by an ID token; "" where there is none. It is shown and
	// decides nothing, so the token's signature is not looked at: it came straight from
	// the issuer (OpenID Connect Core, 3.1.3.7, point 6).
	email string
}

// parse reads an answer of the token endpoint, as its standard says (RFC 6749, 5) or
// in one of the forms that providers give instead: a form (GitHub), numbers as text,
// scopes with commas or as a list, an error in a 200 (Slack), the token elsewhere.
func parse(status int, header http.Header, body []byte, o connection.OAuth, wait time.Duration) (answer, *fault) {
	doc, ok := decodeAnswer(header.Get("Content-Type"), body)
	code := errorCode(doc)
	if status < 200 || status >= 300 || code != "" || doc["ok"] == false {
		return answer{}, classify(status, code, wait)
	}
	pointer := o.TokenPointer
	if pointer == "" {
		pointer = "/access_token"
	}
	a := answer{access: text(at(doc, pointer))}
	if !ok || !plainToken(a.access) {
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid,
			detail: "The provider's answer holds no token where one is expected (" + pointer + "): check tokenUrl and tokenPointer."}
	}
	// What belongs to the token stands beside it, or else at the top.
	beside, _ := at(doc, pointer[:strings.LastIndexByte(pointer, '/')]).(map[string]any)
	find := func(name string) any {
		if v, ok := beside[name]; ok {
			return v
		}
		return doc[name]
	}
	if kind := strings.ToLower(text(find("token_type"))); kind == "mac" || kind == "dpop" || kind == "pop" {
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid,
			detail: "The provider gives tokens of a kind that each request must prove (" + kind + "); only bearer tokens can be used."}
	}
	if a.refresh = text(find("refresh_token")); !plainToken(a.refresh) {
		a.refresh = ""
	}
	lifetime := find("expires_in")
	if o.ExpiresInPointer != "" {
		lifetime = at(doc, o.ExpiresInPointer)
	}
	a.life = seconds(lifetime)
	a.scopes = scopesOf(find("scope"), o.ScopeSeparator)
	a.email = emailOf(text(find("id_token")))
	return a, nil
}

// decodeAnswer reads a JSON object, or else a form.
func decodeAnswer(contentType string, body []byte) (map[string]any, bool) {
	body = bytes.TrimSpace(body)
	doc := map[string]any{}
	if len(body) > 0 && body[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		return doc, d.Decode(&doc) == nil
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if media != "application/x-www-form-urlencoded" && media != "text/plain" {
		return doc, false
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return doc, false
	}
	for name, values := range form {
		doc[name] = values[0]
	}
	return doc, true
}

// errorCode is the error's name, wherever it stands; "" where there is none.
func errorCode(doc map[string]any) string {
	switch e := doc["error"].(type) {
	case string:
		return e
	case map[string]any: // {"error": {"type": …, "code": …}}
		for _, name := range []string{"code", "type", "status", "message"} {
			if code, ok := e[name].(string); ok && plainCode.MatchString(code) {
				return code
			}
		}
		return "error"
	}
	return ""
}

// at follows a JSON Pointer (RFC 6901) through objects; nil where it leads nowhere.
func at(doc map[string]any, pointer string) any {
	var v any = doc
	for i, part := range strings.Split(pointer, "/") {
		if i == 0 {
			continue
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return v
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// plainToken says whether a text can stand in a header.
func plainToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// seconds reads a life: a number, or a number as text. What is none, or not above 0,
// says nothing.
func seconds(v any) time.Duration {
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return time.Duration(min(n, maxLife.Seconds()) * float64(time.Second))
}

// scopesOf reads granted scopes: in one text, by spaces or commas whatever is asked
// with, or as a list.
func scopesOf(v any, separator string) []string {
	var all []string
	switch v := v.(type) {
	case string:
		all = strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' || separator == ";" && r == ';' })
	case []any:
		for _, s := range v {
			all = append(all, strings.TrimSpace(text(s)))
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool {
		return s == "" || len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	})
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxScopes)]
}

// emailOf is whose ID token it is.
func emailOf(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var claims map[string]any
	if json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	for _, name := range []string{"email", "upn", "preferred_username"} {
		if s := shown(text(claims[name])); s != "" {
			return s
		}
	}
	return "" // a subject alone tells a person nothing; the account's address may
}

// nameOf finds an e-mail or a name where providers put it; at a pointer, only there.
func nameOf(doc map[string]any, pointer string) string {
	if pointer != "" {
		return shown(text(at(doc, pointer)))
	}
	for _, p := range []string{"/email", "/user/email", "/data/email", "/emailAddress", "/mail", "/userPrincipalName", "/preferred_username", "/login", "/user/name", "/name", "/sub"} {
		if s := shown(text(at(doc, p))); s != "" {
			return s
		}
	}
	return ""
}

// shown is a text from outside as it may be shown: one line of bounded length.
func shown(s string) string {
	if len(s) > maxShown || strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r >= 0x202a && r <= 0x202e
	}) {
		return ""
	}
	return strings.TrimSpace(s)
}
