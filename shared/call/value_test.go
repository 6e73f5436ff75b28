package call_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/call"
)

func TestValueOfAStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply   http.HandlerFunc
		output  string
		success string
		vars    string
		want    string
		failed  string
	}{
		"whole body":           {reply: reply(200, `{"b":1,"a":[1.50,2]}`), want: `{"b":1,"a":[1.50,2]}`},
		"projection":           {reply: reply(200, `{"a":{"b":2}}`), output: `"$response.body.a.b + $n"`, vars: `{"n":40}`, want: `42`},
		"template":             {reply: reply(200, `{}`), output: `{"x":"{% 1+1 %}"}`, failed: "States.QueryEvaluationError"},
		"wrapped expression":   {reply: reply(200, `{}`), output: `"{% 1+1 %}"`, failed: "States.QueryEvaluationError"},
		"nothing":              {reply: reply(200, `{}`), output: `"$response.body.none"`, want: `null`},
		"no content":           {reply: reply(204, ``), want: `null`},
		"text":                 {reply: reply(200, `hello "you"`, "Content-Type", "text/plain"), want: `"hello \"you\""`},
		"JSON said to be HTML": {reply: reply(200, ` {"a":1} `, "Content-Type", "text/html"), want: `{"a":1}`},
		"HTML said to be JSON": {reply: reply(200, `<html>`), want: `"\u003chtml\u003e"`},
		"byte order mark":      {reply: reply(200, "\xef\xbb\xbf{\"a\":1}"), want: `{"a":1}`},
		"latin-1":              {reply: reply(200, "caf\xe9", "Content-Type", "text/plain; charset=iso-8859-1"), want: `"café"`},
		"binary":               {reply: reply(200, "\x00\x01", "Content-Type", "image/png"), want: `{"$file":{"type":"image/png","base64":"AAE="}}`},
		"header":               {reply: reply(200, `{}`, "X-Next", "n"), output: `"$response.headers.'x-next'"`, want: `"n"`},
		"true by expression":   {reply: reply(404, `{"a":1}`), success: "$response.status = 404", want: `{"a":1}`},
		"false by expression":  {reply: reply(200, `{"ok":false}`), success: "$response.body.ok", failed: "Http.200"},
		"success not boolean":  {reply: reply(200, `{}`), success: "1", failed: "States.QueryEvaluationError"},
		"broken output":        {reply: reply(200, `{}`), output: `"$sum('x')"`, failed: "States.QueryEvaluationError"},
		"unparsable output":    {reply: reply(200, `{}`), output: `"$$("`, failed: "States.QueryEvaluationError"},
		"eval":                 {reply: reply(200, `{"e":"1+1"}`), output: `"$eval($response.body.e)"`, failed: "States.QueryEvaluationError"},
		"data is not code":     {reply: reply(200, `{"e":"{% 1+1 %}"}`), output: `"$response.body.e"`, want: `"{% 1+1 %}"`},
		"too large":            {reply: reply(200, `{"a":"`+strings.Repeat("x", 210<<10)+`"}`), failed: "Output.TooLarge"},
		"large but projected":  {reply: reply(200, `{"a":"`+strings.Repeat("x", 210<<10)+`","b":1}`), output: `"$response.body.b"`, want: `1`},
		"too large projected":  {reply: reply(200, `{"a":"`+strings.Repeat("x", 110<<10)+`"}`), output: `"[$response.body.a, $response.body.a]"`, failed: "Output.TooLarge"},
		"nested too deeply":    {reply: reply(200, strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), failed: "States.QueryEvaluationError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, c.reply)
			k := newKit(t, a.URL, nil)
			task := k.task("create")
			task.Success = c.success
			if c.output != "" {
				task.Output = json.RawMessage(c.output)
			}
			if c.vars != "" {
				if err := json.Unmarshal([]byte(c.vars), &task.Vars); err != nil {
					t.Fatal(err)
				}
			}
			r, failed := k.handle(task)
			if failed != c.failed {
				t.Fatalf("%q, want %q", failed, c.failed)
			}
			if failed == "" {
				equalJSON(t, r.Value, c.want)
			}
			s := k.steps()[0]
			if s.Response == nil || s.Response.Status == 0 {
				t.Error("the answer is not in the journal")
			}
			// An unsafe request that had its effect is not sent again because its
			// value could not be made.
			if k.restart(); c.failed != "Http.200" {
				if again, failed := k.handle(task); failed != c.failed || string(again.Value) != string(r.Value) || a.count() != 1 {
					t.Errorf("again: %q, %d requests", failed, a.count())
				}
			}
		})
	}
}

