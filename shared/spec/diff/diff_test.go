package diff_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/diff"
)

func parse(t testing.TB, text string) *spec.Document {
	t.Helper()
	d, err := spec.Parse(context.Background(), []byte(text), nil)
	if err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return d
}

const shop = `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},
"servers":[{"url":"https://api.shop.example/v1"},{"url":"https://eu.shop.example/v1"}],
"security":[{"key":[]}],
"paths":{
 "/orders":{
  "get":{"operationId":"listOrders","summary":"List","parameters":[
    {"name":"limit","in":"query","schema":{"type":"integer","format":"int32","minimum":1,"maximum":100,"default":20}},
    {"name":"status","in":"query","schema":{"type":"string","enum":["open","paid","sent"]}},
    {"name":"tags","in":"query","schema":{"type":"array","items":{"type":"string"}}}],
   "responses":{"200":{"description":"ok","headers":{"X-Total":{"required":true,"schema":{"type":"integer"}}},"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Order"}}}}},
    "404":{"description":"none"}}},
  "post":{"operationId":"createOrder","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/NewOrder"}},"application/xml":{"schema":{"type":"object"}}}},
   "responses":{"201":{"description":"made","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}}},
 "/orders/{id}":{
  "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "get":{"operationId":"getOrder","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}},
  "delete":{"operationId":"deleteOrder","responses":{"204":{"description":"gone"}}}},
 "/pay":{"post":{"operationId":"pay","requestBody":{"content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/Card"},{"$ref":"#/components/schemas/Bank"}]}}}},
   "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/Card"},{"$ref":"#/components/schemas/Bank"}]}}}}}}},
 "/health":{"get":{"operationId":"health","security":[],"responses":{"200":{"description":"ok"}}}}
},
"components":{
 "securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},"basic":{"type":"http","scheme":"basic"}},
 "schemas":{
  "Order":{"type":"object","required":["id","total"],"properties":{
    "id":{"type":"string","readOnly":true},"total":{"type":"number"},"state":{"type":"string","enum":["open","paid"]},
    "when":{"type":"string","format":"date-time"},"customer":{"$ref":"#/components/schemas/Customer"},"note":{"type":"string"}}},
  "NewOrder":{"type":"object","required":["customer"],"properties":{
    "customer":{"$ref":"#/components/schemas/Customer"},"amount":{"type":"number"},"currency":{"type":"string","enum":["EUR","USD"]},
    "note":{"type":"string","nullable":true,"maxLength":200},"day":{"type":"string","format":"date"},"lines":{"type":"array","items":{"$ref":"#/components/schemas/Line"}}}},
  "Line":{"type":"object","required":["sku"],"properties":{"sku":{"type":"string"},"count":{"type":"integer"},"part":{"$ref":"#/components/schemas/Line"}}},
  "Customer":{"type":"object","required":["email"],"properties":{"email":{"type":"string"},"name":{"type":"string"},"friend":{"$ref":"#/components/schemas/Customer"}}},
  "Card":{"type":"object","properties":{"number":{"type":"string"}}},
  "Bank":{"type":"object","properties":{"iban":{"type":"string"}}}}}}`

// seed is one change made to a document, and whether it can break a call or a
// reader of its answer.
type seed struct {
	name     string
	edit     func(t testing.TB, d edit)
	breaking bool
	want     string // "operation code path" of one change that must be told
}

// edit is a document taken apart.
type edit map[string]any

// at walks to a member; numbers in the path index arrays.
func (e edit) at(t testing.TB, path ...string) map[string]any {
	t.Helper()
	var v any = map[string]any(e)
	for _, p := range path {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			v = x[int(p[0]-'0')]
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("nothing at %v", path)
	}
	return m
}

func (e edit) schema(t testing.TB, name string) map[string]any {
	return e.at(t, "components", "schemas", name)
}
func (e edit) props(t testing.TB, name string) map[string]any {
	return e.at(t, "components", "schemas", name, "properties")
}

type m = map[string]any

// set and drop are edits of one member.
func set(key string, value any, path ...string) func(testing.TB, edit) {
	return func(t testing.TB, d edit) { d.at(t, path...)[key] = value }
}

func drop(key string, path ...string) func(testing.TB, edit) {
	return func(t testing.TB, d edit) {
		at := d.at(t, path...)
		if _, ok := at[key]; !ok {
			t.Fatalf("no %s at %v", key, path)
		}
		delete(at, key)
	}
}

