package spec

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestLooseOperations holds what real documents get wrong within an operation: it
// is never lost, what can be read is, and a warning says where.
func TestLooseOperations(t *testing.T) {
	t.Parallel()
	three := func(version string) func(string) string {
		return func(members string) string {
			return `{"openapi":"` + version + `","info":{"title":"t"},"paths":{"/a":{"post":{"operationId":"a",` + members + `}}}}`
		}
	}
	v30, v31 := three("3.0.3"), three("3.1.0")
	v20 := func(members string) string {
		return `{"swagger":"2.0","info":{"title":"t"},"paths":{"/a":{"post":{"operationId":"a",` + members + `}}}}`
	}
	in := func(rest string) string { return `"parameters":[{"name":"q",` + rest + `}]` }
	const first = "/paths/~1a/post/parameters/0"
	for name, tc := range map[string]struct {
		raw  string
		read string // of the operation, as told below
		want string // warnings, as code and path
	}{
		"required is text": {v30(in(`"in":"query","required":"true","schema":{"type":"string"}`)), "query q! string", "odd_type " + first + "/required"},
		"required is false as text": {v30(in(`"in":"query","required":"false","schema":{"type":"string"}`)), "query q string",
			"odd_type " + first + "/required"},
		"body required is text": {v30(`"requestBody":{"required":"true","content":{"text/plain":{"schema":{"type":"string"}}}}`), "body! text/plain string",
			"odd_type /paths/~1a/post/requestBody/required"},
		"types in 3.1":               {v31(in(`"in":"query","schema":{"type":["string","null"]}`)), "query q string|null", ""},
		"types in 3.0":               {v30(in(`"in":"query","schema":{"type":["string","null"]}`)), "query q string|null", "odd_schema " + first + "/schema/type"},
		"no schema":                  {v30(in(`"in":"query"`)), "query q ", "no_schema " + first},
		"no schema in 2.0":           {v20(in(`"in":"query"`)), "query q ", "no_schema " + first},
		"schema as in 2.0":           {v30(in(`"in":"query","type":"integer"`)), "query q integer", "no_schema " + first},
		"schema as in 3.0":           {v20(in(`"in":"query","schema":{"type":"integer"}`)), "query q integer", ""},
		"content without a schema":   {v30(in(`"in":"query","content":{"application/json":{}}`)), "query q ", ""},
		"place in upper case":        {v30(in(`"in":"Query","schema":{"type":"integer"}`)), "query q integer", "odd_parameter " + first + "/in"},
		"body as in 2.0":             {v30(in(`"in":"body","required":true,"schema":{"type":"object"}`)), "body! application/json object", "odd_parameter " + first + "/in"},
		"body as in 2.0, typed":      {v30(`"consumes":["text/plain"],` + in(`"in":"body","schema":{"type":"string"}`)), "body text/plain string", "odd_parameter " + first + "/in"},
		"form as in 2.0":             {v30(in(`"in":"formData","type":"file"`)), "body multipart/form-data object", "odd_parameter " + first + "/in"},
		"two bodies":                 {v20(`"parameters":[{"name":"b","in":"body","schema":{"type":"object"}},{"name":"c","in":"body","schema":{"type":"string"}}]`), "body application/json object", "odd_parameter /paths/~1a/post/parameters/1/in"},
		"two bodies in 3.0":          {v30(in(`"in":"body","schema":{"type":"string"}`) + `,"requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}}`), "body application/json object", "odd_parameter " + first + "/in"},
		"query string as JSON":       {three("3.2.0")(in(`"in":"querystring","content":{"application/json":{"schema":{"type":"object"}}}`)), "", "odd_parameter " + first + "/content"},
		"parameter listed twice":     {v30(`"parameters":[{"name":"q","in":"query","schema":{"type":"integer"}},{"name":"q","in":"query","schema":{"type":"string"}},{"name":"q","in":"header","schema":{}}]`), "query q integer, header q ", "odd_parameter /paths/~1a/post/parameters/1"},
		"parameter is text":          {v30(`"parameters":["q"]`), "", "odd_type " + first},
		"limits as text":             {v30(in(`"in":"query","schema":{"type":"integer","minimum":"1","maximum":"9"}`)), "query q integer 1..9", "odd_schema " + first + "/schema/minimum odd_schema " + first + "/schema/maximum"},
		"length as text":             {v30(in(`"in":"query","schema":{"type":"string","maxLength":"9"}`)), "query q string ≤9", "odd_schema " + first + "/schema/maxLength"},
		"a limit in an example":      {v30(in(`"in":"query","schema":{"type":"object"},"example":{"minimum":"1","enum":"a","type":["b"]}`)), "query q object", ""},
		"fields named as keywords":   {v30(in(`"in":"query","schema":{"type":"object","properties":{"enum":{"type":"string"},"type":{"type":"string"},"minimum":{}}}`)), "query q object", ""},
		"a discriminator's value":    {v30(in(`"in":"query","schema":{"type":"object","discriminator":{"propertyName":"a","mapping":{"enum":"#/components/schemas/A"}}}`)), "query q object", ""},
		"enum is no list":            {v30(in(`"in":"query","schema":{"type":"string","enum":"a"}`)), "query q string", "odd_schema " + first + "/schema/enum"},
		"a fault in many places":     {v30(`"parameters":[{"name":"q","in":"query","schema":{"enum":1}},{"name":"r","in":"query","schema":{"enum":2}}]`), "query q , query r ", "odd_schema " + first + "/schema/enum"},
		"statuses are numbers":       {"openapi: 3.0.3\ninfo: {title: t}\npaths: {/a: {post: {operationId: a, responses: {200: {description: ok}, 4xx: {description: no}}}}}", "200, 4XX", ""},
		"an answer leads nowhere":    {v30(`"responses":{"200":{"$ref":"#/components/responses/None"}}`), "200", "missing_ref /paths/~1a/post/responses/200/$ref"},
		"an answer is text":          {v30(`"responses":{"200":"ok"}`), "200", "odd_type /paths/~1a/post/responses/200"},
		"an answer is null":          {v30(`"responses":{"200":null}`), "200", ""},
		"answers are a list":         {v30(`"responses":[{"description":"ok"}]`), "", "odd_type /paths/~1a/post/responses"},
		"representations are a list": {v30(`"requestBody":{"content":["application/json"]}`), "body", "odd_type /paths/~1a/post/requestBody/content"},
		"body is a list":             {v30(`"requestBody":[]`), "", "odd_type /paths/~1a/post/requestBody"},
		"one tag":                    {v30(`"tags":"x"`), "#x", "odd_type /paths/~1a/post/tags"},
		"tags as objects":            {v30(`"tags":["x",{"name":"y"},null,3]`), "#x #y #3", "odd_type /paths/~1a/post/tags"},
		"no tags":                    {v30(`"tags":null`), "", ""},
		"one server":                 {v30(`"servers":{"url":"https://a.example"}`), "@https://a.example", "odd_type /paths/~1a/post/servers"},
		"a server is text":           {v30(`"servers":["https://a.example"]`), "@https://a.example", "odd_server /paths/~1a/post/servers"},
		"deprecated is text":         {v30(`"deprecated":"yes"`), "", "odd_type /paths/~1a/post/deprecated"},
		"unknown fields":             {v30(`"colour":"red","x-any":{"$ref":"nowhere"}`), "", ""},
		"the query method early":     {`{"openapi":"3.1.0","info":{"title":"t"},"paths":{"/a":{"query":{"operationId":"a"}}}}`, "", "method_version /paths/~1a/query"},
		"more operations early":      {`{"openapi":"3.1.0","info":{"title":"t"},"paths":{"/a":{"additionalOperations":{"COPY":{"operationId":"a"}}}}}`, "", "method_version /paths/~1a/additionalOperations"},
		"a field's method":           {`{"openapi":"3.2.0","info":{"title":"t"},"paths":{"/a":{"additionalOperations":{"GET":{"operationId":"a"}}}}}`, "", "method_case /paths/~1a/additionalOperations/GET"},
		"more operations are a list": {`{"openapi":"3.2.0","info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a"},"additionalOperations":[]}}}`, "", "odd_type /paths/~1a/additionalOperations"},
		"what a path states": {`{"openapi":"3.0.3","info":{"title":"t"},"paths":{"/a":{"parameters":[{"name":"q","in":"query"}],"get":{"operationId":"a"},"put":{"operationId":"b"}}}}`,
			"query q ", "no_schema /paths/~1a/parameters/0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, tc.raw)
			if got := read(d, mustOperation(t, d, "a")); got != tc.read {
				t.Errorf("read: got %q, want %q", got, tc.read)
			}
			var told []string
			for _, w := range d.Warnings() {
				told = append(told, w.Code+" "+w.Path)
				if w.Message == "" {
					t.Errorf("%s says nothing", w.Code)
				}
			}
			if got := strings.Join(told, " "); got != tc.want {
				t.Errorf("warnings: got %q, want %q", got, tc.want)
			}
		})
	}
}

