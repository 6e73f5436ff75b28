package spec

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const petsV2 = `
swagger: "2.0"
info: {title: Pets, version: "1"}
host: pets.example.com
basePath: /v1
schemes: [http, https, wss]
consumes: [application/json]
produces: [application/xml, application/json]
parameters: {Limit: {name: limit, in: query, type: integer, minimum: 1}}
definitions: {Pet: {type: object, properties: {name: {type: string}}}}
responses: {Missing: {description: none}}
securityDefinitions:
  basic: {type: basic}
  key: {type: apiKey, in: query, name: k}
  app: {type: oauth2, flow: application, tokenUrl: https://example.com/t, scopes: {a: A}}
  code: {type: oauth2, flow: accessCode, authorizationUrl: https://example.com/a, tokenUrl: https://example.com/t}
security: [{basic: []}]
paths:
  /pets:
    get:
      operationId: list
      schemes: [https]
      parameters:
        - {$ref: '#/parameters/Limit'}
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: ids, in: query, type: array, items: {type: integer}, collectionFormat: pipes}
        - {name: csv, in: header, type: array, items: {type: string}}
      responses:
        200:
          description: ok
          schema: {type: array, items: {$ref: '#/definitions/Pet'}}
          headers: {X-Next: {type: string, description: cursor}}
          examples: {application/json: [{name: Rex}]}
        404: {$ref: '#/responses/Missing'}
    post:
      operationId: create
      security: []
      parameters: [{name: pet, in: body, required: true, description: the pet, schema: {$ref: '#/definitions/Pet'}}]
      responses: {201: {description: made}}
  /pets/{id}/photo:
    post:
      operationId: photo
      consumes: [multipart/form-data]
      produces: [image/png]
      parameters:
        - {name: id, in: path, required: true, type: string}
        - {name: file, in: formData, type: file, required: true, description: a picture}
        - {name: labels, in: formData, type: array, items: {type: string}, collectionFormat: multi}
      responses: {200: {description: ok, schema: {type: file}}}
  /login:
    post:
      operationId: login
      parameters: [{name: user, in: formData, type: string, maxLength: 9}]
      responses: {}
`

func TestSwagger2(t *testing.T) {
	t.Parallel()
	d := mustParse(t, petsV2)
	if len(d.Warnings()) > 0 {
		t.Errorf("warnings: %v", d.Warnings())
	}
	array := func(of string) json.RawMessage {
		return json.RawMessage(`{"type":"array","items":{"type":"` + of + `"}}`)
	}
	list := json.RawMessage(`{"type":"array","items":{"$ref":"#/definitions/Pet"}}`)
	for id, want := range map[string]*Operation{
		"list": {
			Summary: Summary{ID: "list", Method: "GET", Path: "/pets"},
			Parameters: []Parameter{
				{Name: "limit", In: "query", Schema: json.RawMessage(`{"type":"integer","minimum":1}`), Style: "form"},
				{Name: "tags", In: "query", Schema: array("string"), Style: "form", Explode: true},
				{Name: "ids", In: "query", Schema: array("integer"), Style: "pipeDelimited"},
				{Name: "csv", In: "header", Schema: array("string"), Style: "simple"},
			},
			Responses: []Response{
				{
					Status: "200", Description: "ok",
					Headers: map[string]json.RawMessage{"X-Next": json.RawMessage(`{"description":"cursor","schema":{"type":"string"}}`)},
					Content: []MediaType{{Type: "application/xml", Schema: list}, {Type: "application/json", Schema: list, Example: json.RawMessage(`[{"name":"Rex"}]`)}},
				},
				{Status: "404", Description: "none"},
			},
			Security: []Requirement{{"basic": {}}},
			Servers:  []Server{{URL: "https://pets.example.com/v1"}},
		},
		"create": {
			Summary:   Summary{ID: "create", Method: "POST", Path: "/pets"},
			Body:      &Body{Required: true, Description: "the pet", Content: []MediaType{{Type: "application/json", Schema: json.RawMessage(`{"$ref":"#/definitions/Pet"}`)}}},
			Responses: []Response{{Status: "201", Description: "made"}},
			Servers:   []Server{{URL: "https://pets.example.com/v1"}, {URL: "http://pets.example.com/v1"}},
		},
		"photo": {
			Summary:    Summary{ID: "photo", Method: "POST", Path: "/pets/{id}/photo"},
			Parameters: []Parameter{{Name: "id", In: "path", Required: true, Schema: json.RawMessage(`{"type":"string"}`), Style: "simple"}},
			Body: &Body{Required: true, Content: []MediaType{{
				Type:     "multipart/form-data",
				Schema:   json.RawMessage(`{"type":"object","properties":{"file":{"type":"string","format":"binary","description":"a picture"},"labels":{"type":"array","items":{"type":"string"}}},"required":["file"]}`),
				Encoding: map[string]json.RawMessage{"labels": json.RawMessage(`{"style":"form","explode":true}`)},
			}}},
			Responses: []Response{{Status: "200", Description: "ok", Content: []MediaType{{Type: "image/png", Schema: json.RawMessage(`{"type":"string","format":"binary"}`)}}}},
			Security:  []Requirement{{"basic": {}}},
			Servers:   []Server{{URL: "https://pets.example.com/v1"}, {URL: "http://pets.example.com/v1"}},
		},
		"login": {
			Summary: Summary{ID: "login", Method: "POST", Path: "/login"},
			Body: &Body{Content: []MediaType{{
				Type:   "application/x-www-form-urlencoded",
				Schema: json.RawMessage(`{"type":"object","properties":{"user":{"type":"string","maxLength":9}}}`),
			}}},
			Security: []Requirement{{"basic": {}}},
			Servers:  []Server{{URL: "https://pets.example.com/v1"}, {URL: "http://pets.example.com/v1"}},
		},
	} {
		got := mustOperation(t, d, id)
		if len(got.Security) == 0 {
			got.Security = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	wantSchemes := map[string]SecurityScheme{
		"basic": {Type: "http", Scheme: "basic"},
		"key":   {Type: "apiKey", In: "query", Name: "k"},
		"app":   {Type: "oauth2", Flows: map[string]Flow{"clientCredentials": {TokenURL: "https://example.com/t", Scopes: map[string]string{"a": "A"}}}},
		"code":  {Type: "oauth2", Flows: map[string]Flow{"authorizationCode": {AuthorizationURL: "https://example.com/a", TokenURL: "https://example.com/t"}}},
	}
	if diff := cmp.Diff(wantSchemes, d.Info().SecuritySchemes); diff != "" {
		t.Errorf("schemes (-want +got):\n%s", diff)
	}
}

func TestSwagger2Servers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		host, base string
		schemes    []string
		want       []string
	}{
		{"", "", nil, nil},
		{"", "/", nil, nil},
		{"", "/v1", []string{"https"}, []string{"/v1"}},
		{"api.example.com", "", nil, []string{"https://api.example.com"}},
		{"api.example.com", "v1", []string{"http"}, []string{"http://api.example.com/v1"}},
		{"api.example.com/", "/v1", []string{"ws"}, []string{"https://api.example.com/v1"}},
		{"localhost:8080", "/", nil, []string{"http://localhost:8080/"}},
		{"http://api.example.com", "/v1", []string{"https"}, []string{"http://api.example.com/v1"}},
	} {
		v := swagger2{host: tc.host, base: tc.base}
		var got []string
		for _, s := range v.servers(tc.schemes) {
			got = append(got, s.URL)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tc, diff)
		}
	}
}
