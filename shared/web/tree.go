package web

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/apierr"
)

// Bounds of a body, whatever its bytes: what reads it further recurses over its
// depth and computes with its numbers.
const (
	maxDepth  = 200
	maxNumber = 400 // bytes of one number, and it must fit a float64
)

// tree reads a body once into the form that a JSON Schema is checked against,
// guided by the Go type that it is meant for: names that the type has not are
// listed and left out, and what the type keeps raw is walked but not built, so
// that a document of many megabytes inside a body costs no memory twice.
type tree struct {
	dec      *jsontext.Decoder
	problems []apierr.Problem
}

// errShape stops the reading at a fault of the JSON itself; the problem tells which.
var errShape = errors.New("web: body is not usable JSON")

// readTree gives the value and the unknown names. An error is VALIDATION_FAILED
// and stands for what makes going on useless: bad JSON, names given twice, too
// deep, numbers out of range.
func readTree(raw []byte, t reflect.Type) (any, []apierr.Problem, error) {
	r := &tree{dec: jsontext.NewDecoder(bytes.NewReader(raw))} // refuses duplicate names and invalid UTF-8
	v, err := r.value(t, true)
	if err == nil {
		if _, err = r.dec.ReadToken(); err == io.EOF { //nolint:errorlint // ReadToken gives io.EOF itself
			return v, r.problems, nil
		}
		err = errors.Join(errShape, err)
	}
	p := apierr.Problem{Path: clip(string(r.dec.StackPointer())), Code: "json", Message: "The body is not valid JSON in UTF-8."}
	var syntactic *jsontext.SyntacticError
	var refused *shapeError
	switch {
	case errors.As(err, &refused):
		p.Code, p.Message = refused.code, refused.message
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		p.Path, p.Code, p.Message = clip(string(syntactic.JSONPointer)), "duplicate_field", "This field is given twice."
	}
	return nil, nil, invalid([]apierr.Problem{p})
}

// shapeError is a fault of valid JSON that we refuse all the same.
type shapeError struct{ code, message string }

func (e *shapeError) Error() string { return e.message }

// value reads one value; build false only walks it.
func (r *tree) value(t reflect.Type, build bool) (any, error) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		_, err := r.value(nil, false)
		return true, err // its schema takes anything
	case t != nil && readsItself(t):
		t = nil // only its schema knows its names
	}
	if r.dec.StackDepth() > maxDepth {
		return nil, &shapeError{"depth", "The body is nested too deeply."}
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return r.object(t, build)
	case '[':
		return r.array(t, build)
	case '0':
		text := token.String()
		if n, err := strconv.ParseFloat(text, 64); len(text) > maxNumber || err != nil || math.IsInf(n, 0) {
			return nil, &shapeError{"number", "The number is too large or too long."}
		}
		return json.Number(text), nil
	case '"':
		if build {
			return token.String(), nil
		}
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (r *tree) object(t reflect.Type, build bool) (any, error) {
	var out map[string]any
	if build {
		out = map[string]any{}
	}
	fields, closed := fieldsOf(t)
	for r.dec.PeekKind() != '}' {
		token, err := r.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		field, known := fields[name]
		unknown := closed && !known
		if unknown {
			r.unknown(fields, name)
		}
		if t != nil && t.Kind() == reflect.Map {
			field = t.Elem()
		}
		v, err := r.value(field, build && !unknown)
		if err != nil {
			return nil, err
		}
		if build && !unknown {
			out[name] = v
		}
	}
	_, err := r.dec.ReadToken()
	return out, err
}

func (r *tree) array(t reflect.Type, build bool) (any, error) {
	var elem reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		elem = t.Elem()
	}
	out := []any{}
	for r.dec.PeekKind() != ']' {
		v, err := r.value(elem, build)
		if err != nil {
			return nil, err
		}
		if build {
			out = append(out, v)
		}
	}
	_, err := r.dec.ReadToken()
	return out, err
}

// unknown lists a name that the type has not, where the decoder stands.
func (r *tree) unknown(fields map[string]reflect.Type, name string) {
	if len(r.problems) >= maxProblems {
		return
	}
	message := "There is no such field."
	for known := range fields {
		if strings.EqualFold(known, name) {
			message = "There is no such field; did you mean " + known + "? Upper and lower case count."
		}
	}
	r.problems = append(r.problems, apierr.Problem{Path: clip(string(r.dec.StackPointer())), Code: "unknown_field", Message: message})
}

// fieldsOf are a struct's names in JSON; closed tells that there are no others.
func fieldsOf(t reflect.Type) (fields map[string]reflect.Type, closed bool) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, false
	}
	fields = map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-" || (f.Anonymous && name == ""):
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	return fields, true
}