// read writes what was read of an operation in a line.
func read(d *Document, op *Operation) string {
	kind := func(schema json.RawMessage) string {
		s := d.Shape(schema)
		text, b := " "+strings.Join(s.Types(), "|"), s.Bounds()
		if b.Minimum != nil && b.Maximum != nil {
			text += " " + itoa(int(*b.Minimum)) + ".." + itoa(int(*b.Maximum))
		}
		if b.MaxLength != nil {
			text += " ≤" + itoa(*b.MaxLength)
		}
		return text
	}
	var list []string
	must := map[bool]string{true: "!"}
	for _, p := range op.Parameters {
		list = append(list, p.In+" "+p.Name+must[p.Required]+kind(p.Schema))
	}
	if op.Body != nil {
		line := "body" + must[op.Body.Required]
		for _, m := range op.Body.Content {
			line += " " + m.Type + kind(m.Schema)
		}
		list = append(list, line)
	}
	for _, r := range op.Responses {
		list = append(list, r.Status)
	}
	tags := slices.Clone(op.Tags)
	for i := range tags {
		tags[i] = "#" + tags[i]
	}
	if len(tags) > 0 {
		list = append(list, strings.Join(tags, " "))
	}
	for _, s := range op.Servers {
		list = append(list, "@"+s.URL)
	}
	return strings.Join(list, ", ")
}

