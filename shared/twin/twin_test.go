package twin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
)

const (
	petstore = "../../infra/local/samples/petstore.yaml"
	museum   = "../../infra/local/samples/museum.yaml"
	wrapped  = "testdata/wrapped.yaml"
)

func document(t testing.TB, file string) *spec.Document {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spec.Parse(t.Context(), raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func newTwin(t testing.TB, file string, o *twin.Options) *twin.Twin {
	t.Helper()
	tw, err := twin.New(document(t, file), o)
	if err != nil {
		t.Fatal(err)
	}
	return tw
}

// ask sends one request; header holds names and values in turn.
func ask(t testing.TB, tw http.Handler, method, path, body string, header ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://twin.test"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	tw.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// want asks and judges the status; its answer is read into a T.
func want[T any](t testing.TB, tw http.Handler, status int, method, path, body string, header ...string) (v T) {
	t.Helper()
	have, raw := ask(t, tw, method, path, body, header...)
	if have != status {
		t.Fatalf("%s %s: %d, want %d: %.500s", method, path, have, status, raw)
	}
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatalf("%s %s: %v: %.500s", method, path, err, raw)
		}
	}
	return v
}

type thing = map[string]any

func TestRefused(t *testing.T) {
	t.Parallel()
	pets, tasks := newTwin(t, petstore, nil), newTwin(t, wrapped, nil)
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for name, c := range map[string]struct {
		tw                 *twin.Twin
		method, path, body string
		header             []string
		status             int
		holds              string
	}{
		"no such path":          {pets, "GET", "/cats", "", nil, 404, "no such path"},
		"no such method":        {pets, "PATCH", "/pet/findByStatus", "", nil, 405, "PATCH"},
		"no such thing":         {pets, "GET", "/pet/4711", "", nil, 404, "4711"},
		"an id of another type": {pets, "GET", "/pet/x", "", nil, 400, "/parameters/petId"},
		"an id that is no text": {pets, "GET", "/pet/%zz", "", nil, 404, ""},
		"infinity":              {pets, "GET", "/pet/Inf", "", nil, 400, "/parameters/petId"},
		"not a number":          {pets, "GET", "/pet/NaN", "", nil, 400, "/parameters/petId"},
		"hexadecimal":           {pets, "GET", "/pet/0x1p4", "", nil, 400, "/parameters/petId"},
		"an exponent":           {pets, "GET", "/pet/1e999999", "", nil, 400, "/parameters/petId"},
		"not of the set":        {pets, "GET", "/pet/findByStatus?status=asleep", "", nil, 400, "/parameters/status"},
		"no body":               {pets, "POST", "/pet", "", nil, 422, "body"},
		"missing fields":        {pets, "POST", "/pet", `{}`, nil, 422, "required"},
		"a wrong type":          {pets, "POST", "/pet", `{"name":1,"photoUrls":[]}`, nil, 422, "name"},
		"not JSON":              {pets, "POST", "/pet", `{`, nil, 400, "not JSON"},
		"more than one":         {pets, "POST", "/pet", `{"name":"x","photoUrls":[]}}`, nil, 400, "more than one"},
		"too deep":              {pets, "POST", "/pet", `{"name":"x","photoUrls":[],"x":` + deep + `}`, nil, 400, "deep"},
		"a huge exponent":       {pets, "POST", "/pet", `{"name":"x","photoUrls":[],"id":1e999999}`, nil, 400, "too large"},
		"another media type":    {pets, "POST", "/pet", `x`, []string{"Content-Type", "text/csv"}, 415, "text/csv"},
		"unknown by body":       {pets, "PUT", "/pet", `{"id":4711,"name":"x","photoUrls":[]}`, nil, 404, "4711"},
		"too large":             {newTwin(t, petstore, &twin.Options{MaxBody: 20}), "POST", "/pet", `{"name":"x","photoUrls":[]}`, nil, 413, ""},
		"a path too long":       {pets, "GET", "/pet/" + strings.Repeat("1", 5000), "", nil, 414, ""},
		"a key too long":        {pets, "POST", "/pet", `{"name":"x","photoUrls":[]}`, []string{"Idempotency-Key", strings.Repeat("k", 300)}, 414, ""},
		"an extra field":        {tasks, "POST", "/projects/ops/tasks", `{"title":"x","x":1}`, nil, 422, "x"},
		"a limit out of range":  {tasks, "GET", "/projects/ops/tasks?limit=0", "", nil, 400, "/parameters/limit"},
		"a diff of no format":   {tasks, "GET", "/diffs/a...b.html", "", nil, 400, "/parameters/format"},
		"a diff of one":         {tasks, "GET", "/diffs/a.diff", "", nil, 404, ""},
	} {
		if name == "an id that is no text" { // the router of net/http would refuse it first
			r := httptest.NewRequestWithContext(t.Context(), "GET", "http://twin.test/", nil)
			r.URL.Path, r.URL.RawPath = "/pet/%zz", "/pet/%zz"
			w := httptest.NewRecorder()
			c.tw.ServeHTTP(w, r)
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s: %d", name, w.Code)
			}
			continue
		}
		if have, raw := ask(t, c.tw, c.method, c.path, c.body, c.header...); have != c.status || !strings.Contains(raw, c.holds) {
			t.Errorf("%s: %d, want %d with %q: %.300s", name, have, c.status, c.holds, raw)
		}
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, wrapped, &twin.Options{RequireAuth: true})
	for name, c := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"none":           {"/projects/ops/tasks", nil, 401},
		"another header": {"/projects/ops/tasks", []string{"X-Other", "k"}, 401},
		"another cookie": {"/projects/ops/tasks", []string{"Cookie", "other=k"}, 401},
		"its header":     {"/projects/ops/tasks", []string{"X-Key", "k"}, 200},
		"its cookie":     {"/projects/ops/tasks", []string{"Cookie", "sid=k"}, 200},
		"a bearer":       {"/projects/ops/tasks", []string{"Authorization", "Bearer k"}, 401},
		"none needed":    {"/open", nil, 200},
	} {
		if have, raw := ask(t, tw, "GET", c.path, "", c.header...); have != c.status {
			t.Errorf("%s: %d %s", name, have, raw)
		}
	}
}

