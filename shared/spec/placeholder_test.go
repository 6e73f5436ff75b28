package spec

import "testing"

// TestPlaceholders: the parameters of a path are those that it has a place for.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, parameters string
		read, want       string // as TestLooseOperations has them
	}{
		"declared":               {"/a/{id}", `{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}`, "path id! integer", ""},
		"not declared":           {"/a/{id}/b/{n}", `{"name":"n","in":"path","required":true,"schema":{"type":"integer"}}`, "path n! integer, path id! string", "undeclared_parameter"},
		"not declared, twice":    {"/a/{id}/b/{id}", ``, "path id! string", "undeclared_parameter"},
		"declared elsewhere":     {"/a/{id}", `{"name":"id","in":"query","schema":{"type":"integer"}}`, "query id integer, path id! string", "undeclared_parameter"},
		"leads out":              {"/a/{id}", `{"$ref":"other.json#/id"}`, "path id! string", "undeclared_parameter remote_ref"},
		"without a place":        {"/a", `{"name":"account","in":"path","required":true,"schema":{}},{"name":"q","in":"query","schema":{}}`, "query q ", "odd_parameter"},
		"in another case":        {"/a/{refId}", `{"name":"RefId","in":"path","required":true,"schema":{"type":"string"}}`, "path refId! string", "odd_parameter"},
		"in both cases":          {"/a/{id}/{ID}", `{"name":"ID","in":"path","required":true,"schema":{"type":"integer"}}`, "path ID! integer, path id! string", "undeclared_parameter"},
		"with operators":         {"/a/{+name}/{rest*}", `{"name":"rest","in":"path","required":true,"schema":{"type":"integer"}}`, "path rest! integer, path name! string", "undeclared_parameter"},
		"braces that are none":   {"/a/{}/{b", ``, "", ""},
		"in a query or fragment": {"/a?x={x}#{y}", ``, "", ""},
	} {
		d := mustParse(t, `{"openapi":"3.0.3","info":{"title":"t"},"paths":{"`+c.path+`":{"get":{"operationId":"a","parameters":[`+c.parameters+`]}}}}`)
		if got := read(d, mustOperation(t, d, "a")); got != c.read {
			t.Errorf("%s: got %q, want %q", name, got, c.read)
		}
		told := ""
		for i, w := range d.Warnings() {
			if i > 0 {
				told += " "
			}
			told += w.Code
			if w.Path == "" {
				t.Errorf("%s: %s is nowhere", name, w.Code)
			}
		}
		if told != c.want {
			t.Errorf("%s: told %q, want %q", name, told, c.want)
		}
	}
}
