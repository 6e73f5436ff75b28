package check_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

const shop = `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},
"servers":[{"url":"https://shop.example/v1"}],
"components":{
 "securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},"token":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://shop.example/t","scopes":{"orders":"o"}}}},"plain":{"type":"http","scheme":"bearer"}},
 "schemas":{
  "Customer":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"email":{"type":"string","nullable":true},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},"extra":{},
    "visits":{"type":"integer","nullable":true},"cards":{"type":"array","nullable":true,"items":{"type":"object","properties":{"no":{"type":"string"}}}}}},
  "Order":{"type":"object","required":["id","customer","lines"],"properties":{"id":{"type":"integer","readOnly":true},"customer":{"type":"string"},"state":{"type":"string","enum":["open","paid"]},"note":{"type":"string"},"place":{"type":"string","nullable":true},
   "lines":{"type":"array","items":{"type":"object","required":["sku"],"properties":{"sku":{"type":"string"},"count":{"type":"integer"}}}}}}}},
"security":[{"key":[]}],
"paths":{
 "/agent":{"get":{"operationId":"agent","security":[],"parameters":[{"name":"User-Agent","in":"header","required":true,"schema":{"type":"string"}},{"name":"host","in":"header","required":true,"schema":{"type":"string"}},
   {"name":"Content-Length","in":"header","required":true,"schema":{"type":"integer"}},{"name":"Accept","in":"header","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":""}}}},
 "/customers/{id}":{"get":{"operationId":"getCustomer","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"X-Key","in":"header","required":true,"schema":{"type":"string"}}],
   "responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Customer"}}}}}}},
 "/customers":{"get":{"operationId":"listCustomers","security":[],"parameters":[{"name":"limit","in":"query","schema":{"type":"integer"}},{"name":"state","in":"query","schema":{"type":"array","items":{"type":"string"}}}],
   "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Customer"}}}}}}}},
 "/orders":{"get":{"operationId":"listOrders","security":[{"plain":["admin","read","orders"]}],"responses":{"200":{"description":""}}},"post":{"operationId":"createOrder","security":[{"token":["orders"]},{"key":[]}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}},
   "responses":{"201":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}}},
 "/orders/{id}":{"delete":{"operationId":"deleteOrder","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"204":{"description":""}}}},
 "/notes":{"post":{"operationId":"addNote","parameters":[{"name":"User-Agent","in":"header","required":true,"schema":{"type":"string"}}],
   "requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["Title"],"properties":{"title":{"type":"string"},"text":{"type":"string","required":true},"by":{"type":"string"}}}}}},"responses":{"204":{"description":""}}}},
 "/raw":{"get":{"operationId":"raw","security":[{"token":["orders"]}],"responses":{"200":{"description":""}}}}
}}`

// resolver serves one workspace from memory, its documents parsed for real.
type resolver struct {
	conns map[string]connection.Connection
	doc   *spec.Document
	err   error
}

