package arazzo_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/arazzo"
)

// maker makes documents of all that Arazzo can say.
type maker struct {
	*rand.Rand
	steps []string // what has run, with how its value is read: "a.x", "b"
}

func (m *maker) pick(of ...string) string { return of[m.IntN(len(of))] }

// path is a path that may be read; in a condition its names are plain.
func (m *maker) path(answered bool) string {
	roots := []string{"$input.sku", "$input.`to-whom`", "$input.tags[2]"}
	for _, s := range m.steps {
		roots = append(roots, "$"+s)
	}
	if answered {
		roots = append(roots, "$response.body", "$response.headers.etag", "$response.headers.`x-rate`", "$response.status")
	}
	p := m.pick(roots...)
	if strings.HasPrefix(p, "$response.status") || strings.HasPrefix(p, "$response.headers") {
		return p
	}
	for range m.IntN(3) {
		p += m.pick(".name", ".`odd~/name`", ".`and`", "[0]", "[12]", "._x", ".größe")
	}
	return strings.ReplaceAll(p, ".größe", ".`größe`")
}

func (m *maker) condition(depth int) string {
	p := m.path(true)
	switch n := m.IntN(10); {
	case n == 0 && depth < 3:
		return "$not(" + m.condition(depth+1) + ")"
	case n == 1 && depth < 3:
		return m.conjunct(depth) + " and " + m.conjunct(depth)
	case n == 2 && depth < 3:
		return m.disjunct(depth) + " or " + m.disjunct(depth)
	case n == 3:
		return "($not($exists(" + p + ")) or " + p + " = null)"
	case n == 4:
		return "($exists(" + p + ") and " + p + " != null)"
	case n == 5:
		return "$lowercase($string(" + p + ")) " + m.pick("=", "!=", "<", ">=") + " " + m.pick(`"paid"`, `"it's \"ok\""`, `"größe"`)
	case n == 6:
		return "$lowercase($string(" + p + ")) = $lowercase($string(" + m.path(true) + "))"
	case n == 7:
		return p + " " + m.pick("<", "<=", ">", ">=") + " " + m.path(true)
	case n == 8:
		return p + " = " + m.pick("true", "false")
	}
	return p + " " + m.pick("=", "!=", "<", "<=", ">", ">=") + " " + m.pick("0", "200", "-1.5")
}

// What stands beside "and" is in parentheses where it has an "or".
func (m *maker) conjunct(depth int) string {
	c := m.condition(depth + 1)
	for strings.Contains(c, " and ") && c[0] != '(' || strings.Contains(c, " or ") {
		c = m.condition(depth + 1)
	}
	return c
}

func (m *maker) disjunct(depth int) string {
	c := m.condition(depth + 1)
	for strings.Contains(c, " or ") {
		c = m.condition(depth + 1)
	}
	return c
}

func (m *maker) text(answered bool) string {
	switch m.IntN(4) {
	case 0:
		return "{% \"Order \" & " + m.path(answered) + " & \", größe\" %}"
	case 1:
		return "{% $string(" + m.path(answered) + ") %}"
	}
	return "{% " + m.path(answered) + " %}"
}

func (m *maker) template(depth int) any {
	switch n := m.IntN(8); {
	case n == 0 && depth < 3:
		return map[string]any{"a": m.template(depth + 1), "b/c": m.template(depth + 1)}
	case n == 1 && depth < 3:
		return []any{m.template(depth + 1), m.template(depth + 1)}
	case n == 2:
		return json.Number(m.pick("1", "-2.5", "9007199254740991"))
	case n == 3:
		return m.IntN(2) == 0
	case n == 4:
		return m.pick("plain", "$5", "a {b} c", "größe <&>", "", "$inputsy")
	}
	return m.text(false)
}

func raw(v any) json.RawMessage { b, _ := json.Marshal(v); return b }