func TestLargeValueIsKeptOutsideTheEntry(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true,"a":"`+strings.Repeat("\u00e9<", 60<<10)+`"}`))
	k := newKit(t, a.URL, nil)
	first, failed := k.handle(k.task("list"))
	if failed != "" {
		t.Fatal(failed)
	}
	k.restart()
	if again, _ := k.handle(k.task("list")); string(again.Value) != string(first.Value) || a.count() != 1 {
		t.Error("the stored value differs")
	}
	s := k.steps()[0]
	if s.Response.Blob == "" || !s.Response.Cut {
		t.Fatal("the answer is not in the blob store")
	}
	whole, err := k.blobs.ReadAll(k.ctx, s.Response.Blob, 1<<20)
	if err != nil || len(whole) != s.Response.Bytes {
		t.Errorf("%d bytes, %v", len(whole), err)
	}
}

func TestJournalEntryStaysWithinTheTablesLimit(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(500, `{"a":"`+strings.Repeat("<\\u0001", 7000)+`"}`))
	k := newKit(t, a.URL, func(k *kit) { k.opts.Attempts = 1; k.opts.Peer.OpenAfter = 1000 })
	for range 40 {
		if _, failed := k.handle(k.task("list")); failed != "Http.500" {
			t.Fatal(failed)
		}
	}
	s := k.steps()[0]
	if s.Attempt != 40 || len(s.Attempts) != 12 || s.Attempts[11].N != 40 || len(s.Attempts[11].Response.Body) == 0 {
		t.Errorf("%d attempts, %d kept", s.Attempt, len(s.Attempts))
	}
}

func TestDriftIsNotedNotFailed(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":"yes"}`))
	k := newKit(t, a.URL, nil)
	if _, failed := k.handle(k.task("list")); failed != "" {
		t.Fatal(failed)
	}
	if r := k.steps()[0].Response; !r.Checked || len(r.Problems) != 1 || r.Problems[0].Path != "/ok" {
		t.Errorf("%+v", r.Problems)
	}
}

func TestRequestThatDoesNotFitIsASchemaMismatch(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{}`))
	k := newKit(t, a.URL, nil)
	task := k.task("replace")
	task.Parameters = map[string]json.RawMessage{"other": json.RawMessage(`1`)}
	if _, failed := k.handle(task); failed != call.ErrSchemaMismatch || a.count() != 0 {
		t.Errorf("%s, %d requests", failed, a.count())
	}
}

func TestPagination(t *testing.T) {
	t.Parallel()
	pages := [][]int{{1, 2}, {3, 4}, {5}}
	list := func(n int, more string) string {
		raw, _ := json.Marshal(pages[n])
		return fmt.Sprintf(`{"ok":true,"items":%s%s}`, raw, more)
	}
	for name, c := range map[string]struct {
		answer func(base string, r *http.Request) (body, link string)
		params string
		max    int
		want   string
		hits   int
	}{
		"link header": {answer: func(base string, r *http.Request) (string, string) {
			n := int(r.URL.Query().Get("at")[0] - '0')
			if n == 2 {
				return list(n, ""), `<` + base + `/x>; rel="prev"`
			}
			return list(n, ""), fmt.Sprintf(`<%s/x>; rel=prev, <%s/items?at=%d>; title="a, b"; rel="next last"`, base, base, n+1)
		}, want: `[1,2,3,4,5]`, hits: 3},
		"link in body": {answer: func(base string, r *http.Request) (string, string) {
			n := int(r.URL.Query().Get("at")[0] - '0')
			if n == 2 {
				return list(n, `,"links":{"next":null}`), ""
			}
			return list(n, fmt.Sprintf(`,"links":{"next":"/items?at=%d"}`, n+1)), ""
		}, want: `[1,2,3,4,5]`, hits: 3},
		"cursor": {answer: func(_ string, r *http.Request) (string, string) {
			switch r.URL.Query().Get("cursor") {
			case "":
				return list(0, `,"meta":{"next_cursor":"a+b"}`), ""
			case "a+b":
				return list(1, `,"meta":{"next_cursor":"c"}`), ""
			}
			return list(2, `,"meta":{"next_cursor":""}`), ""
		}, want: `[1,2,3,4,5]`, hits: 3},
		"offset and total": {answer: func(_ string, r *http.Request) (string, string) {
			n := map[string]int{"": 0, "2": 1, "4": 2}[r.URL.Query().Get("offset")]
			return list(n, `,"total":5`), ""
		}, params: `{"limit":2}`, want: `[1,2,3,4,5]`, hits: 3},
		"enough": {answer: func(base string, r *http.Request) (string, string) {
			return list(0, ""), fmt.Sprintf(`<%s/items?at=%d>; rel=next`, base, r.URL.Query().Get("at")[0])
		}, max: 1, want: `[1]`, hits: 1},
		"circle": {answer: func(base string, _ *http.Request) (string, string) {
			return list(0, ""), `<` + base + `/items?at=0>; rel=next`
		}, want: `[1,2]`, hits: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a *api
			a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if !r.URL.Query().Has("at") {
					q := r.URL.Query()
					q.Set("at", "0")
					r.URL.RawQuery = q.Encode()
				}
				body, link := c.answer(a.URL, r)
				reply(200, body, "Link", link)(w, r)
			})
			k := newKit(t, a.URL, nil)
			task := k.task("list")
			task.Paginate = &call.Paginate{Items: "$response.body.items", MaxItems: c.max}
			if c.params != "" {
				if err := json.Unmarshal([]byte(c.params), &task.Parameters); err != nil {
					t.Fatal(err)
				}
			}
			r, failed := k.handle(task)
			if failed != "" {
				t.Fatal(failed)
			}
			equalJSON(t, r.Value, c.want)
			if a.count() != c.hits || r.Attempts != c.hits {
				t.Errorf("%d requests, want %d", a.count(), c.hits)
			}
		})
	}
}

func TestNextPageOnAnotherHostIsNotRead(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"items":[1]}`, "Link", "<http://127.0.0.1:9/x>; rel=next"))
	k := newKit(t, a.URL, nil)
	task := k.task("list")
	task.Paginate = &call.Paginate{Items: "$response.body.items", MaxItems: 10}
	if _, failed := k.handle(task); failed != call.ErrEgressBlocked {
		t.Error(failed)
	}
}