// TestReservedInAPath: what a placeholder with RFC 6570's operator stands for keeps
// its slashes, as in projects/p/locations/l.
func TestReservedInAPath(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"openapi":"3.0.0","info":{"title":"t"},"paths":{"/v1/{+name}/{id}:cancel":{"post":{"operationId":"a","parameters":[
		{"name":"name","in":"path","required":true,"schema":{"type":"string"}},{"name":"id","in":"path","required":true,"schema":{"type":"string"}},
		{"name":"name","in":"query","schema":{"type":"string"}}]}}}}`)
	for i, want := range []bool{true, false, false} {
		if p := mustOperation(t, d, "a").Parameters[i]; p.AllowReserved != want {
			t.Errorf("%s %s: reserved characters allowed: %v, want %v", p.In, p.Name, p.AllowReserved, want)
		}
	}
}

// TestOperationsKeepTheirNames: the name of an operation that has none, or shares
// it, is the same each time and is nobody else's.
func TestOperationsKeepTheirNames(t *testing.T) {
	t.Parallel()
	const text = `{"openapi":"3.0.3","info":{"title":"t"},"paths":{
		"/a":{"get":{"operationId":"x"},"post":{"operationId":"x"},"put":{},"patch":{"operationId":" "}},
		"/b":{"get":{"operationId":"GET /c"}},"/c":{"get":{}},
		"/d":{"get":{"operationId":"x"}},"/d":{"get":{"operationId":"x"}}}}`
	want := []string{"x", "POST /a", "PUT /a", "PATCH /a", "GET /c", "GET /c #2", "GET /d", "GET /d #2"}
	for range 3 {
		d := mustParse(t, text)
		var ids []string
		for _, s := range d.Summaries() {
			ids = append(ids, s.ID)
			if op := mustOperation(t, d, s.ID); op.Method != s.Method || op.Path != s.Path {
				t.Errorf("%s is %s %s, want %s %s", s.ID, op.Method, op.Path, s.Method, s.Path)
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("names: got %q, want %q", ids, want)
		}
		count := map[string]int{}
		for _, w := range d.Warnings() {
			count[w.Code]++
		}
		// What is told of the path that is there twice is told once.
		if count["duplicate_operation_id"] != 2 || count["missing_operation_id"] != 3 || count["duplicate_key"] != 1 {
			t.Errorf("told: %v", count)
		}
	}
}

// TestNoPaths: a document without paths offers nothing, and only one that may have
// none is read.
func TestNoPaths(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{`"webhooks":{}`, `"components":{}`} {
		d := mustParse(t, `{"openapi":"3.1.0","info":{"title":"t"},"paths":null,`+rest+`}`)
		if w := d.Warnings(); d.Len() != 0 || len(w) != 1 || w[0].Code != "no_operations" || w[0].Path != "/paths" {
			t.Errorf("%s: %d operations, %v", rest, d.Len(), w)
		}
	}
}
