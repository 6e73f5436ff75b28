package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
)

// maxPathValue is the longest path parameter that can name anything: operation
// ids are the longest, and a key of the table has 1,024 bytes.
const maxPathValue = 900

// AnyQuery, embedded in an input, lets parameters pass that the input does not name:
// for addresses that others send people to.
type AnyQuery struct{}

// decode fills the input from the request; whatever does not fit is refused
// with its path.
func (e Endpoint) decode(r *http.Request, in reflect.Value) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return apierr.Wrap(apierr.ValidationFailed, "The query is not percent-encoded as it should be.", err).
			With(apierr.Problem{Path: "query", Code: "encoding", Message: "Must be name=value pairs, percent-encoded, joined by &."})
	}
	var problems []apierr.Problem
	known := map[string]bool{}
	for i := range in.NumField() {
		field, value := in.Type().Field(i), in.Field(i)
		if name := field.Tag.Get("path"); name != "" {
			text := r.PathValue(name)
			if !plainText(text) || len(text) > maxPathValue {
				return apierr.New(apierr.NotFound, "There is no such thing here.")
			}
			value.SetString(text)
		}
		if name := field.Tag.Get("query"); name != "" {
			known[name] = true
			problems = append(problems, setText(value, field.Tag, "query."+name, query[name])...)
		}
		if name := field.Tag.Get("header"); name != "" {
			problems = append(problems, setText(value, field.Tag, "header."+name, r.Header.Values(name))...)
		}
	}
	if _, any := in.Type().FieldByName("AnyQuery"); !any {
		problems = append(problems, unknownParameters(query, known)...)
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	if e.body == nil {
		return nil
	}
	raw, err := e.readBody(r)
	if err != nil {
		return err
	}
	return e.body().decode(raw, in.FieldByName("Body").Addr().Interface())
}

func unknownParameters(query url.Values, known map[string]bool) []apierr.Problem {
	var names []string
	for name := range query {
		if !known[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var problems []apierr.Problem
	for _, name := range names[:min(len(names), maxProblems)] {
		problems = append(problems, apierr.Problem{Path: "query." + clip(name), Code: "unknown_field", Message: "There is no such query parameter here."})
	}
	return problems
}

// readBody reads what the route allows. Routes without a body read none.
func (e Endpoint) readBody(r *http.Request) ([]byte, error) {
	limit := e.Route.Body
	if r.Body == nil || r.Body == http.NoBody || limit == 0 {
		return nil, nil
	}
	if r.ContentLength > limit {
		return nil, bodyTooLarge(limit)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, bodyTooLarge(limit)
		}
		return nil, apierr.Wrap(apierr.ValidationFailed, "The body could not be read to its end.", err)
	}
	if len(raw) == 0 || e.body == nil {
		return raw, nil
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, invalid([]apierr.Problem{{Path: "header.Content-Encoding", Code: "encoding", Message: "Send the body uncompressed."}})
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && !strings.HasSuffix(media, "+json")) {
		return nil, invalid([]apierr.Problem{{Path: "header.Content-Type", Code: "media_type", Message: "Send the body as application/json."}})
	}
	return raw, nil
}

func bodyTooLarge(limit int64) error {
	return apierr.Newf(apierr.PayloadTooLarge, "The body may have at most %d bytes here.", limit)
}

// invalid is VALIDATION_FAILED; its detail is the first problem's.
func invalid(problems []apierr.Problem) *apierr.Error {
	detail := "The request is not valid."
	if len(problems) > 0 {
		detail = problems[0].Message
		if problems[0].Path != "" {
			detail = problems[0].Path + ": " + detail
		}
	}
	return apierr.New(apierr.ValidationFailed, detail).With(problems...)
}

// plainText says whether a text may be part of a key: UTF-8 without NUL.
func plainText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// maxEcho bounds what an answer quotes of its request.
const maxEcho = 200

func clip(s string) string {
	if len(s) > maxEcho {
		cut := maxEcho
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
