package spec

import (
	"encoding/json"
	"strings"
	"testing"
)

const exchanges = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/pets/{id}":{"post":{"operationId":"post",
 "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer","format":"int32"}},
  {"name":"tags","in":"query","schema":{"type":"array","items":{"type":"integer"},"maxItems":2}},
  {"name":"filter","in":"query","style":"deepObject","explode":true,"schema":{"type":"object","properties":{"age":{"type":"integer","minimum":1}}}},
  {"name":"Accept","in":"header","required":true,"schema":{"type":"integer"}}],
 "requestBody":{"required":true,"content":{
  "application/json":{"schema":{"$ref":"#/components/schemas/Pet"}},
  "application/x-www-form-urlencoded":{"schema":{"$ref":"#/components/schemas/Pet"}},
  "multipart/form-data":{"schema":{"type":"object","required":["photo"],"properties":{"photo":{"type":"string","format":"binary"},"size":{"type":"integer"}}}},
  "text/csv":{"schema":{"type":"string"}}}},
 "responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}},"text/*":{"schema":{"type":"string"}}}},
  "204":{"description":""},
  "4XX":{"description":"","content":{"application/problem+json":{"schema":{"type":"object","required":["title"]}}}},
  "default":{"description":"","content":{"application/json":{"schema":{"type":"string"}}}},
  "202":{"description":"","content":{"application/json":{"schema":{"$ref":"other.json#/x"}}}},
  "203":{"description":"","content":{"application/json":{}}}}}}},
"components":{"schemas":{"Pet":{"type":"object","required":["id","name","secret"],"properties":{"id":{"type":"integer","readOnly":true},"name":{"type":"string"},
  "secret":{"type":"string","writeOnly":true},"born":{"type":"string","format":"date"}}}}}}`

func summary(v Verdict) string {
	var list []string
	for _, p := range v.Problems {
		list = append(list, p.Path+" "+p.Code)
	}
	if !v.Checked {
		list = append(list, "unchecked")
	}
	return strings.Join(list, ",")
}

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	d := mustParse(t, exchanges)
	op, err := d.Operation("post")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer Answer
		want   string
	}{
		"exact":                    {Answer{Status: 200, ContentType: "application/json; charset=utf-8", JSON: []byte(`{"id":1,"name":"x"}`)}, ""},
		"writeOnly may be absent":  {Answer{Status: 200, ContentType: "application/json", JSON: []byte(`{"id":1}`)}, "/name required"},
		"format":                   {Answer{Status: 200, JSON: []byte(`{"id":1,"name":"x","born":"yesterday"}`)}, "/born format"},
		"another JSON":             {Answer{Status: 200, ContentType: "application/hal+json", JSON: []byte(`{"id":1,"name":2}`)}, "/name type"},
		"JSON under another name":  {Answer{Status: 200, ContentType: "application/pdf", JSON: []byte(`{"id":1,"name":2}`)}, "/headers/content-type content_type,/name type"},
		"another type":             {Answer{Status: 200, ContentType: "image/png"}, "/headers/content-type content_type"},
		"by range of media types":  {Answer{Status: 200, ContentType: "text/plain"}, "unchecked"},
		"no JSON":                  {Answer{Status: 200, ContentType: "application/json"}, " json"},
		"range":                    {Answer{Status: 418, ContentType: "application/problem+json", JSON: []byte(`{}`)}, "/title required"},
		"default":                  {Answer{Status: 500, ContentType: "application/json", JSON: []byte(`{}`)}, " type"},
		"none":                     {Answer{Status: 204, Empty: true}, "unchecked"},
		"empty":                    {Answer{Status: 200, Empty: true}, " required"},
		"reference leads nowhere":  {Answer{Status: 202, ContentType: "application/json", JSON: []byte(`{}`)}, "unchecked"},
		"a media type, no schema":  {Answer{Status: 203, ContentType: "application/json", JSON: []byte(`{}`)}, "unchecked"},
		"a status that is no such": {Answer{Status: 0, ContentType: "application/json", JSON: []byte(`""`)}, ""},
	} {
		v := d.CheckAnswer(op, c.answer)
		if got := summary(v); got != c.want || v.Checked != (v.Why == "") {
			t.Errorf("%s: got %q (%q), want %q", name, got, v.Why, c.want)
		}
	}
}

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	d := mustParse(t, exchanges)
	op, err := d.Operation("post")
	if err != nil {
		t.Fatal(err)
	}
	pet := `{"name":"x","secret":"s"}`
	for name, c := range map[string]struct{ parameters, media, body, want string }{
		"sound":               {`{"id":1,"tags":[1],"filter":{"age":3}}`, "", pet, ""},
		"spelt":               {`{"path.id":"1","tags":["1","2"],"filter":{"age":"3"}}`, "", pet, ""},
		"one of a list":       {`{"id":1,"tags":"7"}`, "", pet, ""},
		"missing":             {`{}`, "", ``, "/parameters/id required,/body required"},
		"null":                {`{"id":null}`, "", pet, "/parameters/id required"},
		"wrong":               {`{"id":99999999999,"tags":[1,2,3],"filter":{"age":0}}`, "", pet, "/parameters/id format,/parameters/tags maxItems,/parameters/filter/age minimum"},
		"body":                {`{"id":1}`, "application/json", `{"name":1}`, "/body/secret required,/body/name type"},
		"form":                {`{"id":1}`, "application/x-www-form-urlencoded", `{"name":1,"secret":"s"}`, ""},
		"multipart":           {`{"id":1}`, "multipart/form-data", `{"photo":{"$file":{"text":"x"}},"size":"3"}`, ""},
		"multipart, no photo": {`{"id":1}`, "multipart/form-data", `{"size":"big"}`, "/body/photo required,/body/size type"},
		"not taken":           {`{"id":1}`, "application/xml", `"x"`, "/headers/content-type content_type"},
		"text":                {`{"id":1}`, "text/csv", `"a,b"`, "unchecked"},
	} {
		r := Request{ContentType: c.media}
		if err := json.Unmarshal([]byte(c.parameters), &r.Parameters); err != nil {
			t.Fatal(err)
		}
		if c.body != "" {
			r.Body = json.RawMessage(c.body)
		}
		if got := summary(d.CheckRequest(op, r)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestDiscriminator: the alternative that is named must fit, whatever the others do.
func TestDiscriminator(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{}}}},"components":{"schemas":{
	 "Cat":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"},"lives":{"type":"integer"}}},
	 "Dog":{"type":"object","required":["kind","bark"],"properties":{"kind":{"type":"string"},"bark":{"type":"string"}}},
	 "Pet":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],
	   "discriminator":{"propertyName":"kind","mapping":{"feline":"#/components/schemas/Cat","Dog":"Dog"}}}}}}`)
	for instance, want := range map[string]string{
		`{"kind":"feline","bark":"wau"}`: "",               // Dog fits as well: Cat is named
		`{"kind":"Cat","bark":"wau"}`:    "",               // by its component's name
		`{"kind":"Dog"}`:                 "/bark required", // Cat fits, but Dog is named
		`{"kind":"feline","lives":"9"}`:  "/lives type",
		`{"kind":"cow"}`:                 "",       // only Cat fits
		`{"kind":"cow","bark":"muh"}`:    " oneOf", // both do, and none is named
		`{}`:                             "/kind required",
	} {
		problems, checked := d.Validate(ref("Pet"), json.RawMessage(instance))
		got := summary(Verdict{Problems: problems, Checked: checked})
		if got != want {
			t.Errorf("%s: got %q, want %q", instance, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	d := Bare()
	for _, c := range []struct {
		format, value string
		fits          bool
	}{
		{"date-time", `"2026-01-05T09:00:00Z"`, true}, {"date-time", `"2026-01-05 09:00:00+0100"`, true}, {"date-time", `"2026-01-05"`, false},
		{"date", `"2026-02-30"`, false}, {"date", `"2026-02-28"`, true}, {"email", `"a@b.c"`, true}, {"email", `"a b"`, false},
		{"uuid", `"x"`, false}, {"ipv4", `"1.2.3"`, false}, {"int32", `2147483648`, false}, {"int32", `2147483647`, true},
		{"int64", `9223372036854775808`, false}, {"int64", `1e30`, true}, {"uri", `"no uri at all"`, true}, {"x-own", `"anything"`, true},
		{"date", `17`, true}, // the type's business
	} {
		schema := json.RawMessage(`{"format":"` + c.format + `"}`)
		if problems, checked := d.Validate(schema, json.RawMessage(c.value)); !checked || (len(problems) == 0) != c.fits {
			t.Errorf("%s %s: %v %v", c.format, c.value, problems, checked)
		}
	}
}

// TestForgets: the schema used again and again stays compiled, while others come
// and go.
func TestForgets(t *testing.T) {
	t.Parallel()
	d := Bare()
	hot := json.RawMessage(`{"type":"integer"}`)
	d.Validate(hot, 1)
	c := d.validator().by[AnyWay]
	first := c.get(hot)
	wide := strings.Repeat(`{"minimum":1},`, maxCompiled/50) + `{}`
	for i := range 100 {
		d.Validate(json.RawMessage(`{"minimum":`+itoa(i)+`,"allOf":[`+wide+`]}`), i)
		d.Validate(hot, 1)
	}
	if c.get(hot) != first {
		t.Error("compiled anew")
	}
	if c.objects > maxCompiled || c.recent.Len() != len(c.compiled) || c.recent.Len() > 55 {
		t.Errorf("%d objects in %d schemas kept", c.objects, c.recent.Len())
	}
}
