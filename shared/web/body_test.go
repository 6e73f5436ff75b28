package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/web"
)

func TestBodyRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t, wide())
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for name, c := range map[string]struct {
		body string
		// want are path and code of each problem, in order.
		want [][2]string
	}{
		"none":                    {"", [][2]string{{"", "required"}}},
		"blank":                   {" \n", [][2]string{{"", "required"}}},
		"null":                    {"null", [][2]string{{"", "type"}}},
		"a list":                  {"[]", [][2]string{{"", "type"}}},
		"not JSON":                {"{name:1}", [][2]string{{"", "json"}}},
		"cut":                     {`{"name":"x"`, [][2]string{{"/name", "json"}}},
		"two values":              {`{"name":"x"} {}`, [][2]string{{"", "json"}}},
		"garbage after it":        {`{"name":"x"}]`, [][2]string{{"", "json"}}},
		"a comment":               {`{"name":"x" /* */}`, [][2]string{{"/name", "json"}}},
		"not UTF-8":               {"{\"name\":\"\xff\"}", [][2]string{{"/name", "json"}}},
		"a lone surrogate":        {`{"name":"\ud800"}`, [][2]string{{"/name", "json"}}},
		"twice":                   {`{"name":"x","name":"y"}`, [][2]string{{"/name", "duplicate_field"}}},
		"twice, escaped":          {`{"name":"x","n\u0061me":"y"}`, [][2]string{{"/name", "duplicate_field"}}},
		"twice, inside any":       {`{"name":"x","any":{"a":[{"b":1,"b":2}]}}`, [][2]string{{"/any/a/0/b", "duplicate_field"}}},
		"twice, inside unknown":   {`{"name":"x","z":{"b":1,"b":2}}`, [][2]string{{"/z/b", "duplicate_field"}}},
		"case":                    {`{"Name":"x"}`, [][2]string{{"/Name", "unknown_field"}, {"/name", "required"}}},
		"case beside the field":   {`{"name":"x","NAME":"y"}`, [][2]string{{"/NAME", "unknown_field"}}},
		"unknown":                 {`{"name":"x","a/b~c":1}`, [][2]string{{"/a~1b~0c", "unknown_field"}}},
		"unknown, deep":           {`{"name":"x","parts":[{"size":1},{"size":1,"sise":2}]}`, [][2]string{{"/parts/1/sise", "unknown_field"}}},
		"several at once":         {`{"x":1,"count":0}`, [][2]string{{"/x", "unknown_field"}, {"/name", "required"}, {"/count", "minimum"}}},
		"missing, deep":           {`{"name":"x","parts":[{}]}`, [][2]string{{"/parts/0/size", "required"}}},
		"null for a text":         {`{"name":null}`, [][2]string{{"/name", "type"}}},
		"a number for a text":     {`{"name":1}`, [][2]string{{"/name", "type"}}},
		"a text for a number":     {`{"name":"x","count":"1"}`, [][2]string{{"/count", "type"}}},
		"a fraction":              {`{"name":"x","count":1.5}`, [][2]string{{"/count", "type"}}},
		"over int64":              {`{"name":"x","big":9223372036854775808}`, [][2]string{{"/big", "type"}}},
		"over float64":            {`{"name":"x","share":1e400}`, [][2]string{{"/share", "number"}}},
		"an exponent to choke on": {`{"name":"x","count":1e1000000}`, [][2]string{{"/count", "number"}}},
		"... inside any":          {`{"name":"x","any":[1e1000000]}`, [][2]string{{"/any/0", "number"}}},
		"a very long number":      {`{"name":"x","any":` + strings.Repeat("1", 5000) + `}`, [][2]string{{"/any", "number"}}},
		"empty":                   {`{"name":""}`, [][2]string{{"/name", "minLength"}}},
		"too long":                {`{"name":"` + strings.Repeat("é", 11) + `"}`, [][2]string{{"/name", "maxLength"}}},
		"not of the set":          {`{"name":"x","kind":"c"}`, [][2]string{{"/kind", "enum"}}},
		"not a time":              {`{"name":"x","at":"yesterday"}`, [][2]string{{"/at", "format"}}},
		"a secret that is none":   {`{"name":"x","key":1}`, [][2]string{{"/key", "type"}}},
		"a secret sent back":      {`{"name":"x","key":"[secret]"}`, [][2]string{{"/key", "type"}}},
		"a map's value":           {`{"name":"x","labels":{"a":1}}`, [][2]string{{"/labels/a", "type"}}},
		"too deep":                {`{"name":"x","any":` + deep + `}`, [][2]string{{"/any" + strings.Repeat("/0", 98) + "…", "depth"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := h.send(t, sent{method: "PUT", path: "/api/workflows/wfl_1", token: user, body: c.body})
			p := g.problem(t)
			if p.Code != apierr.ValidationFailed {
				t.Fatalf("code %s", p.Code)
			}
			var have [][2]string
			for _, e := range p.Errors {
				have = append(have, [2]string{e.Path, e.Code})
				if e.Message == "" {
					t.Errorf("%s has no message", e.Path)
				}
			}
			if !equal(have, c.want) {
				t.Fatalf("problems %q, want %q", have, c.want)
			}
		})
	}
}

