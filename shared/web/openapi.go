package web

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// OpenAPI writes the contract as an OpenAPI 3.1 document, derived from the table
// of routes and the types of the endpoints. The same input gives the same bytes.
func OpenAPI(endpoints []Endpoint, version string) ([]byte, error) {
	d := &document{components: map[string]json.RawMessage{}}
	paths := map[string]map[string]any{}
	for _, row := range route.Table() {
		i := slices.IndexFunc(endpoints, func(e Endpoint) bool { return e.Route.ID == row.ID })
		if i < 0 {
			continue
		}
		op, err := d.operation(endpoints[i])
		if err != nil {
			return nil, fmt.Errorf("openapi: %s: %w", row.ID, err)
		}
		path := strings.ReplaceAll(row.Path, "...}", "}")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(row.Method)] = op
	}
	if err := d.define("Problem", reflect.TypeFor[Problem]()); err != nil {
		return nil, err
	}
	doc := map[string]any{
		"openapi":  "3.1.0",
		"info":     map[string]any{"title": "APIQ", "version": version, "description": "Connect APIs, turn a sentence into a checked plan, confirm it, watch it run.", "license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"}},
		"servers":  []any{map[string]any{"url": "/"}},
		"security": []any{map[string]any{"session": []string{}}, map[string]any{"bearer": []string{}}},
		"paths":    paths,
		"components": map[string]any{
			"schemas": d.components,
			"securitySchemes": map[string]any{
				"session":      map[string]any{"type": "apiKey", "in": "cookie", "name": SessionCookie},
				"bearer":       map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
				"provisioning": map[string]any{"type": "http", "scheme": "bearer", "description": "A token of the workspace's directory (POST /api/admin/scim/token)"},
			},
		},
	}
	raw, err := json.MarshalIndent(doc, "", "  ")
	return append(raw, '\n'), err
}

type document struct {
	components map[string]json.RawMessage
}

func (d *document) operation(e Endpoint) (map[string]any, error) {
	row := e.Route
	op := map[string]any{
		"operationId": row.ID, "summary": row.Summary, "tags": []string{row.Tag},
		"x-access": row.Access, "responses": map[string]any{},
	}
	switch row.Access {
	case route.Public:
		op["security"] = []any{}
	case route.Provisioning:
		op["security"] = []any{map[string]any{"provisioning": []string{}}}
	}
	params, err := d.parameters(e)
	if err != nil {
		return nil, err
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if field, ok := e.in.FieldByName("Body"); ok {
		schema, err := requestSchema(field.Type)
		if err != nil {
			return nil, err
		}
		op["requestBody"] = map[string]any{"required": !e.body().optional, "content": jsonContent(schema)}
	}
	responses := op["responses"].(map[string]any)
	responses[strconv.Itoa(e.status)], err = d.success(e)
	responses["default"] = map[string]any{"description": "A problem (RFC 9457)", "content": map[string]any{
		"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Problem"}}}}
	return op, err
}

func jsonContent(schema any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}

func (d *document) success(e Endpoint) (map[string]any, error) {
	if e.out == nil {
		return map[string]any{"description": "The document", "content": map[string]any{e.produces: map[string]any{}}}, nil
	}
	data, err := d.schema(e.out)
	if err != nil {
		return nil, err
	}
	properties := map[string]any{"success": map[string]any{"type": "boolean", "const": true}, "data": data}
	required := []string{"success", "data"}
	if e.out.Kind() == reflect.Slice {
		properties["meta"] = map[string]any{"type": "object", "required": []string{"nextCursor"},
			"properties": map[string]any{"nextCursor": map[string]any{"type": []string{"string", "null"}}}}
		required = append(required, "meta")
	}
	return map[string]any{"description": "Success", "content": jsonContent(map[string]any{"type": "object", "required": required, "properties": properties})}, nil
}

func (d *document) parameters(e Endpoint) ([]any, error) {
	var params []any
	for i := range e.in.NumField() {
		field := e.in.Field(i)
		for _, in := range []string{"path", "query", "header"} {
			name := field.Tag.Get(in)
			if name == "" {
				continue
			}
			schema := reflector().ReflectFromType(field.Type)
			schema.Version = ""
			if values := field.Tag.Get("enum"); values != "" {
				for v := range strings.SplitSeq(values, ",") {
					schema.Enum = append(schema.Enum, v)
				}
			}
			if in+"."+name == limitName {
				schema.Minimum, schema.Maximum, schema.Default = jsonInt(minLimit), jsonInt(maxLimit), defaultLimit
			}
			param := map[string]any{"name": name, "in": in, "required": in == "path", "schema": schema}
			if doc := field.Tag.Get("doc"); doc != "" {
				param["description"] = doc
			}
			params = append(params, param)
		}
	}
	if e.Route.Mutates {
		params = append(params, map[string]any{"name": idempotencyHeader, "in": "header", "required": false,
			"description": "Kept for 24 hours: the same key and body give the first answer again.", "schema": map[string]any{"type": "string", "maxLength": maxIdempotencyKey}})
	}
	return params, nil
}

func jsonInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// requestSchema inlines everything: a type that is also answered has other
// required fields there.
func requestSchema(t reflect.Type) (json.RawMessage, error) {
	r := reflector()
	r.DoNotReference = true
	return plain(r.ReflectFromType(t))
}

// schema refers to components; fields are required unless they may be left out.
func (d *document) schema(t reflect.Type) (json.RawMessage, error) {
	r := reflector()
	r.RequiredFromJSONSchemaTags = false
	r.AllowAdditionalProperties = true
	s := r.ReflectFromType(t)
	for name, def := range s.Definitions {
		raw, err := plain(def)
		if err != nil {
			return nil, err
		}
		if have, ok := d.components[name]; ok && string(have) != string(raw) {
			return nil, fmt.Errorf("two types named %s", name)
		}
		d.components[name] = raw
	}
	s.Definitions = nil
	return plain(s)
}

func (d *document) define(name string, t reflect.Type) error {
	r := reflector()
	r.RequiredFromJSONSchemaTags = false
	r.DoNotReference = true
	s := r.ReflectFromType(t)
	raw, err := plain(s)
	d.components[name] = raw
	return err
}

func plain(s *jsonschema.Schema) (json.RawMessage, error) {
	s.Version = ""
	raw, err := json.Marshal(s)
	return json.RawMessage(strings.ReplaceAll(string(raw), "#/$defs/", "#/components/schemas/")), err
}

// codeSchema lists the closed set of codes.
func codeSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	codes := apierr.Codes()
	slices.Sort(codes)
	for _, c := range codes {
		s.Enum = append(s.Enum, string(c))
	}
	return s
}
