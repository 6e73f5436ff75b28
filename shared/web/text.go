package web

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// maxTextValue is the longest query or header value that is read.
const maxTextValue = 2048

// Bounds of every list's limit.
const (
	minLimit, maxLimit, defaultLimit = 1, 100, 25
	limitName                        = "query.limit"
)

// settable lists the types that setText reads.
func settable(t reflect.Type) bool {
	switch reflect.New(t).Elem().Interface().(type) {
	case string, int, int64, bool, time.Time:
		return true
	}
	return false
}

// setText fills a query or header field: string, int, int64, bool or time.Time.
// An empty text is as none, but for numbers.
func setText(v reflect.Value, tag reflect.StructTag, path string, values []string) []apierr.Problem {
	bad := func(code, message string) []apierr.Problem {
		return []apierr.Problem{{Path: path, Code: code, Message: message}}
	}
	switch {
	case len(values) == 0:
		return nil
	case len(values) > 1:
		return bad("repeated", "May be given once.")
	case len(values[0]) > maxTextValue:
		return bad("too_long", "May have at most 2048 bytes.")
	case !plainText(values[0]):
		return bad("encoding", "Must be UTF-8 without NUL.")
	}
	text := values[0]
	switch v.Interface().(type) {
	case int, int64:
		return setNumber(v, path, text, bad)
	}
	if text == "" {
		return nil
	}
	switch v.Interface().(type) {
	case string:
		if allowed := tag.Get("enum"); allowed != "" && !slices.Contains(strings.Split(allowed, ","), text) {
			return bad("enum", "Must be one of "+strings.ReplaceAll(allowed, ",", ", ")+".")
		}
		v.SetString(text)
	case bool:
		if text != "true" && text != "false" {
			return bad("type", "Must be true or false.")
		}
		v.SetBool(text == "true")
	case time.Time:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return bad("format", "Must be a time such as 2026-01-31T12:00:00Z.")
		}
		v.Set(reflect.ValueOf(t.UTC()))
	}
	return nil
}

func setNumber(v reflect.Value, path, text string, bad func(code, message string) []apierr.Problem) []apierr.Problem {
	if strings.HasPrefix(path, "header.If-") {
		return setVersion(v, text, bad)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return bad("type", "Must be a whole number.")
	}
	if path == limitName && (n < minLimit || n > maxLimit) {
		return bad("range", "Must be between 1 and 100.")
	}
	v.SetInt(n)
	return nil
}

// setVersion reads a condition on a version: 3, as in the resource, or "3", as in
// the ETag (RFC 9110, 13.1.1). * asks only that there be one, and is zero here.
// A weak tag never fits, since only whole versions are compared.
func setVersion(v reflect.Value, text string, bad func(code, message string) []apierr.Problem) []apierr.Problem {
	if text == "*" {
		return nil
	}
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		if text, ok = strings.CutSuffix(inner, `"`); !ok {
			text = ""
		}
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 {
		return bad("type", `Must be one version, such as 3 or "3".`)
	}
	v.SetInt(int64(n))
	return nil
}

// Paging is a list's checked limit and cursor.
type Paging struct {
	Limit  int
	Cursor string
}

// Page checks limit and cursor of a list: 1–100; zero, for none given, is 25.
func Page(limit int, cursor string) (Paging, error) {
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < minLimit || limit > maxLimit {
		return Paging{}, invalid([]apierr.Problem{{Path: limitName, Code: "range", Message: "Must be between 1 and 100."}})
	}
	return Paging{Limit: limit, Cursor: cursor}, nil
}
