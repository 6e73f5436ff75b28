package patch_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/patch"
)

const shop = `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"paths":{
 "/customers/{id}":{"get":{"operationId":"getCustomer","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},
   {"name":"lang","in":"query","schema":{"type":"string"}}],
  "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","additionalProperties":false,"properties":{"email":{"type":"string"},"address":{"type":"object","additionalProperties":false,"properties":{"city":{"type":"string"}}}}}}}}}}},
 "/orders":{"post":{"operationId":"createOrder","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","additionalProperties":false,"required":["customerId"],
   "properties":{"customerId":{"type":"string"},"note":{"type":"string"},"lines":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"sku":{"type":"string"}}}}}}}}},
  "responses":{"201":{"description":"made"}}}}}}`

const flow = `{"apiq":"1","name":"Order","steps":[
 {"id":"who","type":"api_call","connection":"con_a","operation":"getCustomer","parameters":{"id":"7","lang":"en"}},
 {"id":"buy","type":"api_call","connection":"con_a","operation":"createOrder","body":{"customerId":"{% $who.email %}","note":"{% $who.address.city %}","lines":[{"sku":"a"}]}}]}`

func parse(t testing.TB, text string) *spec.Document {
	t.Helper()
	d, err := spec.Parse(context.Background(), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// nobody has no other connections.
type nobody struct{}

func (nobody) Connection(context.Context, string) (connection.Connection, error) {
	return connection.Connection{}, apierr.New(apierr.NotFound, "none")
}
func (nobody) Spec(context.Context, string) (*spec.Document, error) {
	return nil, apierr.New(apierr.NotFound, "none")
}

// TestFind: what breaks is named by step and place, and mended where that is certain.
func TestFind(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change []string // old, new, old, new …
		broken string   // "step field", comma separated
		patch  string   // "" for none
		mended bool
	}{
		"nothing":            {nil, "", "", true},
		"words":              {[]string{`"title":"Shop"`, `"title":"Store"`}, "", "", true},
		"harmless":           {[]string{`"note":{"type":"string"}`, `"note":{"type":"string"},"memo":{"type":"string"}`}, "", "", true},
		"operation renamed":  {[]string{`"createOrder"`, `"placeOrder"`}, "buy operation", `[{"op":"replace","path":"/steps/1/operation","value":"placeOrder"}]`, true},
		"operation removed":  {[]string{`"/orders":{"post"`, `"/things":{"put"`, `"createOrder"`, `"other"`}, "buy operation", "", false},
		"path moved":         {[]string{`"/orders"`, `"/v2/orders"`}, "", "", true},
		"field renamed":      {[]string{`customerId`, `customer_id`}, "buy body.customer_id,buy body.customerId", `[{"op":"move","path":"/steps/1/body/customer_id","from":"/steps/1/body/customerId"}]`, true},
		"deep field renamed": {[]string{`"sku"`, `"skuCode"`}, "buy body.lines.0.sku", `[{"op":"move","path":"/steps/1/body/lines/0/skuCode","from":"/steps/1/body/lines/0/sku"}]`, true},
		"another field":      {[]string{`"note":{"type":"string"}`, `"currency":{"type":"string"}`}, "buy body.note", "", false},
		"two candidates":     {[]string{`"note":{"type":"string"}`, `"noteText":{"type":"string"},"noteTitle":{"type":"string"}`}, "buy body.note", "", false},
		"required with default": {[]string{`"required":["customerId"]`, `"required":["customerId","channel"]`, `"note":{"type":"string"}`, `"note":{"type":"string"},"channel":{"type":"string","default":"web"}`},
			"buy body.channel", `[{"op":"add","path":"/steps/1/body/channel","value":"web"}]`, true},
		"required without": {[]string{`"required":["customerId"]`, `"required":["customerId","channel"]`, `"note":{"type":"string"}`, `"note":{"type":"string"},"channel":{"type":"string"}`},
			"buy body.channel", "", false},
		"default is an expression": {[]string{`"required":["customerId"]`, `"required":["customerId","channel"]`, `"note":{"type":"string"}`, `"note":{"type":"string"},"channel":{"type":"string","default":"{% $who %}"}`},
			"buy body.channel", "", false},
		"parameter renamed": {[]string{`"name":"lang"`, `"name":"language"`, `"in":"query","schema"`, `"in":"query","description":"Of the answer.","schema"`}, "who parameters.lang", "", false},
		"path parameter renamed": {[]string{`/customers/{id}`, `/customers/{customer_id}`, `"name":"id"`, `"name":"customer_id"`}, "who parameters.customer_id,who parameters.id",
			`[{"op":"move","path":"/steps/0/parameters/customer_id","from":"/steps/0/parameters/id"}]`, true},
		"parameter required": {[]string{`{"name":"lang"`, `{"name":"shop","in":"query","required":true,"schema":{"type":"string","enum":["main"]}},{"name":"lang"`}, "who parameters.shop",
			`[{"op":"add","path":"/steps/0/parameters/shop","value":"main"}]`, true},
		"answer's field renamed": {[]string{`"email":{"type":"string"}`, `"emailAddress":{"type":"string"}`}, "buy body.customerId",
			`[{"op":"replace","path":"/steps/1/body/customerId","value":"{% $who.emailAddress %}"}]`, true},
		"answer's deep field renamed": {[]string{`"city":{"type":"string"}`, `"cityName":{"type":"string"}`}, "buy body.note",
			`[{"op":"replace","path":"/steps/1/body/note","value":"{% $who.address.cityName %}"}]`, true},
		"answer's field removed":   {[]string{`"email":{"type":"string"},`, ``}, "buy body.customerId", "", false},
		"two changes, one certain": {[]string{`"createOrder"`, `"placeOrder"`, `"email":{"type":"string"},`, ``}, "buy operation", `[{"op":"replace","path":"/steps/1/operation","value":"placeOrder"}]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := workflow.Parse([]byte(flow))
			if err != nil {
				t.Fatal(err)
			}
			conn := connection.Connection{ID: "con_a", Name: "Shop", Status: connection.StatusActive, BaseURL: "https://shop.example"}
			found, err := patch.Find(context.Background(), doc, conn, parse(t, shop), parse(t, strings.NewReplacer(tc.change...).Replace(shop)), nobody{})
			if err != nil {
				t.Fatal(err)
			}
			var broken []string
			for _, s := range found.Steps {
				broken = append(broken, s.Step+" "+s.Field)
			}
			raw := ""
			if found.Patch != nil {
				b, _ := json.Marshal(found.Patch)
				raw = string(b)
			}
			if got := strings.Join(broken, ","); got != tc.broken || raw != tc.patch || found.Mended != tc.mended || len(found.Why) != len(found.Patch) {
				t.Errorf("broken %q, want %q\npatch %s, want %s\nmended %v: %+v", got, tc.broken, raw, tc.patch, found.Mended, found.Steps)
			}
		})
	}
}

// TestApply: the patches of RFC 6902 that are used here, and what does not fit.
func TestApply(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ doc, ops, want string }{
		"add":              {`{"a":1}`, `[{"op":"add","path":"/b","value":2}]`, `{"a":1,"b":2}`},
		"add into a list":  {`[1,3]`, `[{"op":"add","path":"/1","value":2}]`, `[1,2,3]`},
		"append":           {`{"l":[1]}`, `[{"op":"add","path":"/l/-","value":2}]`, `{"l":[1,2]}`},
		"replace":          {`{"a":{"b":1}}`, `[{"op":"replace","path":"/a/b","value":"<x>"}]`, `{"a":{"b":"<x>"}}`},
		"remove":           {`[1,2,3]`, `[{"op":"remove","path":"/0"}]`, `[2,3]`},
		"move":             {`{"a/b":1.50}`, `[{"op":"move","from":"/a~1b","path":"/c~0d"}]`, `{"c~d":1.50}`},
		"replace nothing":  {`{}`, `[{"op":"replace","path":"/a","value":1}]`, ""},
		"move nothing":     {`{}`, `[{"op":"move","from":"/a","path":"/b"}]`, ""},
		"beyond the end":   {`[1]`, `[{"op":"add","path":"/5","value":1}]`, ""},
		"into a number":    {`{"a":1}`, `[{"op":"add","path":"/a/b","value":1}]`, ""},
		"unknown":          {`{}`, `[{"op":"copy","path":"/a"}]`, ""},
		"no document":      {`{`, `[]`, ""},
		"value not a JSON": {`{}`, `[{"op":"add","path":"/a"}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ops []patch.Op
			if err := json.Unmarshal([]byte(tc.ops), &ops); err != nil {
				t.Fatal(err)
			}
			got, err := patch.Apply(json.RawMessage(tc.doc), ops)
			if (err != nil) != (tc.want == "") || string(got) != tc.want {
				t.Errorf("got %s, %v; want %s", got, err, tc.want)
			}
		})
	}
}