func TestLifeOfAPet(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, petstore, nil)
	if p := want[thing](t, tw, 200, "GET", "/pet/1", ""); p["id"] != 1.0 || p["name"] == "" {
		t.Fatal(p)
	}
	made := want[thing](t, tw, 200, "POST", "/pet", `{"name":"Rex","photoUrls":["https://example.com/rex"],"status":"sold","tags":[{"id":7,"name":"dog"}]}`)
	at := fmt.Sprint("/pet/", made["id"])
	if made["name"] != "Rex" || made["id"] != 4.0 {
		t.Fatal(made)
	}
	if read := want[thing](t, tw, 200, "GET", at, ""); fmt.Sprint(read) != fmt.Sprint(made) {
		t.Errorf("%v, want %v", read, made)
	}
	found := func(status string) bool {
		for _, p := range want[[]thing](t, tw, 200, "GET", "/pet/findByStatus?status="+status, "") {
			if p["status"] != status {
				t.Errorf("%v is not %s", p, status)
			}
			if p["id"] == made["id"] {
				return true
			}
		}
		return false
	}
	if !found("sold") || found("pending") {
		t.Error("a search by status does not tell things apart")
	}
	// By its body, by a form's query, and what was not sent stays.
	want[thing](t, tw, 200, "PUT", "/pet", `{"id":4,"name":"Max","photoUrls":[],"status":"pending"}`)
	if read := want[thing](t, tw, 200, "GET", at, ""); read["name"] != "Max" || fmt.Sprint(read["tags"]) != fmt.Sprint(made["tags"]) || !found("pending") {
		t.Error(read)
	}
	want[thing](t, tw, 200, "POST", at+"?name=Tim&status=available", "")
	if read := want[thing](t, tw, 200, "GET", at, ""); read["name"] != "Tim" || read["status"] != "available" {
		t.Error(read)
	}
	if status, raw := ask(t, tw, "DELETE", at, ""); status >= 300 {
		t.Fatal(status, raw)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if status, _ := ask(t, tw, method, at, ""); status != 404 {
			t.Errorf("%s after its end: %d", method, status)
		}
	}
	if again := want[thing](t, tw, 200, "POST", "/pet", `{"name":"Rex","photoUrls":[]}`); again["id"] == made["id"] {
		t.Error("an id is given out twice")
	}
	// An id of more digits than a float64 has.
	want[thing](t, tw, 200, "POST", "/pet", `{"id":9007199254740993,"name":"Big","photoUrls":[]}`)
	_, raw := ask(t, tw, "POST", "/pet/9007199254740993?name=Bigger", "")
	if !strings.Contains(raw, "9007199254740993") || !strings.Contains(raw, "Bigger") {
		t.Error(raw)
	}
	// One who is named by a text appears; one that was deleted does not.
	if u := want[thing](t, tw, 200, "GET", "/user/ada", ""); u["username"] != "ada" {
		t.Error(u)
	}
	if status, _ := ask(t, tw, "DELETE", "/user/ada", ""); status >= 300 {
		t.Error(status)
	}
	if status, _ := ask(t, tw, "GET", "/user/ada", ""); status != 404 {
		t.Error(status)
	}
}