func (m *maker) document() *workflow.Document {
	doc := &workflow.Document{APIQ: workflow.Version, Name: m.pick("Orders", "Größe & more", "日本"), Description: m.pick("", "What it does."),
		Input: json.RawMessage(m.pick(
			`{"type":"object","properties":{"sku":{"type":"string"}}}`,
			`{"$defs":{"t":{"type":"string"}},"type":"object","properties":{"sku":{"$ref":"#/$defs/t"}}}`,
		))}
	if m.IntN(4) == 0 {
		doc.Input = nil
	}
	n := 1 + m.IntN(5)
	for i := range n {
		s := workflow.Step{ID: fmt.Sprintf("s%d", i), Type: workflow.TypeAPICall, Name: m.pick("", "A title"), Connection: "con_shop", Parameters: map[string]json.RawMessage{}}
		switch m.IntN(5) {
		case 0:
			s.Operation, s.Parameters["status"], s.Parameters["X-Trace"] = "listOrders", raw(m.template(0)), raw(m.text(false))
		case 1:
			s.Operation, s.Body = "createOrder", raw(map[string]any{"order": m.template(0)})
			if m.IntN(2) == 0 {
				s.Headers = map[string]json.RawMessage{"Content-Type": raw("application/x-www-form-urlencoded"), "X-Other": raw(m.text(false))}
			}
		case 2:
			s.Operation, s.Parameters["path.id"], s.Parameters["query.id"] = "getOrder", raw(m.text(false)), raw("x")
		case 3:
			s.Operation, s.Parameters["id"] = "DELETE /orders/{id}", raw(m.text(false))
		case 4:
			s.Connection, s.Operation, s.Body = "con_mail", "send", raw("{% "+m.path(false)+" %}")
		}
		if len(s.Parameters) == 0 {
			s.Parameters = nil
		}
		if m.IntN(2) == 0 {
			s.Success = "{% " + m.condition(0) + " %}"
		}
		reads := "s" + itoa(i)
		switch m.IntN(3) {
		case 0:
			s.Output = raw(map[string]any{"x": m.text(true), "a-b": m.text(true)})
			reads += m.pick(".x", ".`a-b`")
		case 1:
			s.Output = raw(m.text(true))
		}
		if m.IntN(4) == 0 {
			s.TimeoutSeconds = 1 + m.IntN(840)
		}
		switch m.IntN(4) {
		case 0:
			s.Retry = []workflow.Retry{}
		case 1:
			s.Retry = []workflow.Retry{{Errors: []string{"Http.3xx", "Http.429", "Http.5xx"}, MaxAttempts: 2, BackoffRate: 1, IntervalSeconds: m.IntN(3)}, {Errors: []string{"States.ALL"}, MaxAttempts: 20, BackoffRate: 1}}
		}
		if i+1 < n && m.IntN(3) == 0 {
			s.OnError = &workflow.OnError{Mode: workflow.OnErrorContinue}
		}
		doc.Steps, m.steps = append(doc.Steps, s), append(m.steps, reads)
	}
	if m.IntN(2) == 0 {
		doc.Output = raw(map[string]any{"all": m.text(false), "b.c": m.text(false)})
	}
	return doc
}

