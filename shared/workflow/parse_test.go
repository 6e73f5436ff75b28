package workflow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow"
)

func steps(s string) string { return `{"apiq":"1","name":"t","steps":[` + s + `]}` }

func nested(depth int) string {
	s := `{"id":"s0","type":"wait","seconds":1}`
	for i := 1; i < depth; i++ {
		s = fmt.Sprintf(`{"id":"s%d","type":"condition","if":"{%% true %%}","then":[%s]}`, i, s)
	}
	return s
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat(`{"id":"a","type":"wait","seconds":1},`, 501), ",")
	many = strings.ReplaceAll(many, `"a"`, `"%s"`)
	ids := make([]any, 501)
	for i := range ids {
		ids[i] = fmt.Sprintf("s%d", i)
	}
	for name, tc := range map[string]struct{ raw, at, code string }{
		"empty":              {``, "", "json"},
		"no object":          {`[]`, "", "type"},
		"cut off":            {`{"apiq":"1"`, "", "json"},
		"two documents":      {steps(`{"id":"a","type":"wait","seconds":1}`) + `{}`, "", "json"},
		"bad UTF-8":          {"{\"apiq\":\"\xff\"}", "/apiq", "json"},
		"too large":          {strings.Repeat(" ", workflow.MaxBytes+1), "", "too_large"},
		"deep JSON":          {`{"output":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, "", "too_deep"},
		"duplicate field":    {`{"apiq":"1","name":"a","name":"b","steps":[]}`, "/name", "duplicate_field"},
		"duplicate in step":  {steps(`{"id":"a","type":"wait","seconds":1,"seconds":2}`), "/steps/0/seconds", "duplicate_field"},
		"unknown field":      {`{"apiq":"1","name":"t","steps":[{"id":"a","type":"wait","seconds":1}],"x":1}`, "/x", "unknown_field"},
		"case variant":       {`{"apiq":"1","Name":"t","steps":[{"id":"a","type":"wait","seconds":1}]}`, "/Name", "unknown_field"},
		"missing name":       {`{"apiq":"1","steps":[{"id":"a","type":"wait","seconds":1}]}`, "/name", "required"},
		"other version":      {`{"apiq":"2","name":"t","steps":[{"id":"a","type":"wait","seconds":1}]}`, "/apiq", "type"},
		"no steps":           {`{"apiq":"1","name":"t","steps":[]}`, "/steps", "schema"},
		"no type":            {steps(`{"id":"a"}`), "/steps/0/type", "required"},
		"unknown type":       {steps(`{"id":"a","type":"sleep"}`), "/steps/0/type", "type"},
		"foreign field":      {steps(`{"id":"a","type":"wait","seconds":1,"operation":"x"}`), "/steps/0/operation", "unknown_field"},
		"foreign and absent": {steps(`{"id":"a","type":"transform","over":"{% 1 %}"}`), "/steps/0/value", "required"},
		"nested unknown":     {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"x","do":[{"id":"b","type":"wait","seconds":1,"nope":1}]}`), "/steps/0/do/0/nope", "unknown_field"},
		"in onError":         {steps(`{"id":"a","type":"wait","seconds":1,"onError":[{"id":"b","type":"fail"}]}`), "/steps/0/onError/0/error", "required"},
		"onError":            {steps(`{"id":"a","type":"wait","seconds":1,"onError":"retry"}`), "/steps/0/onError", "type"},
		"both waits":         {steps(`{"id":"a","type":"wait","seconds":1,"until":"2030-01-01T00:00:00Z"}`), "/steps/0", "exclusive"},
		"neither wait":       {steps(`{"id":"a","type":"wait"}`), "/steps/0/until", "required"},
		"delegates alone":    {steps(`{"id":"a","type":"approval","message":"?","delegates":["ADMIN"]}`), "/steps/0/approvers", "required"},
		"escalates to none":  {steps(`{"id":"a","type":"approval","message":"?","approvers":["ADMIN"],"escalateAfterSeconds":5}`), "/steps/0/delegates", "required"},
		"escalates too late": {steps(`{"id":"a","type":"approval","message":"?","approvers":["ADMIN"],"delegates":["USER"],"escalateAfterSeconds":5,"timeoutSeconds":5}`), "/steps/0/escalateAfterSeconds", "range"},
		"moment":             {steps(`{"id":"a","type":"wait","until":"tomorrow"}`), "/steps/0/until", "format"},
		"if and cases":       {steps(`{"id":"a","type":"condition","if":"{% true %}","cases":[{"if":"{% true %}","steps":[]}]}`), "/steps/0", "exclusive"},
		"if without marks":   {steps(`{"id":"a","type":"condition","if":"true"}`), "/steps/0/if", "format"},
		"id":                 {steps(`{"id":"a-b","type":"wait","seconds":1}`), "/steps/0/id", "format"},
		"id begins with _":   {steps(`{"id":"_a","type":"wait","seconds":1}`), "/steps/0/id", "format"},
		"reserved":           {steps(`{"id":"input","type":"wait","seconds":1}`), "/steps/0/id", "reserved"},
		"reserved as":        {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"index","do":[{"id":"b","type":"wait","seconds":1}]}`), "/steps/0/as", "reserved"},
		"id twice":           {steps(`{"id":"a","type":"wait","seconds":1},{"id":"c","type":"condition","if":"{% true %}","then":[{"id":"a","type":"wait","seconds":1}]}`), "/steps/1/then/0/id", "duplicate_id"},
		"as is an id":        {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"b","do":[{"id":"b","type":"wait","seconds":1}]}`), "/steps/0/as", "duplicate_id"},
		"as is a later id":   {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"z","do":[{"id":"b","type":"wait","seconds":1}]},{"id":"z","type":"wait","seconds":1}`), "/steps/0/as", "duplicate_id"},
		"as of a loop round": {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"x","do":[{"id":"b","type":"loop","over":"{% $x %}","as":"x","do":[{"id":"c","type":"wait","seconds":1}]}]}`), "/steps/0/do/0/as", "duplicate_id"},
		"too many":           {steps(fmt.Sprintf(many, ids...)), "/steps", "schema"},
		"too deep":           {steps(nested(workflow.MaxDepth + 1)), "/steps/0" + strings.Repeat("/then/0", workflow.MaxDepth-1) + "/then", "too_deep"},
		"error name":         {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","retry":[{"errors":["Oops"]}]}`), "/steps/0/retry/0/errors/0", "format"},
		"kind of pages":      {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"token"}}`), "/steps/0/paginate/kind", "type"},
		"cursor unsaid":      {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"cursor","param":"p"}}`), "/steps/0/paginate/next", "required"},
		"cursor unplaced":    {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"cursor","next":"{% $response.body.n %}"}}`), "/steps/0/paginate/param", "required"},
		"offset unplaced":    {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"offset"}}`), "/steps/0/paginate/param", "required"},
		"page with a cursor": {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"page","param":"p","next":"{% $response.body.n %}"}}`), "/steps/0/paginate/next", "unexpected"},
		"link with a place":  {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"link","param":"p"}}`), "/steps/0/paginate/param", "unexpected"},
		"size of no kind":    {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"size":10}}`), "/steps/0/paginate/size", "unexpected"},
		"next of a run":      {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"link","next":"{% $later.n %}"}}`), "/steps/0/paginate/next", "unknown_name"},
		"input schema":       {`{"apiq":"1","name":"t","input":{"type":"thing"},"steps":[{"id":"a","type":"wait","seconds":1}]}`, "/input", "schema"},
		"input schema away":  {`{"apiq":"1","name":"t","input":{"$ref":"https://example.com/x"},"steps":[{"id":"a","type":"wait","seconds":1}]}`, "/input", "schema"},

		"broken expression":     {steps(`{"id":"a","type":"transform","value":{"x":["{% $input. %}"]}}`), "/steps/0/value/x/0", "expression"},
		"text around":           {steps(`{"id":"a","type":"transform","value":"Hello {% $input %}"}`), "/steps/0/value", "expression"},
		"number out of range":   {steps(`{"id":"a","type":"transform","value":{"x":[1e400]}}`), "/steps/0/value/x/0", "number"},
		"number cut":            {steps(`{"id":"a","type":"transform","value":9007199254740993}`), "/steps/0/value", "number"},
		"long text and a value": {steps(`{"id":"a","type":"transform","value":{"x":"` + strings.Repeat("x", 16<<10) + `","y":"{% $input %}"}}`), "/steps/0/value", "too_long"},
		"long parameters":       {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","parameters":{"x":"` + strings.Repeat("x", 16<<10) + `","y":"{% $input %}"}}`), "/steps/0/parameters", "too_long"},
		"eval":                  {steps(`{"id":"a","type":"transform","value":"{% $eval($input.x) %}"}`), "/steps/0/value", "expression"},
		"bare field":            {steps(`{"id":"a","type":"transform","value":"{% amount %}"}`), "/steps/0/value", "no_context"},
		"engine's own":          {steps(`{"id":"a","type":"transform","value":"{% $states.input %}"}`), "/steps/0/value", "unknown_name"},
		"unknown name":          {steps(`{"id":"a","type":"transform","value":"{% $b %}"}`), "/steps/0/value", "unknown_name"},
		"itself":                {steps(`{"id":"a","type":"transform","value":"{% $a %}"}`), "/steps/0/value", "not_before"},
		"later step":            {steps(`{"id":"a","type":"transform","value":"{% $b %}"},{"id":"b","type":"wait","seconds":1}`), "/steps/0/value", "not_before"},
		"inside a branch":       {steps(`{"id":"a","type":"condition","if":"{% true %}","then":[{"id":"b","type":"wait","seconds":1}]},{"id":"c","type":"transform","value":"{% $b %}"}`), "/steps/1/value", "not_before"},
		"the other branch":      {steps(`{"id":"a","type":"parallel","branches":{"x":[{"id":"b","type":"wait","seconds":1}],"y":[{"id":"c","type":"transform","value":"{% $b %}"}]}}`), "/steps/0/branches/y/0/value", "not_before"},
		"inside a loop":         {steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"x","do":[{"id":"b","type":"wait","seconds":1}]},{"id":"c","type":"transform","value":"{% $b %}"}`), "/steps/1/value", "not_before"},
		"item outside":          {`{"apiq":"1","name":"t","steps":[{"id":"a","type":"loop","over":"{% $input %}","as":"x","do":[{"id":"b","type":"wait","seconds":1}]}],"output":"{% $x %}"}`, "/output", "unknown_name"},
		"index outside":         {steps(`{"id":"a","type":"transform","value":"{% $index %}"}`), "/steps/0/value", "unknown_name"},
		"nothing to undo":       {`{"apiq":"1","name":"n","onFailure":"undo","steps":[{"id":"a","type":"wait","seconds":1}]}`, "/onFailure", "nothing_to_undo"},
		"other on failure":      {`{"apiq":"1","name":"n","onFailure":"retry","steps":[{"id":"a","type":"wait","seconds":1}]}`, "/onFailure", "type"},
		"undo of a later step":  {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","undo":{"operation":"p","parameters":{"id":"{% $b.id %}"}}},{"id":"b","type":"wait","seconds":1}`), "/steps/0/undo/parameters/id", "not_before"},
		"response outside":      {steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","parameters":{"p~/":"{% $response.body %}"}}`), "/steps/0/parameters/p~0~1", "unknown_name"},
		"handler sees its step": {steps(`{"id":"a","type":"wait","seconds":1,"onError":[{"id":"b","type":"transform","value":"{% $a %}"}]}`), "/steps/0/onError/0/value", "not_before"},
		"after fail":            {steps(`{"id":"a","type":"fail","error":"E"},{"id":"b","type":"wait","seconds":1}`), "/steps/1", "unreachable"},
		"after failing ways":    {steps(`{"id":"a","type":"condition","if":"{% true %}","then":[{"id":"x","type":"fail","error":"E"}],"else":[{"id":"y","type":"fail","error":"E"}]},{"id":"b","type":"wait","seconds":1}`), "/steps/1", "unreachable"},
		"step and function":     {steps(`{"id":"count","type":"wait","seconds":1},{"id":"b","type":"transform","value":"{% $count($input) + $count %}"}`), "/steps/1/value", "ambiguous"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := workflow.Parse([]byte(tc.raw))
			var e *apierr.Error
			if !errors.As(err, &e) || e.Code != apierr.WorkflowInvalid {
				t.Fatalf("got %v", err)
			}
			if !slices.ContainsFunc(e.Problems, func(p apierr.Problem) bool {
				return p.Code == tc.code && (p.Path == tc.at || tc.code == "too_deep" && strings.HasPrefix(p.Path, tc.at)) && p.Message != ""
			}) {
				t.Errorf("want %s at %q, got %+v", tc.code, tc.at, e.Problems)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"deep":                  steps(nested(workflow.MaxDepth)),
		"after a maybe":         steps(`{"id":"a","type":"condition","if":"{% true %}","then":[{"id":"x","type":"fail","error":"E"}]},{"id":"b","type":"transform","value":"{% $a %}"}`),
		"after a caught":        steps(`{"id":"a","type":"fail","error":"E","onError":"continue"},{"id":"b","type":"transform","value":"{% $a %}"}`),
		"sibling loops":         steps(`{"id":"a","type":"loop","over":"{% $input %}","as":"x","do":[{"id":"b","type":"transform","value":"{% $x & $string($index) %}"}]},{"id":"c","type":"loop","over":"{% $a %}","as":"x","do":[{"id":"d","type":"wait","seconds":"{% $x %}"}],"collect":{"v":"{% $d %}"}}`),
		"named like a function": steps(`{"id":"each","type":"loop","over":"{% $each($input, function($v) { $v }) %}","as":"filter","do":[{"id":"map","type":"transform","value":"{% $filter.id %}"}]},{"id":"count","type":"transform","value":"{% $count([1]) %}"},{"id":"sum","type":"transform","value":"{% $each[0] & $string($count) %}"}`),
		"onError steps":         steps(`{"id":"a","type":"wait","seconds":1,"onError":[{"id":"b","type":"wait","seconds":1}]},{"id":"c","type":"transform","value":"{% $a %}"}`),
		"half an expression":    steps(`{"id":"a","type":"transform","value":"100 {% off"}`),
		"undo":                  steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","undo":{"operation":"p","parameters":{"id":"{% $a.id %}","of":"{% $response.headers.location & $input.of %}"}}}`),
		"on failure":            `{"apiq":"1","name":"n","onFailure":"undo","steps":[{"id":"a","type":"api_call","connection":"con_a","operation":"o","undo":{"operation":"p"}}]}`,
		"response in places":    steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","output":{"x":"{% $response.body.x %}"},"success":"{% $response.status < 300 %}","paginate":{"items":"{% $response.body.items %}","maxItems":10}}`),
		"kinds of pages": steps(`{"id":"a","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"link"}},` +
			`{"id":"b","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"cursor","next":"{% $response.headers.next %}","param":"p"}},` +
			`{"id":"c","type":"api_call","connection":"con_a","operation":"o","paginate":{"items":"{% $response.body %}","maxItems":1,"kind":"offset","param":"p","size":50}}`),
		"null": steps(`{"id":"a","type":"transform","value":null}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := workflow.Parse([]byte(raw))
			if err != nil {
				var e *apierr.Error
				errors.As(err, &e)
				t.Fatalf("%v %+v", err, e.Problems)
			}
			roundTrip(t, doc, []byte(raw))
		})
	}
}

// roundTrip: encoding what was parsed gives the same document, and is canonical.
func roundTrip(t testing.TB, doc *workflow.Document, raw []byte) {
	t.Helper()
	encoded, err := workflow.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(raw, &want), json.Unmarshal(encoded, &got)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("encoded differs:\n%s\n%s", raw, encoded)
	}
	again, err := workflow.Parse(encoded)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := workflow.Encode(again)
	if err != nil || string(twice) != string(encoded) {
		t.Errorf("not canonical:\n%s\n%s", encoded, twice)
	}
}

// Each field of the Go types is in the schema, and each of the schema in Go.
func TestSchemaAgreesWithTypes(t *testing.T) {
	t.Parallel()
	type object struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(workflow.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	step := map[string]bool{}
	for _, def := range append([]string{"step"}, workflow.Types()...) {
		for name := range schema.Defs[def].Properties {
			step[name] = true
		}
	}
	inner := func(def, field string) map[string]json.RawMessage {
		var o object
		if err := json.Unmarshal(schema.Defs[def].Properties[field], &o); err != nil {
			t.Fatal(err)
		}
		return o.Properties
	}
	var cases struct{ Items object }
	if err := json.Unmarshal(schema.Defs["condition"].Properties["cases"], &cases); err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"document": {workflow.Document{}, schema.Properties},
		"step":     {workflow.Step{}, step},
		"retry":    {workflow.Retry{}, schema.Defs["retry"].Properties},
		"undo":     {workflow.Undo{}, schema.Defs["undo"].Properties},
		"paginate": {workflow.Paginate{}, inner("api_call", "paginate")},
		"case":     {workflow.Case{}, cases.Items.Properties},
	} {
		var inGo, inSchema []string
		typ := reflect.TypeOf(pair[0])
		for i := range typ.NumField() {
			tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			inGo = append(inGo, tag)
		}
		for _, key := range reflect.ValueOf(pair[1]).MapKeys() {
			inSchema = append(inSchema, key.String())
		}
		slices.Sort(inGo)
		slices.Sort(inSchema)
		if !slices.Equal(inGo, inSchema) {
			t.Errorf("%s: Go has %v, the schema %v", name, inGo, inSchema)
		}
	}
}

func TestCheckInput(t *testing.T) {
	t.Parallel()
	doc, err := workflow.Parse([]byte(`{"apiq":"1","name":"t","input":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"n":{"type":"integer"}},"additionalProperties":false},"steps":[{"id":"a","type":"wait","seconds":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for raw, at := range map[string]string{
		``: "/input/id", `{`: "/input", `[]`: "/input", `{"id":1}`: "/input/id", `{"id":"a","n":1.5}`: "/input/n", `{"id":"a","x":1}`: "/input",
		`"` + strings.Repeat("x", workflow.MaxInputBytes) + `"`: "/input",
	} {
		err := doc.CheckInput(json.RawMessage(raw))
		var e *apierr.Error
		if !errors.As(err, &e) || e.Code != apierr.ValidationFailed || e.Problems[0].Path != at {
			t.Errorf("%.40s: %v %+v", raw, err, e)
		}
	}
	if err := doc.CheckInput(json.RawMessage(`{"id":"a","n":2}`)); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("asl/testdata/*.workflow.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(steps(nested(25))))
	f.Add([]byte(`{"apiq":"1","name":"t","input":true,"steps":[{"id":"a","type":"transform","value":{"{%":"%}"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := workflow.Parse(raw)
		if err != nil {
			if code := apierr.CodeOf(err); code != apierr.WorkflowInvalid {
				t.Fatalf("refused as %s: %v", code, err)
			}
			return
		}
		encoded, err := workflow.Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := workflow.Stored(encoded); err != nil {
			t.Fatalf("what was encoded is not read: %v\n%s", err, encoded)
		}
	})
}