func TestMuseum(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, museum, nil)
	events := want[[]thing](t, tw, 200, "GET", "/special-events", "")
	if len(events) != 3 {
		t.Fatal(events)
	}
	made := want[thing](t, tw, 201, "POST", "/special-events", `{"name":"Dig","location":"Hall","eventDescription":"Bones","dates":["2026-01-05"],"price":12.5}`)
	at := fmt.Sprint("/special-events/", made["eventId"])
	if got := want[thing](t, tw, 200, "PATCH", at, `{"price":10}`); got["price"] != 10.0 || got["name"] != "Dig" || got["eventId"] != made["eventId"] {
		t.Error(got)
	}
	want[any](t, tw, 204, "DELETE", at, "")
	if status, _ := ask(t, tw, "GET", at, ""); status != 404 {
		t.Error(status)
	}
	if events := want[[]thing](t, tw, 200, "GET", "/special-events", ""); len(events) != 3 {
		t.Error(events)
	}
	if hours := want[[]thing](t, tw, 200, "GET", "/museum-hours", ""); len(hours) == 0 || hours[0]["timeOpen"] == "" {
		t.Error(hours)
	}
}

type page struct {
	Data  []thing
	Total int
}

func TestWrappedList(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, wrapped, nil)
	for i := range 7 {
		got := want[thing](t, tw, 201, "POST", "/projects/ops/tasks", fmt.Sprintf(`{"title":"task %d","status":"done"}`, i))
		if got["project"] != "ops" {
			t.Fatal(got)
		}
	}
	ids := func(query string) string {
		var out []string
		for _, d := range want[page](t, tw, 200, "GET", "/projects/ops/tasks"+query, "").Data {
			out = append(out, fmt.Sprint(d["id"]))
		}
		return strings.Join(out, " ")
	}
	for query, ids10 := range map[string]string{
		"": "1 2 3 4 5 6 7 8 9 10", "?limit=4": "1 2 3 4", "?limit=4&page=2": "5 6 7 8", "?limit=4&page=3": "9 10", "?limit=4&page=4": "",
		"?limit=4&offset=9": "10", "?offset=10": "", "?page=9223372036854775807&limit=100": "", "?page=2": "",
	} {
		if have := ids(query); have != ids10 {
			t.Errorf("%q: %s, want %s", query, have, ids10)
		}
	}
	for _, d := range want[page](t, tw, 200, "GET", "/projects/ops/tasks?status=done", "").Data {
		if d["status"] != "done" {
			t.Error(d)
		}
	}
	// Another parent has things of its own; one that would read as the same path too.
	for _, project := range []string{"web", "ops%2Ftasks", "ops%252Ftasks"} {
		if got := want[page](t, tw, 200, "GET", "/projects/"+project+"/tasks", ""); len(got.Data) != 3 {
			t.Errorf("%s: %d", project, len(got.Data))
		}
	}
	if status, raw := ask(t, tw, "GET", "/diffs/v1.0...v2.0.diff", ""); status != 200 {
		t.Error(status, raw)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, petstore, nil)
	const rex = `{"name":"Rex","photoUrls":[]}`
	first := want[thing](t, tw, 200, "POST", "/pet", rex, "Idempotency-Key", "k")
	again := want[thing](t, tw, 200, "POST", "/pet", rex, "Idempotency-Key", "k")
	other := want[thing](t, tw, 200, "POST", "/pet", rex, "Idempotency-Key", "l")
	without := want[thing](t, tw, 200, "POST", "/pet", rex)
	if first["id"] != again["id"] || first["id"] == other["id"] || other["id"] == without["id"] {
		t.Errorf("%v %v %v %v", first, again, other, without)
	}
	effects := 0
	for _, e := range tw.Exchanges() {
		if e.Operation == "addPet" && e.Method == "POST" && e.Path == "/pet" && e.Status == 200 && !e.Replayed {
			effects++
		}
	}
	if n := len(tw.Exchanges()); n != 4 || effects != 3 {
		t.Errorf("%d exchanges, %d effects", n, effects)
	}
}

