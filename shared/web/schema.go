package web

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
)

// mapType gives the schema of types whose JSON form is not their Go form.
func mapType(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{Description: "any JSON value"}
	case reflect.TypeFor[secret.Secret]():
		return &jsonschema.Schema{Type: "string", WriteOnly: true}
	case reflect.TypeFor[apierr.Code]():
		return codeSchema()
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	if s, ok := reflect.New(t).Interface().(interface{ JSONSchema() *jsonschema.Schema }); ok {
		return s.JSONSchema()
	}
	return nil
}

// typeName names a component: the package for disambiguation, then the type
// ("connection.Connection" → "Connection", "spec.Server" → "SpecServer").
func typeName(t reflect.Type) string {
	name := t.Name()
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i] // generic instances are not shared components
	}
	if t.PkgPath() == "" {
		return name // unnamed and built-in types
	}
	pkg := path.Base(t.PkgPath())
	if strings.EqualFold(pkg, name) {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}
