package arazzo_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/workflow/arazzo"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every description below testdata becomes the document beside it.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.arazzo.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d descriptions: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".arazzo.yaml"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, err := importText(t, string(raw), nil)
			if err != nil {
				t.Fatalf("%v %q", err, places(err))
			}
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(map[string]any{"document": in.Document, "notes": in.Notes}); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".arazzo.yaml") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("document differs (-want +got):\n%s", diff)
			}
		})
	}
}

// head begins a description of one workflow whose steps follow.
const head = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: shop, url: ./s.yaml, type: openapi}]\n"

// one is a description of one workflow.
func one(workflow string) string { return head + "workflows:\n- workflowId: w\n" + workflow }

const step = "  steps:\n  - stepId: a\n    operationId: listOrders\n"

// What cannot be mapped is refused where it stands.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	at := "/workflows/0/steps/0"
	for name, test := range map[string]struct{ text, want string }{
		"not yaml":            {"{", " json_syntax"},
		"a list":              {"[]", " type"},
		"html":                {"<html>", " html"},
		"nothing":             {"{}", "/arazzo required"},
		"version":             {strings.Replace(one(step), "1.0.1", "2.0.0", 1), "/arazzo version"},
		"twice":               {`{"arazzo": "1.0.1", "arazzo": "1.0.1"}`, "/arazzo duplicate_field"},
		"unknown field":       {one(step + "    retries: 3\n"), at + "/retries unknown_field"},
		"no steps":            {one("  steps: []\n"), "/workflows/0/steps required"},
		"no operation":        {one("  steps: [{stepId: a}]\n"), at + " required"},
		"unknown operation":   {one("  steps: [{stepId: a, operationId: nope}]\n"), at + "/operationId operation"},
		"unknown source":      {one("  steps: [{stepId: a, operationId: $sourceDescriptions.x.nope}]\n"), at + "/operationId unknown_source"},
		"unknown path":        {one("  steps: [{stepId: a, operationPath: '{$sourceDescriptions.shop.url}#/paths/~1x/get'}]\n"), at + "/operationPath operation"},
		"no connection":       {strings.Replace(one(step), "name: shop", "name: other", 1), "/sourceDescriptions/0 no_connection"},
		"channel":             {one(step + "    channelPath: x\n"), at + "/channelPath async"},
		"later step":          {one(step + "    parameters: [{name: status, in: query, value: $steps.b.outputs.x}]\n  - {stepId: b, operationId: listOrders}\n"), at + "/parameters/0/value not_before"},
		"unknown output":      {one(step + "  - stepId: b\n    operationId: listOrders\n    parameters: [{name: status, in: query, value: $steps.a.outputs.x}]\n"), "/workflows/0/steps/1/parameters/0/value unknown_output"},
		"response too early":  {one(step + "    parameters: [{name: status, in: query, value: $response.body}]\n"), at + "/parameters/0/value no_response"},
		"request":             {one(step + "    outputs: {x: $request.query.status}\n"), at + "/outputs/x expression"},
		"url":                 {one(step + "    outputs: {x: $url}\n"), at + "/outputs/x expression"},
		"constant output":     {one(step + "    outputs: {x: y}\n"), at + "/outputs/x expression"},
		"rest of expression":  {one(step + "    outputs: {x: '$response.body oops'}\n"), at + "/outputs/x expression"},
		"backtick":            {one(step + "    outputs: {x: '$response.body#/a`b'}\n"), at + "/outputs/x name"},
		"unknown parameter":   {one(step + "    parameters: [{name: nope, in: query, value: 1}]\n"), at + "/parameters/0/name parameter"},
		"no in":               {one(step + "    parameters: [{name: status, value: 1}]\n"), at + "/parameters/0/in required"},
		"given twice":         {one(step + "    parameters: [{name: status, in: query, value: 1}, {name: status, in: query, value: 2}]\n"), at + "/parameters/1 duplicate"},
		"xpath":               {one(step + "    successCriteria: [{context: $response.body, condition: /a, type: xpath}]\n"), at + "/successCriteria/0/type criterion"},
		"jsonpath filter":     {one(step + "    successCriteria: [{context: $response.body, condition: '$[?@.a > 1]', type: jsonpath}]\n"), at + "/successCriteria/0/condition criterion"},
		"regex with values":   {one(step + "    successCriteria: [{context: $response.body, condition: '^{$inputs.a}', type: regex}]\n"), at + "/successCriteria/0/condition criterion"},
		"bad regex":           {one(step + "    successCriteria: [{context: $response.body, condition: '(?<=a)b', type: regex}]\n"), at + "/successCriteria/0/condition criterion"},
		"bad condition":       {one(step + "    successCriteria: [{condition: '$statusCode = 200'}]\n"), at + "/successCriteria/0/condition criterion"},
		"arithmetic":          {one(step + "    successCriteria: [{condition: '$statusCode + 1 == 200'}]\n"), at + "/successCriteria/0/condition criterion"},
		"deep condition":      {one(step + "    successCriteria: [{condition: '" + strings.Repeat("(", 5000) + "'}]\n"), at + "/successCriteria/0/condition criterion"},
		"back":                {one(step + "  - stepId: b\n    operationId: listOrders\n    onSuccess: [{name: x, type: goto, stepId: a}]\n"), "/workflows/0/steps/1/onSuccess/0/stepId goto_back"},
		"to a workflow":       {one(step + "    onSuccess: [{name: x, type: goto, workflowId: w}]\n"), at + "/onSuccess/0 action"},
		"retry on success":    {one(step + "    onSuccess: [{name: x, type: retry}]\n"), at + "/onSuccess/0/type action"},
		"retry with a step":   {one(step + "    onFailure: [{name: x, type: retry, stepId: a}]\n"), at + "/onFailure/0/stepId action"},
		"retry by body":       {one(step + "    onFailure: [{name: x, type: retry, criteria: [{condition: $response.body#/a == 1}]}]\n"), at + "/onFailure/0/criteria criteria"},
		"retry for ever":      {one(step + "    onFailure: [{name: x, type: retry, retryLimit: 21}]\n"), at + "/onFailure/0/retryLimit range"},
		"end by criteria":     {one(step + "    onFailure: [{name: x, type: end, criteria: [{condition: $statusCode == 404}]}]\n"), at + "/onFailure/0/criteria criteria"},
		"workflow depends":    {one("  dependsOn: [v]\n" + step), "/workflows/0/dependsOn depends_on"},
		"waits for itself":    {one(step + "    dependsOn: [a]\n"), "/workflows/0/steps cycle"},
		"waits for nothing":   {one(step + "    dependsOn: [z]\n"), at + "/dependsOn/0 depends_on"},
		"runs itself":         {one("  steps: [{stepId: a, workflowId: w}]\n"), "/workflows/0/steps/0/workflowId cycle"},
		"unknown workflow":    {one("  steps: [{stepId: a, workflowId: v}]\n"), "/workflows/0/steps/0/workflowId unknown_workflow"},
		"several workflows":   {one(step) + "- workflowId: v\n" + step, "/workflows workflow"},
		"reference":           {one(step + "    parameters: [{reference: $components.parameters.x}]\n"), at + "/parameters/0/reference reference"},
		"reference elsewhere": {one("  inputs: {$ref: 'https://example.com/s'}\n" + step), "/workflows/0/inputs/$ref reference"},
		"reference missing":   {one("  inputs: {$ref: '#/components/inputs/x'}\n" + step), "/workflows/0/inputs/$ref reference"},
		"replacement":         {one("  steps:\n  - stepId: a\n    operationId: createOrder\n    requestBody: {payload: $inputs.x, replacements: [{target: /a/b, value: 1}]}\n"), at + "/requestBody/replacements/0/target replacement"},
		"content type":        {one("  steps:\n  - stepId: a\n    operationId: createOrder\n    requestBody: {contentType: text/csv, payload: a}\n"), at + "/requestBody/contentType content_type"},
		"timeout":             {one(step + "    timeout: 900000\n"), at + "/timeout range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := importText(t, test.text, nil)
			if err == nil {
				t.Fatalf("it was imported: %+v", in.Document)
			}
			if got := places(err); !slices.Contains(got, test.want) {
				t.Errorf("%q, not %q (%v)", got, test.want, err)
			}
		})
	}
}