var (
	order    = []string{"components", "schemas", "Order"}
	newOrder = []string{"components", "schemas", "NewOrder"}
	limit    = []string{"paths", "/orders", "get", "parameters", "0"}
	status   = []string{"paths", "/orders", "get", "parameters", "1"}
)

func below(path []string, more ...string) []string { return append(slices.Clone(path), more...) }

func seeds() []seed {
	return []seed{
		// Breaking.
		{"operation removed", drop("delete", "paths", "/orders/{id}"), true, "deleteOrder operation_removed "},
		{"path removed", drop("/pay", "paths"), true, "pay operation_removed "},
		{"path moved", func(t testing.TB, d edit) {
			p := d.at(t, "paths")
			p["/payments"] = p["/pay"]
			delete(p, "/pay")
		}, true, "pay operation_moved "},
		{"operationId renamed", set("operationId", "payNow", "paths", "/pay", "post"), true, "pay operation_renamed "},
		{"path parameter renamed", func(t testing.TB, d edit) {
			p := d.at(t, "paths")
			p["/orders/{order}"] = p["/orders/{id}"]
			delete(p, "/orders/{id}")
			d.at(t, "paths", "/orders/{order}", "parameters", "0")["name"] = "order"
		}, true, "getOrder parameter_removed path.id"},
		{"new required parameter", func(t testing.TB, d edit) {
			get := d.at(t, "paths", "/orders", "get")
			get["parameters"] = append(get["parameters"].([]any), m{"name": "shop", "in": "query", "required": true, "schema": m{"type": "string"}})
		}, true, "listOrders parameter_required query.shop"},
		{"parameter made required", set("required", true, limit...), true, "listOrders parameter_required query.limit"},
		{"parameter removed", func(t testing.TB, d edit) {
			get := d.at(t, "paths", "/orders", "get")
			get["parameters"] = get["parameters"].([]any)[1:]
		}, true, "listOrders parameter_removed query.limit"},
		{"parameter moved to a header", set("in", "header", status...), true, "listOrders parameter_removed query.status"},
		{"parameter's style changed", set("explode", false, "paths", "/orders", "get", "parameters", "2"), true, "listOrders parameter_style query.tags"},
		{"parameter's enum narrowed", set("enum", []any{"open"}, below(status, "schema")...), true, "listOrders enum_narrowed query.status"},
		{"parameter's maximum lowered", set("maximum", 50, below(limit, "schema")...), true, "listOrders limit_narrowed query.limit"},
		{"parameter's type changed", set("type", "string", below(limit, "schema")...), true, "listOrders type_changed query.limit"},
		{"field made required", set("required", []any{"customer", "amount"}, newOrder...), true, "createOrder field_required body.amount"},
		{"new required field", func(t testing.TB, d edit) {
			d.props(t, "NewOrder")["channel"] = m{"type": "string"}
			d.schema(t, "NewOrder")["required"] = []any{"customer", "channel"}
		}, true, "createOrder field_required body.channel"},
		{"required field deep below", func(t testing.TB, d edit) {
			d.props(t, "Line")["unit"] = m{"type": "string"}
			d.schema(t, "Line")["required"] = []any{"sku", "unit"}
		}, true, "createOrder field_required body.lines[].unit"},
		{"field renamed", func(t testing.TB, d edit) {
			p := d.props(t, "NewOrder")
			p["total"] = p["amount"]
			delete(p, "amount")
		}, true, "createOrder field_removed body.amount"},
		{"field narrowed to whole numbers", set("type", "integer", below(newOrder, "properties", "amount")...), true, "createOrder type_changed body.amount"},
		{"field may not be null", drop("nullable", below(newOrder, "properties", "note")...), true, "createOrder null_refused body.note"},
		{"field got an enum", set("enum", []any{"a", "b"}, below(newOrder, "properties", "note")...), true, "createOrder enum_narrowed body.note"},
		{"field lost a value", set("enum", []any{"EUR"}, below(newOrder, "properties", "currency")...), true, "createOrder enum_narrowed body.currency"},
		{"field's format changed", set("format", "date-time", below(newOrder, "properties", "day")...), true, "createOrder format_changed body.day"},
		{"field got a pattern", set("pattern", "^[a-z]+$", below(newOrder, "properties", "note")...), true, "createOrder limit_narrowed body.note"},
		{"body closed", set("additionalProperties", false, newOrder...), true, "createOrder fields_closed body"},
		{"body made required", set("required", true, "paths", "/pay", "post", "requestBody"), true, "pay body_required body"},
		{"body removed", drop("requestBody", "paths", "/pay", "post"), true, "pay body_removed body"},
		{"JSON not taken any more", drop("application/json", "paths", "/orders", "post", "requestBody", "content"), true, "createOrder media_type_removed body"},
		{"form of a body removed", func(t testing.TB, d edit) {
			s := d.at(t, "paths", "/pay", "post", "requestBody", "content", "application/json", "schema")
			s["oneOf"] = s["oneOf"].([]any)[:1]
		}, true, "pay alternative_removed body"},
		{"answer's field removed", drop("total", below(order, "properties")...), true, "getOrder field_removed answer.200.total"},
		{"answer's field optional", set("required", []any{"id"}, order...), true, "getOrder field_optional answer.200.total"},
		{"answer's field nullable", set("nullable", true, below(order, "properties", "total")...), true, "getOrder null_allowed answer.200.total"},
		{"answer's type changed", set("type", "string", below(order, "properties", "total")...), true, "listOrders type_changed answer.200[].total"},
		{"answer's format changed", set("format", "date", below(order, "properties", "when")...), true, "getOrder format_changed answer.200.when"},
		{"answer's form added", func(t testing.TB, d edit) {
			s := d.at(t, "paths", "/pay", "post", "responses", "200", "content", "application/json", "schema")
			s["oneOf"] = append(s["oneOf"].([]any), m{"$ref": "#/components/schemas/Line"})
		}, true, "pay alternative_added answer.200"},
		{"answer wrapped in an object", set("schema", m{"type": "object", "properties": m{"data": m{"type": "array", "items": m{"$ref": "#/components/schemas/Order"}}}},
			"paths", "/orders", "get", "responses", "200", "content", "application/json"), true, "listOrders type_changed answer.200"},
		{"success status changed", func(t testing.TB, d edit) {
			r := d.at(t, "paths", "/orders", "post", "responses")
			r["202"] = r["201"]
			delete(r, "201")
		}, true, "createOrder status_removed answer.201"},
		{"answer's header removed", drop("headers", "paths", "/orders", "get", "responses", "200"), true, "listOrders header_removed answer.200.headers.X-Total"},
		{"credential needed", drop("security", "paths", "/health", "get"), true, "health auth_required "},
		{"another credential", set("security", []any{m{"basic": []any{}}}), true, "getOrder auth_changed "},
		{"key goes elsewhere", set("name", "X-Api-Key", "components", "securitySchemes", "key"), true, "getOrder auth_changed "},
		{"server changed", set("servers", []any{m{"url": "https://api.shop.example/v2"}}), true, " server_changed "},

		// Harmless.
		{"nothing", func(testing.TB, edit) {}, false, ""},
		{"description edited", set("summary", "List the orders", "paths", "/orders", "get"), false, "listOrders text_changed "},
		{"schema described", set("description", "An order", order...), false, "getOrder text_changed "},
		{"example added", set("example", 12.5, below(order, "properties", "total")...), false, "getOrder text_changed "},
		{"required reordered", set("required", []any{"total", "id"}, order...), false, "getOrder text_changed "},
		{"parameters reordered", func(t testing.TB, d edit) {
			get := d.at(t, "paths", "/orders", "get")
			list := slices.Clone(get["parameters"].([]any))
			slices.Reverse(list)
			get["parameters"] = list
		}, false, "listOrders text_changed "},
		{"enum reordered", set("enum", []any{"sent", "open", "paid"}, below(status, "schema")...), false, "listOrders text_changed "},
		{"servers reordered", set("servers", []any{m{"url": "https://eu.shop.example/v1/"}, m{"url": "https://api.shop.example/v1"}}), false, ""},
		{"server added", set("servers", []any{m{"url": "https://api.shop.example/v1"}, m{"url": "https://us.shop.example/v1"}}), false, " server_changed "},
		{"component renamed", func(t testing.TB, d edit) {
			s := d.at(t, "components", "schemas")
			s["Buyer"] = s["Customer"]
			delete(s, "Customer")
			raw, _ := json.Marshal(d)
			text := strings.ReplaceAll(string(raw), "schemas/Customer", "schemas/Buyer")
			clear(d)
			_ = json.Unmarshal([]byte(text), (*map[string]any)(&d))
		}, false, "getOrder text_changed "},
		{"component inlined", func(t testing.TB, d edit) {
			d.props(t, "Order")["customer"] = m{"type": "object", "required": []any{"email"}, "properties": maps.Clone(d.props(t, "Customer"))}
		}, false, "getOrder text_changed "},
		{"operation added", set("/new", m{"get": m{"operationId": "fresh", "responses": m{}}}, "paths"), false, "fresh operation_added "},
		{"optional parameter added", func(t testing.TB, d edit) {
			get := d.at(t, "paths", "/orders", "get")
			get["parameters"] = append(get["parameters"].([]any), m{"name": "page", "in": "query", "schema": m{"type": "integer"}})
		}, false, "listOrders parameter_added query.page"},
		{"parameter's enum widened", set("enum", []any{"open", "paid", "sent", "lost"}, below(status, "schema")...), false, "listOrders enum_widened query.status"},
		{"parameter's maximum raised", set("maximum", 200, below(limit, "schema")...), false, "listOrders limit_widened query.limit"},
		{"parameter's format widened", set("format", "int64", below(limit, "schema")...), false, "listOrders format_changed query.limit"},
		{"default changed", set("default", 50, below(limit, "schema")...), false, "listOrders default_changed query.limit"},
		{"optional field added", set("memo", m{"type": "string"}, below(newOrder, "properties")...), false, "createOrder field_added body.memo"},
		{"field not required any more", drop("required", newOrder...), false, "createOrder field_optional body.customer"},
		{"field may be null", set("nullable", true, below(newOrder, "properties", "amount")...), false, "createOrder null_allowed body.amount"},
		{"whole numbers widened", set("type", "number", "components", "schemas", "Line", "properties", "count"), false, "createOrder type_changed body.lines[].count"},
		{"read-only field added to a body", set("made", m{"type": "string", "readOnly": true}, below(newOrder, "properties")...), false, "createOrder text_changed "},
		{"answer's field added", set("weight", m{"type": "number"}, below(order, "properties")...), false, "getOrder field_added answer.200.weight"},
		{"answer's field always there", set("required", []any{"id", "total", "state"}, order...), false, "getOrder field_required answer.200.state"},
		{"answer's enum gained a value", set("enum", []any{"open", "paid", "lost"}, below(order, "properties", "state")...), false, "getOrder enum_widened answer.200.state"},
		{"answer's enum lost a value", set("enum", []any{"open"}, below(order, "properties", "state")...), false, "getOrder enum_narrowed answer.200.state"},
		{"answer's type narrowed", set("type", "integer", below(order, "properties", "total")...), false, "getOrder type_changed answer.200.total"},
		{"failure's answer removed", drop("404", "paths", "/orders", "get", "responses"), false, "listOrders status_removed answer.404"},
		{"status added", set("202", m{"description": "later"}, "paths", "/orders", "post", "responses"), false, "createOrder status_added answer.202"},
		{"other media type removed", drop("application/xml", "paths", "/orders", "post", "requestBody", "content"), false, "createOrder media_type_removed body"},
		{"another way to authenticate", set("security", []any{m{"key": []any{}}, m{"basic": []any{}}}), false, "getOrder text_changed "},
		{"credential not needed", set("security", []any{}), false, "getOrder text_changed "},
		{"scheme renamed", func(t testing.TB, d edit) {
			s := d.at(t, "components", "securitySchemes")
			s["apiKey"] = s["key"]
			delete(s, "key")
			d["security"] = []any{m{"apiKey": []any{}}}
		}, false, "getOrder text_changed "},
		{"deprecated", set("deprecated", true, "paths", "/pay", "post"), false, "pay operation_deprecated "},
	}
}

// TestSeeded: at most one wrong flag in all is the figure; none is wrong here.
func TestSeeded(t *testing.T) {
	t.Parallel()
	before := parse(t, changed(t, shop, func(testing.TB, edit) {})) // its members sorted, as those of the others are
	for _, s := range seeds() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r := diff.Compare(context.Background(), before, parse(t, changed(t, shop, s.edit)))
			if got := r.BreakingCount > 0; got != s.breaking {
				t.Errorf("breaking %v, want %v: %+v", got, s.breaking, r)
			}
			var lines []string
			for _, c := range append(slices.Clone(r.Breaking), r.Harmless...) {
				if strings.Contains(c.Message, "%") || c.Message == "" {
					t.Errorf("message %q", c.Message)
				}
				lines = append(lines, c.Operation+" "+c.Code+" "+c.Path)
			}
			if s.want == "" {
				if len(lines) > 0 {
					t.Errorf("told %v", lines)
				}
			} else if !slices.Contains(lines, s.want) {
				t.Errorf("not told: %s in\n%s", s.want, strings.Join(lines, "\n"))
			}
		})
	}
}

func changed(t testing.TB, text string, f func(testing.TB, edit)) string {
	t.Helper()
	var d edit
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	f(t, d)
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