func equal(a, b [][2]string) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func TestBodyTaken(t *testing.T) {
	t.Parallel()
	h := newHome(t, wide())
	for name, c := range map[string]struct{ body, want string }{
		"least":        {`{"name":"x"}`, `{"id":"wfl_1","ifMatch":0,"name":"x"}`},
		"all":          {` {"name":"x","count":2,"big":9223372036854775807,"share":0.5,"on":true,"at":"2026-01-05T09:00:00Z","kind":"a","key":"k","labels":{"a":"b"},"parts":[{"size":0}]} `, `{"id":"wfl_1","ifMatch":0,"name":"x"}`},
		"any is kept":  {`{"name":"x","any":{"A":1,"a":2,"n":12345678901234567890.5,"z":[null,true]}}`, `{"id":"wfl_1","ifMatch":0,"name":"x","any":{"A":1,"a":2,"n":12345678901234567890.5,"z":[null,true]}}`},
		"whole as 1.0": {`{"name":"x","any":1.0}`, `{"id":"wfl_1","ifMatch":0,"name":"x","any":1.0}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := h.send(t, sent{method: "PUT", path: "/api/workflows/wfl_1", token: user, body: c.body})
			want := `{"success":true,"data":` + c.want + "}\n"
			if g.status != http.StatusOK || g.body != want || g.header.Get("ETag") != `"7"` {
				t.Fatalf("%d %q %s, want %s", g.status, g.header.Get("ETag"), g.body, want)
			}
		})
	}
}

func TestBodyAroundIt(t *testing.T) {
	t.Parallel()
	h := newHome(t, wide())
	const most = 640 << 10
	pad := func(n int) string { return `{"name":"x","any":"` + strings.Repeat("a", n-21) + `"}` }
	for name, c := range map[string]struct {
		body   string
		header map[string]string
		code   apierr.Code // "": taken
		path   string
	}{
		"no media type":      {`{"name":"x"}`, map[string]string{"Content-Type": ""}, apierr.ValidationFailed, "header.Content-Type"},
		"a form":             {`name=x`, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, apierr.ValidationFailed, "header.Content-Type"},
		"text":               {`{"name":"x"}`, map[string]string{"Content-Type": "text/plain"}, apierr.ValidationFailed, "header.Content-Type"},
		"compressed":         {`{"name":"x"}`, map[string]string{"Content-Encoding": "gzip"}, apierr.ValidationFailed, "header.Content-Encoding"},
		"one byte over":      {pad(most + 1), nil, apierr.PayloadTooLarge, ""},
		"the most":           {pad(most), nil, "", ""},
		"another JSON":       {`{"name":"x"}`, map[string]string{"Content-Type": "application/merge-patch+json; charset=utf-8"}, "", ""},
		"an unknown query":   {`{"name":"x"}`, map[string]string{":query": "a=1"}, apierr.ValidationFailed, "query.a"},
		"a query cut short":  {`{"name":"x"}`, map[string]string{":query": "a=%z"}, apierr.ValidationFailed, "query"},
		"If-Match 0":         {`{"name":"x"}`, map[string]string{"If-Match": "0"}, apierr.ValidationFailed, "header.If-Match"},
		`If-Match "0"`:       {`{"name":"x"}`, map[string]string{"If-Match": `"0"`}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match negative":  {`{"name":"x"}`, map[string]string{"If-Match": "-1"}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match weak":      {`{"name":"x"}`, map[string]string{"If-Match": `W/"3"`}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match half open": {`{"name":"x"}`, map[string]string{"If-Match": `"3`}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match list":      {`{"name":"x"}`, map[string]string{"If-Match": `"3", "4"`}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match empty":     {`{"name":"x"}`, map[string]string{"If-Match": `""`}, apierr.ValidationFailed, "header.If-Match"},
		"If-Match huge":      {`{"name":"x"}`, map[string]string{"If-Match": "9223372036854775808"}, apierr.ValidationFailed, "header.If-Match"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := sent{method: "PUT", path: "/api/workflows/wfl_1", token: user, body: c.body, header: map[string]string{}}
			for name, value := range c.header {
				if name == ":query" {
					q.path += "?" + value
					continue
				}
				q.header[name] = value
			}
			g := h.send(t, q)
			if c.code == "" {
				if g.status != http.StatusOK {
					t.Fatalf("%d %.300s", g.status, g.body)
				}
				return
			}
			p := g.problem(t)
			if p.Code != c.code || (c.path != "" && (len(p.Errors) != 1 || p.Errors[0].Path != c.path)) {
				t.Fatalf("%s", g.body)
			}
		})
	}
	for value, want := range map[string]string{"3": `"ifMatch":3,`, `"12"`: `"ifMatch":12,`, "*": `"ifMatch":0,`} {
		g := h.send(t, sent{method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"x"}`, header: map[string]string{"If-Match": value}})
		if !strings.Contains(g.body, want) {
			t.Errorf("If-Match %s: %s", value, g.body)
		}
	}
}

// TestNothingLongEchoed: what an answer quotes of a request is short.
func TestNothingLongEchoed(t *testing.T) {
	t.Parallel()
	h := newHome(t, wide(), lists())
	long := strings.Repeat("k", 300_000)
	for name, q := range map[string]sent{
		"an unknown name": {method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"x","` + long + `":1}`},
		"a name twice":    {method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"x","any":{"` + long + `":1,"` + long + `":1}}`},
		"a map's name":    {method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"x","labels":{"` + long + `":1}}`},
		"a value":         {method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"` + long + `","at":"` + long + `"}`},
		"a query":         {method: "GET", path: "/api/logs?" + long[:20_000] + "=1", token: admin},
		"many":            {method: "PUT", path: "/api/workflows/wfl_1", token: user, body: `{"name":"x"` + many(5_000) + `}`},
	} {
		g := h.send(t, q)
		if p := g.problem(t); p.Code != apierr.ValidationFailed || len(g.body) > 20_000 || len(p.Errors) > 60 {
			t.Errorf("%s: %d bytes, %d problems", name, len(g.body), len(p.Errors))
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"u` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/100) + `":1`)
	}
	// Some names come twice: cut at the first that would.
	seen := map[string]bool{}
	var out strings.Builder
	for part := range strings.SplitSeq(b.String()[1:], ",") {
		if !seen[part] {
			seen[part] = true
			out.WriteString("," + part)
		}
	}
	return out.String()
}