// A source may be given its connection, and a workflow be chosen.
func TestImportOptions(t *testing.T) {
	t.Parallel()
	text := strings.Replace(one(step)+"- workflowId: v\n"+step, "name: shop", "name: other", 1)
	in, err := importText(t, text, &arazzo.ImportOptions{Workflow: "v", Connections: map[string]string{"other": "con_shop"}})
	if err != nil {
		t.Fatalf("%v %q", err, places(err))
	}
	if in.Document.Name != "v" || in.Document.Steps[0].Connection != "con_shop" {
		t.Errorf("%+v", in.Document)
	}
	for _, o := range []arazzo.ImportOptions{
		{Workflow: "nope", Connections: map[string]string{"other": "con_shop"}}, {Workflow: "v", Connections: map[string]string{"other": "con_nope"}},
		{Workflow: "v", Connections: map[string]string{"other": "con_shop", "third": "con_shop"}},
	} {
		if _, err := importText(t, text, &o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// What is made to break readers ends in a refusal.
func TestHostile(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += strings.NewReplacer("N", string(rune('1'+i)), "M", string(rune('0'+i))).Replace("aN: &aN [*aM,*aM,*aM,*aM,*aM,*aM,*aM,*aM,*aM]\n")
	}
	// Each workflow runs the next twice: written out, that is a thousand steps.
	fan := head + "workflows:\n"
	for i := range 12 {
		id, next := "w"+string(rune('a'+i)), "w"+string(rune('b'+i))
		fan += "- workflowId: " + id + "\n  steps: [{stepId: a, workflowId: " + next + "}, {stepId: b, workflowId: " + next + "}]\n"
	}
	fan += "- workflowId: wm\n" + step
	// Each step may skip the next: two to the power of forty ways.
	ways := head + "workflows:\n- workflowId: w\n  steps:\n"
	for i := range 42 {
		ways += "  - {stepId: s" + itoa(i) + ", operationId: listOrders"
		if i < 40 {
			ways += ", onSuccess: [{name: x, type: goto, stepId: s" + itoa(i+2) + ", criteria: [{condition: $statusCode == 201}]}]"
		}
		ways += "}\n"
	}
	for name, text := range map[string]string{
		"aliases": bomb, "alias of itself": "a: &a [*a]\n", "deep": strings.Repeat("[", 100_000), "deep yaml": strings.Repeat("- ", 5000) + "x",
		"large": "a: " + strings.Repeat("x", arazzo.MaxBytes), "fan": fan, "ways": ways,
		"schema of itself": one("  inputs: {$ref: '#/components/inputs/a'}\n"+step) + "components: {inputs: {a: {$ref: '#/components/inputs/a'}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if in, err := importText(t, text, nil); err == nil {
				t.Errorf("it was imported: %d steps", len(in.Document.Steps))
			}
		})
	}
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }

func FuzzImport(f *testing.F) {
	for _, file := range []string{"row", "ways"} {
		raw, err := os.ReadFile("testdata/" + file + ".arazzo.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(one(step))
	a := workspace(f)
	f.Fuzz(func(t *testing.T, text string) {
		in, err := arazzo.Import(t.Context(), []byte(text), a, nil)
		if err == nil && len(in.Document.Steps) == 0 {
			t.Error("a document without steps")
		}
	})
}
