package call_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/spec"
)

// pagesDocument has operations whose names tell nobody how they page.
const pagesDocument = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://unused.example"}],
"components":{"links":{"More":{"operationId":"linked","parameters":{"query.von":"$response.body#/weiter/0/a~1b","seite":"$request.query.seite","art":"kurz"}}}},
"paths":{
 "/a":{"get":{"operationId":"plain","parameters":[{"name":"von","in":"query","schema":{"type":"string"}},{"name":"seite","in":"query","schema":{"type":"integer","default":0}},
     {"name":"X-Von","in":"header","schema":{"type":"string"}},{"name":"cursor","in":"query","schema":{"type":"string"}}],"responses":{"200":{"description":""}}},
   "post":{"operationId":"search","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Q"}}}},"responses":{"200":{"description":""}}}},
 "/linked":{"get":{"operationId":"linked","parameters":[{"name":"von","in":"query","schema":{"type":"string"}},{"name":"seite","in":"query","schema":{"type":"integer"}},{"name":"art","in":"query","schema":{"type":"string"}}],
   "responses":{"200":{"description":"","links":{"other":{"operationId":"plain","parameters":{"von":"$response.body#/id"}},"more":{"$ref":"#/components/links/More"}}}}}},
 "/byref":{"get":{"operationId":"byRef","parameters":[{"name":"von","in":"query","schema":{"type":"string"}}],
   "responses":{"2XX":{"description":"","links":{"more":{"operationRef":"#/paths/~1byref/get","parameters":{"von":"$response.header.X-Weiter"}}}}}}},
 "/azure":{"get":{"operationId":"azure","x-ms-pageable":{"nextLinkName":"weiter"},"responses":{"200":{"description":""}}}},
 "/whole":{"get":{"operationId":"whole","x-ms-pageable":{"nextLinkName":null},"responses":{"200":{"description":""}}}}}}`

// TestDeclaredPages reads five items over real HTTP, as the step or the document says, from
// answers whose own signs would lead elsewhere.
func TestDeclaredPages(t *testing.T) {
	t.Parallel()
	items := []int{1, 2, 3, 4, 5}
	// from answers two items from a place on, and where the next ones are.
	from := func(at int, more func(next int) string) string {
		at = min(max(at, 0), len(items))
		end := min(at+2, len(items))
		raw, _ := json.Marshal(items[at:end])
		rest := ""
		if end < len(items) {
			rest = more(end)
		}
		return fmt.Sprintf(`{"ok":true,"items":%s%s,"next_cursor":"a lure","has_more":true}`, raw, rest)
	}
	none := func(int) string { return "" }
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	query := func(r *http.Request, name string) int { return number(r.URL.Query().Get(name)) }
	for name, c := range map[string]struct {
		operation string
		page      call.Paginate
		params    string
		answer    func(r *http.Request, body string) (answer string, header []string)
		want      string // the requests' places
	}{
		"link of the header": {"plain", call.Paginate{Kind: "link"}, ``, func(r *http.Request, _ string) (string, []string) {
			link := ""
			body := from(query(r, "at"), func(next int) string { link = fmt.Sprintf(`</a?at=%d>; rel="next"`, next); return "" })
			return body, []string{"Link", link}
		}, "/a /a?at=2 /a?at=4"},
		"link of the body": {"plain", call.Paginate{Kind: "link", Next: "$response.body.weiter"}, ``, func(r *http.Request, _ string) (string, []string) {
			return from(query(r, "at"), func(next int) string { return fmt.Sprintf(`,"weiter":"?at=%d"`, next) }), []string{"Link", `</lure>; rel="next"`}
		}, "/a /a?at=2 /a?at=4"},
		"cursor": {"plain", call.Paginate{Kind: "cursor", Next: "$response.body.weiter", Param: "von"}, ``, func(r *http.Request, _ string) (string, []string) {
			return from(number(strings.TrimPrefix(r.URL.Query().Get("von"), "c ")), func(next int) string { return fmt.Sprintf(`,"weiter":"c %d"`, next) }), nil
		}, "/a /a?von=c%202 /a?von=c%204"},
		"cursor of a header, in a header": {"plain", call.Paginate{Kind: "cursor", Next: "$response.headers.`x-weiter`", Param: "header.X-Von"}, ``, func(r *http.Request, _ string) (string, []string) {
			next := ""
			body := from(number(r.Header.Get("X-Von")), func(at int) string { next = strconv.Itoa(at); return "" })
			return body, []string{"X-Weiter", next}
		}, "/a /a /a"},
		"cursor in the body": {"search", call.Paginate{Kind: "cursor", Next: "$response.body.weiter", Param: "von"}, ``, func(_ *http.Request, body string) (string, []string) {
			var asked struct{ Von, A int }
			if json.Unmarshal([]byte(body), &asked) != nil || asked.A != 1 {
				return `{"items":[]}`, nil
			}
			return from(asked.Von, func(next int) string { return fmt.Sprintf(`,"weiter":%d`, next) }), nil
		}, "/a /a /a"},
		"offset": {"plain", call.Paginate{Kind: "offset", Param: "query.von", Size: 2}, `{"von":"1"}`, func(r *http.Request, _ string) (string, []string) {
			return from(query(r, "von"), none), nil
		}, "/a?von=1 /a?von=3 /a?von=5"},
		"offset without a size": {"plain", call.Paginate{Kind: "offset", Param: "von"}, ``, func(r *http.Request, _ string) (string, []string) {
			return from(query(r, "von"), none), nil
		}, "/a /a?von=2 /a?von=4 /a?von=5"},
		"page, from the document's first": {"plain", call.Paginate{Kind: "page", Param: "seite", Size: 2}, ``, func(r *http.Request, _ string) (string, []string) {
			return from(2*query(r, "seite"), none), nil
		}, "/a /a?seite=1 /a?seite=2"},
		"page, from a given one": {"plain", call.Paginate{Kind: "page", Param: "seite", Size: 2}, `{"query.seite":1}`, func(r *http.Request, _ string) (string, []string) {
			return from(2*query(r, "seite"), none), nil
		}, "/a?seite=1 /a?seite=2"},
		"a link of the document": {"linked", call.Paginate{}, `{"seite":7}`, func(r *http.Request, _ string) (string, []string) {
			return from(query(r, "von"), func(next int) string { return fmt.Sprintf(`,"weiter":[{"a/b":"%d"}],"id":9`, next) }), nil
		}, "/linked?seite=7 /linked?von=2&seite=7&art=kurz /linked?von=4&seite=7&art=kurz"},
		"a link of the document, by reference": {"byRef", call.Paginate{}, ``, func(r *http.Request, _ string) (string, []string) {
			next := ""
			body := from(query(r, "von"), func(at int) string { next = strconv.Itoa(at); return "" })
			return body, []string{"X-Weiter", next}
		}, "/byref /byref?von=2 /byref?von=4"},
		"x-ms-pageable": {"azure", call.Paginate{}, ``, func(r *http.Request, _ string) (string, []string) {
			return from(query(r, "at"), func(next int) string { return fmt.Sprintf(`,"weiter":"/azure?at=%d"`, next) }), nil
		}, "/azure /azure?at=2 /azure?at=4"},
		"x-ms-pageable, one page": {"whole", call.Paginate{}, ``, func(*http.Request, string) (string, []string) {
			return from(0, func(int) string { return `,"nextLink":"/lure"` }), nil
		}, "/whole"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a *api
			a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				a.mu.Lock()
				body := a.body[len(a.body)-1]
				a.mu.Unlock()
				answer, header := c.answer(r, body)
				reply(200, answer, header...)(w, r)
			})
			k := newKit(t, a.URL, func(k *kit) {
				doc, err := spec.Parse(t.Context(), []byte(pagesDocument), nil)
				if err != nil {
					t.Fatal(err)
				}
				k.doc, k.conn.SpecHash = doc, doc.Info().Hash
			})
			task := k.task(c.operation)
			c.page.Items, c.page.MaxItems = "$response.body.items", 100
			task.Paginate = &c.page
			if c.operation == "search" {
				task.Body = json.RawMessage(`{"a":1}`)
			}
			if c.params != "" {
				if err := json.Unmarshal([]byte(c.params), &task.Parameters); err != nil {
					t.Fatal(err)
				}
			}
			r, failed := k.handle(task)
			if failed != "" {
				t.Fatal(failed)
			}
			var places []string
			for i := range a.count() {
				places = append(places, a.hit(i).URL.RequestURI())
			}
			if got := strings.Join(places, " "); got != c.want {
				t.Errorf("asked for %s\nwant %s", got, c.want)
			}
			var got []int
			if err := json.Unmarshal(r.Value, &got); err != nil || len(got) == 0 || got[len(got)-1] != 5 && c.operation != "whole" {
				t.Errorf("items %s %v", r.Value, err)
			}
		})
	}
}

// TestDeclaredPagesEnd: what the answers do not tell ends the list, and what is no place fails.
func TestDeclaredPagesEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		page   call.Paginate
		failed string
		hits   int
	}{
		"no cursor":       {`{"items":[1]}`, call.Paginate{Kind: "cursor", Next: "$response.body.n", Param: "cursor"}, "", 1},
		"a null":          {`{"items":[1],"n":null}`, call.Paginate{Kind: "cursor", Next: "$response.body.n", Param: "cursor"}, "", 1},
		"an empty one":    {`{"items":[1],"n":""}`, call.Paginate{Kind: "cursor", Next: "$response.body.n", Param: "cursor"}, "", 1},
		"false":           {`{"items":[1],"n":false}`, call.Paginate{Kind: "cursor", Next: "$response.body.n", Param: "cursor"}, "", 1},
		"a circle":        {`{"items":[1],"n":"x"}`, call.Paginate{Kind: "cursor", Next: "$response.body.n", Param: "cursor"}, "", 2},
		"a link, no text": {`{"items":[1],"n":5}`, call.Paginate{Kind: "link", Next: "$response.body.n"}, "States.QueryEvaluationError", 1},
		"another host":    {`{"items":[1],"n":"https://elsewhere.example/x"}`, call.Paginate{Kind: "link", Next: "$response.body.n"}, "Egress.Blocked", 1},
		"no page":         {`{"items":[]}`, call.Paginate{Kind: "page", Param: "page"}, "", 1},
		"a short page":    {`{"items":[1]}`, call.Paginate{Kind: "page", Param: "page", Size: 2}, "", 1},
		"fails":           {`{"items":[1]}`, call.Paginate{Kind: "cursor", Next: "$number('x')", Param: "cursor"}, "States.QueryEvaluationError", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, reply(200, c.body))
			k := newKit(t, a.URL, nil)
			task := k.task("list")
			c.page.Items, c.page.MaxItems = "$response.body.items", 100
			task.Paginate = &c.page
			if _, failed := k.handle(task); failed != c.failed || a.count() != c.hits {
				t.Errorf("%q after %d requests", failed, a.count())
			}
		})
	}
}
