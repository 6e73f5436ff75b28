// Package web owns how a route speaks HTTP: typed endpoints, decoding and
// checking of input, the envelope, problems (RFC 9457), the middleware that each
// request passes, and the OpenAPI document. It never decides anything of a domain.
package web

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/apiq/apiq/shared/route"
)

// Reply is what a typed handler answers.
type Reply[T any] struct {
	// Status defaults to 200.
	Status int
	Data   T
	// Next is a list's cursor; Paged puts meta.nextCursor into the answer, null at the end.
	Next  string
	Paged bool
	// Version, when set, is sent as the ETag.
	Version int64
	Cookies []*http.Cookie
}

// OK answers 200 with data.
func OK[T any](data T) (*Reply[T], error) { return &Reply[T]{Data: data}, nil }

// Created answers 201 with data and its version.
func Created[T any](data T, version int64) (*Reply[T], error) {
	return &Reply[T]{Status: http.StatusCreated, Data: data, Version: version}, nil
}

// Accepted answers 202 with data.
func Accepted[T any](data T) (*Reply[T], error) {
	return &Reply[T]{Status: http.StatusAccepted, Data: data}, nil
}

// List answers a page.
func List[T any](items []T, next string) (*Reply[[]T], error) {
	if items == nil {
		items = []T{}
	}
	return &Reply[[]T]{Data: items, Next: next, Paged: true}, nil
}

// None is the input of a handler that takes none, and the data of one that has none to give.
type None struct{}

// Endpoint binds a route to its handler, with the types that the OpenAPI document shows.
type Endpoint struct {
	Route route.Route
	in    reflect.Type
	out   reflect.Type
	// Status of success, for the document.
	status int
	serve  func(w http.ResponseWriter, r *http.Request) error
	// fault writes an error where the route speaks a protocol that has its own form.
	fault func(w http.ResponseWriter, requestID string, err error)
	// produces is the media type of a raw endpoint's answer.
	produces string
	body     func() *bodyType // nil: the endpoint reads none
}

// Bind makes an endpoint of a typed handler. The input's fields are filled from
// the path (`path:"id"`), the query (`query:"limit"`), headers
// (`header:"If-Match"`) and, for the field named Body, the JSON body.
// It panics when the route is not in the table or the types do not fit: a
// mistake of the programmer that the first start shows.
func Bind[In, Out any](routeID string, status int, fn func(ctx context.Context, in *In) (*Reply[Out], error)) Endpoint {
	e := endpoint(routeID, status, reflect.TypeFor[In](), reflect.TypeFor[Out]())
	e.serve = func(w http.ResponseWriter, r *http.Request) error {
		in := new(In)
		if err := e.decode(r, reflect.ValueOf(in).Elem()); err != nil {
			return err
		}
		reply, err := fn(r.Context(), in)
		if err != nil {
			return err
		}
		return writeReply(w, status, reply)
	}
	return e
}

// Answers says which status of success a raw endpoint has, where it is not 200.
func (e Endpoint) Answers(status int) Endpoint {
	e.status = status
	return e
}

// Faults gives a route that speaks another protocol that protocol's form of errors, for
// those of the middleware too.
func (e Endpoint) Faults(write func(w http.ResponseWriter, requestID string, err error)) Endpoint {
	e.fault = write
	return e
}

func (e Endpoint) writeError(w http.ResponseWriter, requestID string, err error) {
	if e.fault != nil {
		e.fault(w, requestID, err)
		return
	}
	WriteError(w, requestID, err)
}

// BindRaw makes an endpoint that writes its answer itself, of one media type.
func BindRaw[In any](routeID, produces string, fn func(w http.ResponseWriter, r *http.Request, in *In) error) Endpoint {
	e := endpoint(routeID, http.StatusOK, reflect.TypeFor[In](), nil)
	e.produces = produces
	e.serve = func(w http.ResponseWriter, r *http.Request) error {
		in := new(In)
		if err := e.decode(r, reflect.ValueOf(in).Elem()); err != nil {
			return err
		}
		return fn(w, r, in)
	}
	return e
}

func endpoint(routeID string, status int, in, out reflect.Type) Endpoint {
	row, ok := route.ByID(routeID)
	if !ok {
		panic("web: no route " + routeID)
	}
	e := Endpoint{Route: row, in: in, out: out, status: status}
	if field, ok := in.FieldByName("Body"); ok {
		if row.Body == 0 {
			panic("web: route " + routeID + " takes no body")
		}
		e.body = newBodyType(field.Type)
	}
	for i := range in.NumField() {
		field := in.Field(i)
		if name := field.Tag.Get("path"); name != "" && (field.Type.Kind() != reflect.String || !slices.Contains(row.Parameters(), name)) {
			panic("web: route " + routeID + " has no text parameter " + name + " in its path")
		}
		if field.Tag.Get("query")+field.Tag.Get("header") != "" && !settable(field.Type) {
			panic("web: route " + routeID + ": " + field.Name + " is of a type that no text is read into")
		}
	}
	return e
}

// Only leaves the endpoint of one route: a function serves no more.
func Only(all []Endpoint, routeID string) ([]Endpoint, error) {
	for _, e := range all {
		if e.Route.ID == routeID {
			return []Endpoint{e}, nil
		}
	}
	return nil, fmt.Errorf("web: no endpoint of route %s", routeID)
}
