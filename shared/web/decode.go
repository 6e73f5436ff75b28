package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/apierr"
)

// decode fills the input from the request; whatever does not fit is refused
// with its path.
func (e Endpoint) decode(r *http.Request, in reflect.Value) error {
	var problems []apierr.Problem
	known := map[string]bool{}
	for i := range in.NumField() {
		field, value := in.Type().Field(i), in.Field(i)
		if name := field.Tag.Get("path"); name != "" {
			value.SetString(r.PathValue(name))
		}
		if name := field.Tag.Get("query"); name != "" {
			known[name] = true
			problems = append(problems, setText(value, "query."+name, r.URL.Query()[name])...)
		}
		if name := field.Tag.Get("header"); name != "" {
			problems = append(problems, setText(value, "header."+name, r.Header.Values(name))...)
		}
	}
	for name := range r.URL.Query() {
		if !known[name] {
			problems = append(problems, apierr.Problem{Path: "query." + name, Code: "unknown_field", Message: "There is no such query parameter here."})
		}
	}
	if len(problems) > 0 {
		return apierr.New(apierr.ValidationFailed, problems[0].Message).With(problems...)
	}
	if e.body == nil {
		return nil
	}
	raw, err := e.readBody(r)
	if err != nil {
		return err
	}
	return e.body.decode(raw, in.FieldByName("Body").Addr().Interface())
}

func (e Endpoint) readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, e.Route.Body))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, apierr.Newf(apierr.PayloadTooLarge, "The body may have at most %d bytes here.", tooLarge.Limit)
		}
		return nil, apierr.Wrap(apierr.ValidationFailed, "The body could not be read to its end.", err)
	}
	if len(raw) == 0 {
		return nil, nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && !strings.HasSuffix(media, "+json")) {
		return nil, apierr.New(apierr.ValidationFailed, "Send the body as application/json.").
			With(apierr.Problem{Path: "header.Content-Type", Code: "media_type", Message: "Must be application/json."})
	}
	return raw, nil
}

// setText fills a query or header field: string, int, int64, bool or time.Time.
func setText(v reflect.Value, path string, values []string) []apierr.Problem {
	if len(values) == 0 || (len(values) == 1 && values[0] == "") {
		return nil
	}
	bad := func(code, message string) []apierr.Problem {
		return []apierr.Problem{{Path: path, Code: code, Message: message}}
	}
	if len(values) > 1 {
		return bad("repeated", path+" may be given once.")
	}
	text := values[0]
	switch v.Interface().(type) {
	case string:
		if len(text) > 2048 {
			return bad("too_long", path+" may have at most 2048 bytes.")
		}
		v.SetString(text)
	case int, int64:
		n, err := strconv.ParseInt(strings.Trim(text, `"`), 10, 64)
		if err != nil {
			return bad("type", path+" must be a whole number.")
		}
		v.SetInt(n)
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return bad("type", path+" must be true or false.")
		}
		v.SetBool(b)
	case time.Time:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return bad("format", path+" must be a time such as 2026-01-31T12:00:00Z.")
		}
		v.Set(reflect.ValueOf(t.UTC()))
	}
	return nil
}

// Paging is embedded by the inputs of lists.
type Paging struct {
	Limit  int
	Cursor string
}

// Page checks limit and cursor of a list: 1–100, default 25.
func Page(limit int, cursor string) (Paging, error) {
	if limit == 0 {
		limit = 25
	}
	if limit < 1 || limit > 100 {
		return Paging{}, apierr.New(apierr.ValidationFailed, "limit must be between 1 and 100.").
			With(apierr.Problem{Path: "query.limit", Code: "range", Message: "Must be between 1 and 100."})
	}
	return Paging{Limit: limit, Cursor: cursor}, nil
}

// decodeStrict reads JSON into dst: no duplicate and no unknown fields, names
// compared by case, one value and nothing after it.
func decodeStrict(raw []byte, dst any) error {
	err := jsonv2.Unmarshal(raw, dst, jsonv2.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(false))
	if err == nil {
		return nil
	}
	p := apierr.Problem{Path: "", Code: "json", Message: "The body is not valid JSON."}
	var semantic *jsonv2.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		p.Path = string(semantic.JSONPointer)
		p.Code, p.Message = "type", "The value here does not fit."
		if errors.Is(err, jsonv2.ErrUnknownName) {
			p.Code, p.Message = "unknown_field", "There is no such field."
		}
	case errors.As(err, &syntactic):
		p.Path = string(syntactic.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			p.Code, p.Message = "duplicate_field", "This field is given twice."
		}
	}
	detail := p.Message
	if p.Path != "" {
		detail = p.Path + ": " + p.Message
	}
	return apierr.Wrap(apierr.ValidationFailed, detail, err).With(p)
}