// TestRepeatable: the same seed and requests give the same answers; another seed
// gives others.
func TestRepeatable(t *testing.T) {
	t.Parallel()
	for _, file := range []string{petstore, museum, wrapped} {
		run := func(seed uint64) string {
			tw := newTwin(t, file, &twin.Options{Seed: seed})
			var out strings.Builder
			for _, q := range [][3]string{
				{"GET", "/pet/1"}, {"POST", "/pet", `{"name":"Rex","photoUrls":[]}`}, {"GET", "/pet/findByStatus?status=sold"}, {"GET", "/user/ada"}, {"GET", "/store/inventory"},
				{"GET", "/special-events"}, {"GET", "/museum-hours"}, {"GET", "/projects/ops/tasks"}, {"POST", "/projects/ops/tasks", `{"title":"x"}`}, {"GET", "/projects/ops/tasks/4"},
			} {
				status, raw := ask(t, tw, q[0], q[1], q[2])
				fmt.Fprintln(&out, status, raw)
			}
			return out.String()
		}
		if one, two := run(7), run(7); one != two {
			t.Errorf("%s: the same seed gives\n%s\nand\n%s", file, one, two)
		}
		if run(7) == run(8) {
			t.Errorf("%s: another seed gives the same", file)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	rex := `{"name":"` + strings.Repeat("R", 1000) + `","photoUrls":[]}`
	t.Run("things", func(t *testing.T) {
		t.Parallel()
		tw := newTwin(t, petstore, &twin.Options{MaxItems: 5})
		want[thing](t, tw, 200, "POST", "/pet", rex)
		want[thing](t, tw, 200, "POST", "/pet", rex)
		want[thing](t, tw, 507, "POST", "/pet", rex)
		ask(t, tw, "DELETE", "/pet/1", "")
		want[thing](t, tw, 200, "POST", "/pet", rex)
	})
	t.Run("collections", func(t *testing.T) {
		t.Parallel()
		tw := newTwin(t, wrapped, &twin.Options{MaxCollections: 2})
		for project, status := range map[string]int{"a": 201} {
			want[thing](t, tw, status, "POST", "/projects/"+project+"/tasks", `{"title":"x"}`)
		}
		want[page](t, tw, 200, "GET", "/projects/b/tasks", "")
		first := want[page](t, tw, 200, "GET", "/projects/c/tasks", "")
		want[thing](t, tw, 507, "POST", "/projects/c/tasks", `{"title":"x"}`)
		want[thing](t, tw, 507, "PATCH", "/projects/c/tasks/1", `{"title":"x"}`)
		want[thing](t, tw, 507, "DELETE", "/projects/c/tasks/1", "")
		if again := want[page](t, tw, 200, "GET", "/projects/c/tasks", ""); fmt.Sprint(again) != fmt.Sprint(first) {
			t.Error("what is not kept is not the same each time")
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		tw := newTwin(t, petstore, &twin.Options{MaxBytes: 50_000})
		n := 0
		for ; n < 200; n++ {
			if status, _ := ask(t, tw, "POST", "/pet", rex); status == 507 {
				break
			}
		}
		if n < 10 || n > 60 {
			t.Errorf("%d pets of a kilobyte in 50", n)
		}
		// Changes in place take no more and more; what goes makes room.
		for i := range 200 {
			if status, raw := ask(t, tw, "DELETE", fmt.Sprint("/pet/", 4+i), ""); i < n && status >= 300 {
				t.Fatal(i, status, raw)
			}
			if status, raw := ask(t, tw, "POST", "/pet", rex); i < n && status != 200 {
				t.Fatal(i, status, raw)
			}
		}
	})
	t.Run("changes", func(t *testing.T) {
		t.Parallel()
		tw := newTwin(t, petstore, &twin.Options{MaxBytes: 50_000})
		for range 200 {
			want[thing](t, tw, 200, "PUT", "/pet", `{"id":1,`+rex[1:])
		}
	})
	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		tw := newTwin(t, petstore, &twin.Options{MaxBytes: 50_000})
		for i := range 200 {
			want[thing](t, tw, 200, "PUT", "/pet", `{"id":1,`+rex[1:], "Idempotency-Key", fmt.Sprint(i))
		}
	})
}

// TestEndless: schemas that refer to themselves without end get some answer soon.
func TestEndless(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, wrapped, nil)
	for _, path := range []string{"/loop", "/either", "/lists"} {
		if status, raw := ask(t, tw, "GET", path, ""); len(raw) > 1<<20 || status == 0 {
			t.Errorf("%s: %d, %d bytes", path, status, len(raw))
		}
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	tw := newTwin(t, petstore, nil)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if status, raw := ask(t, tw, "POST", "/pet", `{"name":"Rex","photoUrls":[],"status":"sold"}`); status != 200 {
					t.Error(status, raw)
				}
				ask(t, tw, "GET", "/pet/findByStatus?status=sold", "")
			}
		})
	}
	wait.Wait()
	rexes := 0
	for _, p := range want[[]thing](t, tw, 200, "GET", "/pet/findByStatus?status=sold", "") {
		if p["name"] == "Rex" {
			rexes++
		}
	}
	if rexes != 160 {
		t.Errorf("%d pets of 160", rexes)
	}
}