func TestQuery(t *testing.T) {
	t.Parallel()
	h := newHome(t, lists())
	for query, want := range map[string]string{
		"limit=0": "query.limit range", "limit=-1": "query.limit range", "limit=101": "query.limit range", "limit=": "query.limit type",
		"limit=1.0": "query.limit type", "limit=%2025": "query.limit type", "limit=99999999999999999999": "query.limit type", "limit=1&limit=2": "query.limit repeated",
		`limit=%221%22`: "query.limit type", "deep=1": "query.deep type", "from=2026-01-05": "query.from format", "level=error": "query.level enum",
		"level=info,warn": "query.level enum", "cursor=%ff": "query.cursor encoding", "cursor=%00": "query.cursor encoding", "Limit=1": "query.Limit unknown_field",
		"a;b": "query encoding", "limit=5": "", "limit=100&deep=true&from=2026-01-05T09:00:00Z&level=warn&after=0&cursor=": "",
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			g := h.send(t, sent{method: "GET", path: "/api/logs?" + query, token: admin})
			if want == "" {
				if g.body != `{"success":true,"data":[],"meta":{"nextCursor":null}}`+"\n" {
					t.Fatal(g.body)
				}
				return
			}
			p := g.problem(t)
			if len(p.Errors) != 1 || p.Errors[0].Path+" "+p.Errors[0].Code != want || p.Code != apierr.ValidationFailed {
				t.Fatal(g.body)
			}
		})
	}
	if g := h.send(t, sent{method: "GET", path: "/api/logs", token: admin}); g.body != `{"success":true,"data":["x"],"meta":{"nextCursor":"more"}}`+"\n" {
		t.Fatal(g.body)
	}
}

func TestPathValues(t *testing.T) {
	t.Parallel()
	h := newHome(t, wide())
	for path, code := range map[string]apierr.Code{
		"%00": apierr.NotFound, "%ff": apierr.NotFound, strings.Repeat("a", 901): apierr.NotFound, "each%5B3%5D%2Fcharge": "",
	} {
		g := h.send(t, sent{method: "PUT", path: "/api/workflows/" + path, token: user, body: `{"name":"x"}`})
		if code == "" {
			if !strings.Contains(g.body, `"id":"each[3]/charge"`) {
				t.Error(g.body)
			}
		} else if p := g.problem(t); p.Code != code {
			t.Errorf("%s: %s", path, g.body)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: 25, 1: 1, 100: 100} {
		if p, err := web.Page(limit, "c"); err != nil || p.Limit != want || p.Cursor != "c" {
			t.Errorf("%d: %v %v", limit, p, err)
		}
	}
	for _, limit := range []int{-1, 101} {
		if _, err := web.Page(limit, ""); apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("%d: %v", limit, err)
		}
	}
}