// parsed is the document in the form in which documents are compared.
func parsed(t *testing.T, doc *workflow.Document) any {
	t.Helper()
	text, err := workflow.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workflow.Parse(text); err != nil {
		t.Fatalf("%v %q\n%s", err, places(err), text)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A document that Arazzo can say is exported, and imported as the same document.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	a := workspace(t)
	seen := map[string]int{}
	for seed := range uint64(500) {
		m := &maker{Rand: rand.New(rand.NewPCG(seed, 1))}
		doc := m.document()
		want := parsed(t, doc)
		text, err := arazzo.Export(t.Context(), doc, a, nil)
		if err != nil {
			t.Fatalf("seed %d: %v %q", seed, err, places(err))
		}
		in, err := arazzo.Import(t.Context(), text, a, nil)
		if err != nil {
			t.Fatalf("seed %d: %v %q\n%s", seed, err, places(err), text)
		}
		if diff := cmp.Diff(want, parsed(t, in.Document)); diff != "" {
			t.Fatalf("seed %d (-document +imported):\n%s\n%s", seed, diff, text)
		}
		if len(in.Notes) > 0 {
			t.Errorf("seed %d: %+v", seed, in.Notes)
		}
		for _, what := range []string{"x-apiq-output", `"1.1.0"`, `"successCriteria"`, `"operationPath"`, `"goto"`, `"retryLimit":0`, `"$id"`, `||`, `!(`} {
			if strings.Contains(string(text), what) {
				seen[what]++
			}
		}
	}
	if len(seen) < 9 {
		t.Errorf("of what should occur only these did: %v", seen)
	}
}

// What Arazzo cannot say is refused where it stands.
func TestExportRefuses(t *testing.T) {
	t.Parallel()
	call := func(more string) string {
		return `{"id":"a","type":"api_call","connection":"con_shop","operation":"listOrders"` + more + `}`
	}
	for name, test := range map[string]struct{ steps, want string }{
		"loop":            {call("") + `,{"id":"l","type":"loop","over":"{% $a %}","as":"x","do":[{"id":"w","type":"wait","seconds":1}]}`, "/steps/1 unsupported"},
		"parallel":        {`{"id":"p","type":"parallel","branches":{"x":[` + call("") + `]}}`, "/steps/0 unsupported"},
		"approval":        {`{"id":"p","type":"approval","message":"?"}`, "/steps/0 unsupported"},
		"wait":            {`{"id":"p","type":"wait","seconds":1}`, "/steps/0 unsupported"},
		"condition":       {`{"id":"p","type":"condition","if":"{% true %}","then":[` + call("") + `]}`, "/steps/0 unsupported"},
		"transform":       {`{"id":"p","type":"transform","value":1}`, "/steps/0 unsupported"},
		"workflow":        {`{"id":"p","type":"workflow","workflow":"wfl_1"}`, "/steps/0 unsupported"},
		"fail":            {`{"id":"p","type":"fail","error":"E"}`, "/steps/0 unsupported"},
		"paginate":        {call(`,"paginate":{"items":"{% $response.body %}","maxItems":5}`), "/steps/0/paginate unsupported"},
		"undo":            {call(`,"undo":{"operation":"x"}`), "/steps/0/undo unsupported"},
		"onError":         {call(`,"onError":[{"id":"p","type":"wait","seconds":1}]`), "/steps/0/onError unsupported"},
		"continue last":   {call(`,"onError":"continue"`), "/steps/0/onError unsupported"},
		"backoff":         {call(`,"retry":[{"errors":["States.ALL"],"backoffRate":2}]`), "/steps/0/retry/0 unsupported"},
		"error name":      {call(`,"retry":[{"errors":["Http.Timeout"],"backoffRate":1}]`), "/steps/0/retry/0/errors/0 unsupported"},
		"operation":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"nope"}`, "/steps/0/operation operation"},
		"connection":      {`{"id":"a","type":"api_call","connection":"con_none","operation":"nope"}`, "/steps/0/connection connection"},
		"computed":        {call(`,"parameters":{"status":"{% $input.a + 1 %}"}`), "/steps/0/parameters/status expression"},
		"function":        {call(`,"parameters":{"status":"{% $uppercase($input.a) %}"}`), "/steps/0/parameters/status expression"},
		"parameter":       {call(`,"parameters":{"nope":1}`), "/steps/0/parameters/nope parameter"},
		"whole input":     {call(`,"parameters":{"status":"{% $input %}"}`), "/steps/0/parameters/status expression"},
		"text with $":     {call(`,"parameters":{"status":"$inputs.a"}`), "/steps/0/parameters/status unsupported"},
		"text with {$":    {call(`,"parameters":{"status":"a {$x}"}`), "/steps/0/parameters/status unsupported"},
		"selector":        {call(`,"parameters":{"status":{"context":"a","selector":"b","type":"c"}}`), "/steps/0/parameters/status unsupported"},
		"number as name":  {call(`,"parameters":{"status":"{% $input.a.` + "`7`" + ` %}"}`), "/steps/0/parameters/status expression"},
		"case":            {call(`,"success":"{% $response.body.a = 'x' %}"`), "/steps/0/success expression"},
		"not in":          {call(`,"success":"{% $response.body.a in [1] %}"`), "/steps/0/success expression"},
		"output nested":   {call(`,"output":{"a":{"b":"{% $response.body %}"}}`), "/steps/0/output/a output"},
		"output constant": {call(`,"output":"x"`), "/steps/0/output output"},
		"body text":       {`{"id":"a","type":"api_call","connection":"con_shop","operation":"createOrder","body":"{\"a\":1}"}`, "/steps/0/body unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := workflow.Parse([]byte(`{"apiq":"1","name":"t","steps":[` + test.steps + `]}`))
			if err != nil {
				t.Fatalf("%v %q", err, places(err))
			}
			text, err := arazzo.Export(t.Context(), doc, workspace(t), nil)
			if err == nil {
				t.Fatalf("it was written: %s", text)
			}
			if got := places(err); !slices.Contains(got, test.want) {
				t.Errorf("%q, not %q (%v)", got, test.want, err)
			}
		})
	}
}
