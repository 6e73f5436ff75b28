package arazzo_test

import (
	"context"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow/arazzo"
)

// shop and mail are the APIs of the tests.
const shop = `
openapi: 3.0.3
info: {title: Shop API, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: status, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses: {"200": {description: ok}}
    post:
      operationId: createOrder
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
      responses: {"201": {description: ok}}
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getOrder
      parameters:
        - {name: id, in: query, schema: {type: string}}
      responses: {"200": {description: ok}}
    delete:
      responses: {"204": {description: ok}}
`

const mail = `
openapi: 3.0.3
info: {title: Mail API, version: "1"}
paths:
  /messages:
    post:
      operationId: send
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: ok}}
`

// apis is a workspace with two connections.
type apis map[string]*spec.Document

func workspace(t testing.TB) apis {
	t.Helper()
	a := apis{}
	for id, text := range map[string]string{"con_shop": shop, "con_mail": mail} {
		doc, err := spec.Parse(t.Context(), []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		a[id] = doc
	}
	return a
}

func (a apis) connection(id string) connection.Connection {
	c := connection.Connection{ID: id, Title: a[id].Info().Title, Name: map[string]string{"con_shop": "shop", "con_mail": "Our mail"}[id]}
	if id == "con_mail" {
		c.SpecURL = "https://mail.example/openapi.yaml"
	}
	return c
}

func (a apis) List(context.Context, int, string) ([]connection.Connection, string, error) {
	var all []connection.Connection
	for id := range a {
		all = append(all, a.connection(id))
	}
	return all, "", nil
}

func (a apis) Document(_ context.Context, id string) (connection.Connection, *spec.Document, error) {
	doc, ok := a[id]
	if !ok {
		return connection.Connection{}, nil, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	return a.connection(id), doc, nil
}

// places are the faults of an error, as "path code".
func places(err error) []string {
	var out []string
	for _, p := range apierr.From(err).Problems {
		out = append(out, p.Path+" "+p.Code)
	}
	return out
}

func importText(t testing.TB, text string, o *arazzo.ImportOptions) (*arazzo.Imported, error) {
	t.Helper()
	return arazzo.Import(t.Context(), []byte(text), workspace(t), o)
}