func (r resolver) Connection(_ context.Context, id string) (connection.Connection, error) {
	if r.err != nil {
		return connection.Connection{}, r.err
	}
	c, ok := r.conns[id]
	if !ok {
		return c, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	return c, nil
}

func (r resolver) Spec(context.Context, string) (*spec.Document, error) { return r.doc, nil }

func parsed(t testing.TB) *spec.Document {
	t.Helper()
	doc, err := spec.Parse(context.Background(), []byte(shop), nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func world(t testing.TB) resolver {
	t.Helper()
	keyed := connection.AuthView{In: "header", Name: "X-Key", Set: []string{"value"}}
	base := connection.Connection{ID: "con_shop", Name: "Shop", BaseURL: "https://shop.example/v1", AuthType: connection.AuthAPIKey, Auth: keyed, Status: connection.StatusActive}
	open, broken, bearer := base, base, base
	open.ID, open.AuthType, open.Auth = "con_open", connection.AuthNone, connection.AuthView{}
	broken.ID, broken.Status = "con_broken", connection.StatusCredentialsInvalid
	bearer.ID, bearer.AuthType, bearer.Auth = "con_bearer", connection.AuthBearer, connection.AuthView{Set: []string{"token"}}
	settled := open
	settled.ID, settled.Settings.IdempotencyKey = "con_settled", &connection.KeySetting{Header: "Idempotency-Key"}
	grant := base
	grant.ID, grant.AuthType, grant.Auth = "con_grant", connection.AuthOAuth, connection.AuthView{}
	all := map[string]connection.Connection{base.ID: base, open.ID: open, broken.ID: broken, bearer.ID: bearer, grant.ID: grant, settled.ID: settled}
	for id, scopes := range map[string][]string{"con_scoped": {"orders", "read"}, "con_short": {"read", "write"}} {
		c := bearer
		c.ID, c.Auth.Scopes = id, scopes
		all[id] = c
	}
	grant.ID, grant.Auth.Scopes = "con_narrow", []string{"read"}
	all[grant.ID] = grant
	return resolver{doc: parsed(t), conns: all}
}

func document(t testing.TB, steps string) *workflow.Document {
	t.Helper()
	raw := `{"apiq":"1","name":"t","input":{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"string"},"list":{"type":"array","items":{"type":"string"}}}},"steps":[` + steps + `]}`
	var doc workflow.Document
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		t.Fatal(err)
	}
	return &doc
}

const customer = `{"id":"cust","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $input.s %}"}},`

// Each case asserts one check of the last step, and the pointer of its problem.
func TestChecks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		steps string
		check string
		want  string // "no", "yes", "unknown"
		text  string // in the detail
		at    string // a problem's path, for "no"
	}{
		"no such connection":    {`{"id":"a","type":"api_call","connection":"con_x","operation":"listCustomers"}`, check.Connection, "no", "no such connection", "/steps/0/connection"},
		"connection broken":     {`{"id":"a","type":"api_call","connection":"con_broken","operation":"listCustomers"}`, check.Connection, "no", "credentials invalid", "/steps/0/connection"},
		"connection active":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers"}`, check.Connection, "yes", "Shop", ""},
		"no credential":         {`{"id":"a","type":"api_call","connection":"con_open","operation":"getCustomer","parameters":{"id":"1"}}`, check.Credential, "no", "X-Key", "/steps/0/connection"},
		"credential of a kind":  {`{"id":"a","type":"api_call","connection":"con_bearer","operation":"getCustomer","parameters":{"id":"1"}}`, check.Credential, "no", "another kind", "/steps/0/connection"},
		"scopes of a token":     {`{"id":"a","type":"api_call","connection":"con_bearer","operation":"raw"}`, check.Credential, "unknown", "orders", ""},
		"scopes of a grant":     {`{"id":"a","type":"api_call","connection":"con_grant","operation":"raw"}`, check.Credential, "unknown", "orders", ""},
		"scope granted":         {`{"id":"a","type":"api_call","connection":"con_scoped","operation":"raw"}`, check.Credential, "yes", "the scope orders", ""},
		"scope not granted":     {`{"id":"a","type":"api_call","connection":"con_short","operation":"raw"}`, check.Credential, "no", "needs the scope orders, which the connection's token was not granted (it has read, write). Get a token", "/steps/0/connection"},
		"scope not consented":   {`{"id":"a","type":"api_call","connection":"con_narrow","operation":"raw"}`, check.Credential, "no", "Connect the account again", "/steps/0/connection"},
		"no scope at a bearer":  {`{"id":"a","type":"api_call","connection":"con_short","operation":"listOrders"}`, check.Credential, "no", "the scopes admin, orders", "/steps/0/connection"},
		"bearer not told of":    {`{"id":"a","type":"api_call","connection":"con_bearer","operation":"listOrders"}`, check.Credential, "yes", "HTTP bearer", ""},
		"one of two ways":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]}}`, check.Credential, "yes", "X-Key", ""},
		"key by settings":       {`{"id":"a","type":"api_call","connection":"con_settled","operation":"addNote","body":{"title":"t","text":"x"}}`, check.Effect, "yes", "Keyed", ""},
		"no key by settings":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"title":"t","text":"x"}}`, check.Effect, "yes", "Unsafe", ""},
		"pages by a parameter":  {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","paginate":{"items":"{% $response.body %}","maxItems":9,"kind":"offset","param":"query.limit"}}`, check.Types, "yes", "", ""},
		"pages by none":         {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","paginate":{"items":"{% $response.body %}","maxItems":9,"kind":"offset","param":"offset"}}`, check.Types, "no", "no such parameter", "/steps/0/paginate/param"},
		"pages by a field":      {`{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"title":"t","text":"x"},"paginate":{"items":"{% $response.body %}","maxItems":9,"kind":"page","param":"by"}}`, check.Types, "yes", "", ""},
		"pages by no field":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"title":"t","text":"x"},"paginate":{"items":"{% $response.body %}","maxItems":9,"kind":"page","param":"page"}}`, check.Types, "no", "no such field", "/steps/0/paginate/param"},
		"a cursor from nowhere": {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"paginate":{"items":"{% $response.body.tags %}","maxItems":9,"kind":"cursor","param":"id","next":"{% $response.body.cursor %}"}}`, check.Types, "no", "response.body.cursor", "/steps/0/paginate/next"},
		"items from nowhere":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"paginate":{"items":"{% $response.body.rows %}","maxItems":9}}`, check.Types, "no", "response.body.rows", "/steps/0/paginate/items"},
		"none needed":           {`{"id":"a","type":"api_call","connection":"con_open","operation":"listCustomers"}`, check.Credential, "yes", "none", ""},

		"no such operation":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getAll"}`, check.Operation, "no", "getAll", "/steps/0/operation"},
		"operation by its path": {`{"id":"a","type":"api_call","connection":"con_shop","operation":"GET /customers"}`, check.Operation, "yes", "GET /customers", ""},

		"parameter by its place":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"path.id":"1"}}`, check.Required, "yes", "", ""},
		"parameter of another place": {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1","query.id":"1"}}`, check.Types, "no", "no such parameter", "/steps/0/parameters/query.id"},
		"path parameter missing":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer"}`, check.Required, "no", "id (path)", "/steps/0/parameters/id"},
		"body missing":               {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder"}`, check.Required, "no", "body is required", "/steps/0/body"},
		"field missing":              {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c"}}`, check.Required, "no", "body.lines", "/steps/0/body/lines"},
		"field that requires itself": {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"title":"t","by":"{% $cust.id %}"}}`, check.Required, "no", "body.text", "/steps/1/body/text"},
		"field spelt in two ways":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"text":"x"}}`, check.Required, "no", "body.title", "/steps/0/body/title"},
		"spelt as described":         {`{"id":"a","type":"api_call","connection":"con_shop","operation":"addNote","body":{"title":"t","text":"x"}}`, check.Required, "yes", "", ""},
		"nested field missing":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $input.s %}","lines":[{"count":1}]}}`, check.Required, "no", "sku", "/steps/0/body/lines/0/sku"},
		"body not known":             {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":"{% $cust.extra %}"}`, check.Required, "unknown", "not known", ""},
		"read-only is not needed":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]}}`, check.Required, "yes", "", ""},

		"headers of every call":      {`{"id":"a","type":"api_call","connection":"con_shop","operation":"agent"}`, check.Required, "yes", "", ""},
		"an agent of its own":        {`{"id":"a","type":"api_call","connection":"con_shop","operation":"agent","parameters":{"User-Agent":"me"}}`, check.Types, "yes", "", ""},
		"a host":                     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"agent","parameters":{"host":"x"}}`, check.Types, "no", "cannot be set", "/steps/0/parameters/host"},
		"a length":                   {`{"id":"a","type":"api_call","connection":"con_shop","operation":"agent","headers":{"content-length":"4"}}`, check.Types, "no", "cannot be set", "/steps/0/headers/content-length"},
		"a host of no parameter":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"raw","headers":{"Host":"x"}}`, check.Types, "no", "cannot be set", "/steps/0/headers/Host"},
		"whom a call came from":      {`{"id":"a","type":"api_call","connection":"con_shop","operation":"raw","headers":{"X-Forwarded-For":"x"}}`, check.Types, "no", "cannot be set", "/steps/0/headers/X-Forwarded-For"},
		"unknown parameter":          {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","parameters":{"page":1}}`, check.Types, "no", "no such parameter", "/steps/0/parameters/page"},
		"literal of a type":          {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","parameters":{"limit":"many"}}`, check.Types, "no", "limit", "/steps/0/parameters/limit"},
		"a number as text":           {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","parameters":{"limit":"5","state":"x"}}`, check.Types, "yes", "", ""},
		"literal outside an enum":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[],"state":"lost"}}`, check.Types, "no", "state", "/steps/0/body/state"},
		"mapping of a type":          {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.age %}","lines":[]}}`, check.Types, "no", "string is needed; it is integer", "/steps/1/body/customer"},
		"mapping of no field":        {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.idd %}","lines":[]}}`, check.Types, "no", "$cust.idd", "/steps/1/body/customer"},
		"no field, into the unknown": {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[],"Note":{"by":["{% $cust.idd %}"]}}}`, check.Types, "no", "$cust.idd", "/steps/1/body/Note/by/0"},
		"no field, into a header":    {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","headers":{"X-By":"{% $cust.idd %}"}}`, check.Types, "no", "$cust.idd", "/steps/1/headers/X-By"},
		"no field, in a text":        {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% 'c' & $string($cust.idd) %}","lines":[]}}`, check.Types, "no", "$cust.idd", "/steps/1/body/customer"},
		"no field of a list or null": {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $cust.cards[0].number %}"}}`, check.Types, "no", "$cust.cards[0].number", "/steps/1/parameters/id"},
		"element of a list or null":  {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $cust.cards[0] %}"}}`, check.Types, "no", "object or null", "/steps/1/parameters/id"},
		"field of a list or null":    {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $cust.cards[0].no %}"}}`, check.Types, "yes", "", ""},
		"only null in common":        {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[],"place":"{% $cust.visits %}"}}`, check.Types, "no", "integer or null", "/steps/1/body/place"},
		"mapping that fits":          {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.id %}","lines":"{% $cust.tags.{'sku': $} [] %}"}}`, check.Types, "yes", "", ""},
		"mapping that may be null":   {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.email %}","lines":[]}}`, check.Types, "unknown", "may be null", ""},
		"mapping the spec is mute":   {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.extra %}","lines":[]}}`, check.Types, "unknown", "not known before the run", ""},
		"integer as path text":       {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $cust.age %}"}}`, check.Types, "yes", "", ""},
		"text as path integer":       {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"deleteOrder","parameters":{"id":"{% $cust.id %}"}}`, check.Types, "unknown", "it is text", ""},
		"concatenation is text":      {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% 'c' & $cust.age %}","lines":[]}}`, check.Types, "yes", "", ""},
		"comparison is no text":      {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $cust.age > 3 %}","lines":[]}}`, check.Types, "no", "boolean", "/steps/1/body/customer"},
		"count is no text":           {customer + `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $count($cust.tags) %}","lines":[]}}`, check.Types, "no", "integer", "/steps/1/body/customer"},
		"a path of many":             {`{"id":"all","type":"api_call","connection":"con_shop","operation":"listCustomers"},{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $all.id %}","lines":[]}}`, check.Types, "unknown", "several", ""},
		"the first of many":          {`{"id":"all","type":"api_call","connection":"con_shop","operation":"listCustomers"},{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $all[0].id %}","lines":[]}}`, check.Types, "yes", "", ""},
		"field the spec has not":     {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[],"Note":"x"}}`, check.Types, "unknown", "did you mean note", ""},
		"output of no field":         {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"output":"{% $response.body.name %}"}`, check.Types, "no", "$response.body.name", "/steps/0/output"},
		"output of no field, within": {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"output":"{% {'id': $response.body.id, 'n': $response.body.name} %}"}`, check.Types, "no", "$response.body.name", "/steps/0/output/n"},
		"success by no field":        {`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"success":"{% $response.status = 200 and $response.body.fine %}"}`, check.Types, "no", "$response.body.fine", "/steps/0/success"},
		"through an output":          {`{"id":"c","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"output":{"years":"{% $response.body.age %}"}},{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $c.years %}","lines":[]}}`, check.Types, "no", "integer", "/steps/1/body/customer"},
		"body to a GET":              {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","body":{"a":1}}`, check.Types, "no", "takes none", "/steps/0/body"},
		"undo is checked too":        {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"undo":{"operation":"deleteOrder","parameters":{"id":"{% $a.id %}"}}}`, check.Types, "yes", "", ""},
		"reconcile":                  {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"listCustomers","parameters":{"limit":1},"found":"{% $exists($response.body[0].id) %}","output":{"id":1,"customer":"c","lines":[]}}}`, check.Types, "yes", "", ""},
		"reconcile by a write":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"deleteOrder","parameters":{"id":1},"found":"{% true %}"}}`, check.Types, "no", "only GET and HEAD", "/steps/0/reconcile/operation"},
		"reconcile by nothing":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"gone","found":"{% true %}"}}`, check.Types, "no", "gone", "/steps/0/reconcile/operation"},
		"reconcile, unbound":         {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"getCustomer","found":"{% true %}"}}`, check.Required, "no", "reconcile", "/steps/0/reconcile/parameters/id"},
		"reconcile by no field":      {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"getCustomer","parameters":{"id":"1"},"found":"{% $response.body.name = 1 %}"}}`, check.Types, "no", "$response.body.name", "/steps/0/reconcile/found"},
		"reconcile into no field":    {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"reconcile":{"operation":"getCustomer","parameters":{"id":"1"},"found":"{% true %}","output":{"id":"{% $response.body.idd %}"}}}`, check.Types, "no", "$response.body.idd", "/steps/0/reconcile/output/id"},
		"reconcile of a read":        {`{"id":"a","type":"api_call","connection":"con_shop","operation":"listCustomers","reconcile":{"operation":"listCustomers","found":"{% true %}"}}`, check.Types, "no", "may be repeated", "/steps/0/reconcile"},
		"undo of nothing":            {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]},"undo":{"operation":"gone"}}`, check.Types, "no", "gone", "/steps/0/undo/operation"},
		"a step of another error":    {`{"id":"c","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"},"onError":"continue"},{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"{% $c.id %}","lines":[]}}`, check.Types, "yes", "", ""},
		"loop over text":             {`{"id":"l","type":"loop","over":"{% $input.s %}","as":"x","do":[{"id":"w","type":"wait","seconds":1}]}`, check.Types, "no", "array", "/steps/0/over"},
		"loop over a list":           {`{"id":"l","type":"loop","over":"{% $input.list %}","as":"x","do":[{"id":"w","type":"wait","seconds":1}]}`, check.Types, "yes", "array", ""},
		"loop over the unknown":      {customer + `{"id":"l","type":"loop","over":"{% $cust.extra %}","as":"x","do":[{"id":"w","type":"wait","seconds":1}]}`, check.Types, "unknown", "not known", ""},
		"condition on no field":      {customer + `{"id":"a","type":"condition","if":"{% $cust.agee > 3 %}","then":[],"else":[]}`, check.Types, "no", "$cust.agee", "/steps/1/if"},
		"one of the cases on none":   {customer + `{"id":"a","type":"condition","cases":[{"if":"{% $cust.age > 3 %}","steps":[]},{"if":"{% $exists($cust.agee) and $cust.agee = 2 %}","steps":[]}]}`, check.Types, "no", "$cust.agee", "/steps/1/cases/1/if"},
		"wait for a word":            {customer + `{"id":"w","type":"wait","seconds":"{% $cust.id %}"}`, check.Types, "no", "number", "/steps/1/seconds"},
		"a later step":               {`{"id":"w","type":"transform","value":"{% $x %}"},{"id":"x","type":"wait","seconds":1},{"id":"a","type":"transform","value":"{% $q %}"}`, check.Order, "no", "$q", "/steps/2/value"},
		"after the end":              {`{"id":"f","type":"fail","error":"E"},{"id":"a","type":"wait","seconds":1}`, check.Reachable, "no", "f", "/steps/1"},
		"risk of a delete":           {`{"id":"a","type":"api_call","connection":"con_shop","operation":"deleteOrder","parameters":{"id":4}}`, check.Risk, "yes", "irreversible", ""},
		"effect of a post":           {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]}}`, check.Effect, "yes", "Unsafe", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := check.Run(context.Background(), document(t, tc.steps), world(t), nil)
			last := report.Steps[len(report.Steps)-1]
			if last.ID == "w" && tc.check == check.Types && strings.Contains(tc.steps, `"loop"`) {
				last = report.Steps[len(report.Steps)-2]
			}
			found := false
			for _, c := range last.Checks {
				if c.Name != tc.check {
					continue
				}
				found = true
				got := "unknown"
				if c.OK != nil {
					got = map[bool]string{true: "yes", false: "no"}[*c.OK]
				}
				if got != tc.want || !strings.Contains(c.Detail, tc.text) {
					t.Errorf("%s: %s %q, want %s with %q", tc.check, got, c.Detail, tc.want, tc.text)
				}
			}
			if !found {
				t.Fatalf("no check %s in %+v", tc.check, last)
			}
			at := false
			for _, p := range report.Problems {
				at = at || p.Path == tc.at
			}
			if tc.want == "no" && !at {
				t.Errorf("no problem at %s: %+v", tc.at, report.Problems)
			}
		})
	}
}

// What stands outside of calls and conditions is read from somewhere too.
func TestNowhere(t *testing.T) {
	t.Parallel()
	doc := document(t, customer+`{"id":"v","type":"transform","value":{"a":["{% $cust.idd %}"],"b":"{% $cust.id %}"}},`+
		`{"id":"l","type":"loop","over":"{% $cust.tags %}","as":"x","do":[{"id":"w","type":"wait","seconds":1}],"collect":"{% 'n' & $cust.n %}"}`)
	doc.Output = json.RawMessage(`{"all":"{% $cust.all %}","id":"{% $cust.id %}"}`)
	report := check.Run(context.Background(), doc, world(t), nil)
	var at []string
	for _, p := range report.Problems {
		at = append(at, p.Code+" "+p.Path)
	}
	if got := strings.Join(at, ", "); got != "missing_field /steps/1/value/a/0, missing_field /steps/2/collect, missing_field /output/all" {
		t.Errorf("%s", got)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	doc := document(t, `{"id":"l","type":"loop","over":"{% $input.list %}","as":"x","do":[`+
		`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"{% $x %}"}},`+
		`{"id":"b","type":"api_call","connection":"con_shop","operation":"deleteOrder","parameters":{"id":"{% $a.age %}"}}]}`)
	report := check.Run(context.Background(), doc, world(t), nil)
	if !report.OK() || report.Err() != nil {
		t.Fatalf("problems: %+v", report.Problems)
	}
	if got := report.Irreversible(); len(got) != 1 || got[0] != "b" {
		t.Errorf("irreversible: %v", got)
	}
	if got := report.Effects(); got["a"] != effect.Safe || got["b"] != effect.Idempotent {
		t.Errorf("effects: %v", got)
	}
	if got := report.Egress["https://shop.example"]; len(got) != 2 {
		t.Errorf("egress: %v", report.Egress)
	}
	if got := report.SpecHashes["con_shop"]; !strings.HasPrefix(got, "sha256:") {
		t.Errorf("hashes: %v", report.SpecHashes)
	}
	ok, failed, unknown := report.Count()
	if failed != 0 || unknown != 0 || ok < 20 {
		t.Errorf("%d ok, %d failed, %d unknown: %+v", ok, failed, unknown, report.Steps)
	}
	if s, _ := report.Step("b"); s.Path != "/steps/0/do/1" {
		t.Errorf("path %q", s.Path)
	}
}

// What cannot be looked up is unknown, neither fine nor failed.
func TestLookupFails(t *testing.T) {
	t.Parallel()
	r := world(t)
	r.err = errors.New("the table is away")
	report := check.Run(context.Background(), document(t, strings.TrimSuffix(customer, ",")), r, nil)
	if !report.OK() {
		t.Errorf("problems: %+v", report.Problems)
	}
	for _, c := range report.Steps[0].Checks {
		if c.OK != nil && c.Name != check.Order && c.Name != check.Reachable {
			t.Errorf("%s is not unknown: %s", c.Name, c.Detail)
		}
	}
	if report.Steps[0].Risk != effect.Irreversible || report.Steps[0].Effect != effect.Unsafe {
		t.Error("what is not known must count as the worst")
	}
}

func TestNestedWorkflow(t *testing.T) {
	t.Parallel()
	step := `{"id":"n","type":"workflow","workflow":"wfl_1","input":{"n":"{% $input.s %}"}}`
	find := func(_ context.Context, id string, _ int64) (*workflow.Document, error) {
		if id != "wfl_1" {
			return nil, apierr.New(apierr.NotFound, "No.")
		}
		return document(t, customer[:len(customer)-1]), nil
	}
	report := check.Run(context.Background(), document(t, step), world(t), &check.Options{Workflows: find})
	if len(report.Problems) != 1 || report.Problems[0].Path != "/steps/0/input/n" {
		t.Errorf("problems: %+v", report.Problems)
	}
	report = check.Run(context.Background(), document(t, strings.Replace(step, "wfl_1", "wfl_2", 1)), world(t), &check.Options{Workflows: find})
	if len(report.Problems) != 1 || report.Problems[0].Code != "not_found" {
		t.Errorf("problems: %+v", report.Problems)
	}
	report = check.Run(context.Background(), document(t, step), world(t), nil)
	if !report.OK() {
		t.Errorf("problems: %+v", report.Problems)
	}
}

// A step that does not say how it is undone is offered what its API has for it.
func TestUndoOffer(t *testing.T) {
	t.Parallel()
	const order = `{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":{"customer":"c","lines":[]}`
	for steps, want := range map[string]string{
		order + `}`: `{"id":"{% $response.body.id %}"}`,
		order + `,"undo":{"operation":"deleteOrder","parameters":{"id":"{% $a.id %}"}}}`:                         "",
		`{"id":"a","type":"api_call","connection":"con_shop","operation":"getCustomer","parameters":{"id":"1"}}`: "",
	} {
		got := ""
		if o := check.Run(context.Background(), document(t, steps), world(t), &check.Options{OfferUndo: true}).Steps[0].UndoOffer; o != nil {
			raw, err := json.Marshal(o.Parameters)
			if err != nil || o.Operation != "deleteOrder" {
				t.Error(o, err)
			}
			got = string(raw)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", steps, got, want)
		}
	}
}
