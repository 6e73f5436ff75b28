package spec

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"the of and":              "",
		"listUsersByID":           "list user id",
		"HTTPServer":              "http server",
		"getURLs":                 "get url",
		"created_at":              "creat",
		"/repos/{owner}/branches": "repo owner branch",
		"oauth2Token":             "oauth2 token",
		"Über-Größe":              "über größe",
		"\xff\xfe broken":         "broken",
	} {
		var got []string
		newTokenizer().each(text, func(stem string) { got = append(got, stem) })
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, strings.Join(got, " "), want)
		}
	}
}

const shop = `
openapi: 3.0.3
info: {title: Shop}
paths:
  /customers:
    get: {operationId: listCustomers, summary: List customers, tags: [people]}
    post:
      operationId: createCustomer
      summary: Add a customer
      requestBody: {content: {application/json: {schema: {type: object, properties: {loyalty_number: {type: string}}}}}}
  /customers/{id}:
    get: {operationId: getCustomer, summary: One customer}
    delete: {operationId: deleteCustomer, summary: Remove a customer}
  /invoices:
    post: {operationId: createInvoice, summary: Bill a customer, description: Makes an invoice and sends it}
  /legacy/invoices:
    post: {operationId: createInvoiceOld, summary: Bill a customer, description: Makes an invoice and sends it, deprecated: true}
  /refunds:
    post:
      summary: Give money back
      responses: {200: {description: ok, content: {application/json: {schema: {type: object, properties: {settlement: {type: string}}}}}}}
`

func TestSearch(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shop)
	s := NewSearcher(SearchDoc{"shop", d})
	for query, want := range map[string]string{
		"list all customers":        "listCustomers",
		"show me a single customer": "getCustomer",
		"create a new customer":     "createCustomer",
		"please remove a customer":  "deleteCustomer",
		"delete customers":          "deleteCustomer",
		"send an invoice":           "createInvoice", // and not the deprecated one
		"billing":                   "createInvoice",
		"money back":                "POST /refunds",
		"loyalty number":            "createCustomer", // a field of the body
		"settlement":                "POST /refunds",  // a field of the answer
		"peopl":                     "listCustomers",
		"refu":                      "POST /refunds", // half typed
		"createInvoiceOld":          "createInvoiceOld",
		"POST /refunds":             "POST /refunds",
		"GET /customers/{id}":       "getCustomer",
	} {
		hits := s.Search(query, 3)
		if len(hits) == 0 || hits[0].ID != want {
			t.Errorf("%q: got %+v, want %s first", query, hits, want)
			continue
		}
		if hits[0].Key != "shop" || hits[0].Path == "" || hits[0].Score <= 0 {
			t.Errorf("%q: hit %+v", query, hits[0])
		}
	}
	for _, query := range []string{"zebra", "the", "{}", strings.Repeat("x", 5000)} {
		if hits := s.Search(query, 3); len(hits) > 0 {
			t.Errorf("%.20q: got %+v, want nothing", query, hits)
		}
	}
	if hits := s.Search("customer", 0); hits != nil {
		t.Errorf("limit 0: got %v", hits)
	}
	if hits := s.Search(" ", 2); len(hits) != 2 || hits[0].ID != "listCustomers" || hits[1].ID != "createCustomer" {
		t.Errorf("empty query: got %+v", hits)
	}
	if hits := NewSearcher().Search("customer", 3); hits != nil {
		t.Errorf("no documents: got %v", hits)
	}
}

func TestSearchOverSeveralDocuments(t *testing.T) {
	t.Parallel()
	a, b := mustParse(t, shop), mustParse(t, petsV2)
	var got []string
	for _, h := range NewSearcher(SearchDoc{"a", a}, SearchDoc{"b", b}).Search("list pets or customers", 2) {
		got = append(got, h.Key+" "+h.ID)
	}
	if len(got) != 2 || !strings.Contains(strings.Join(got, ","), "a listCustomers") || !strings.Contains(strings.Join(got, ","), "b list") {
		t.Errorf("got %v", got)
	}
}

func TestSearchIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	d, err := Parse(context.Background(), synthetic(500), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(context.Background(), synthetic(500), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range searchQueries() {
		x := NewSearcher(SearchDoc{"k", d}).Search(q, 10)
		y := NewSearcher(SearchDoc{"k", again}).Search(q, 10)
		if diff := cmp.Diff(x, y); diff != "" {
			t.Errorf("%q:\n%s", q, diff)
		}
	}
}
