package corrupt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/eval/corrupt"
)

const shops = `{"openapi":"3.0.3","info":{"title":"Shops","version":"1"},"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"}}},"paths":{
 "/shops":{"get":{"operationId":"listShops","parameters":[{"name":"kind","in":"query","schema":{"type":"string","enum":["bakery","butcher"]}}],
  "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","properties":{
   "items":{"type":"array","nullable":true,"items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"place":{"type":"object","properties":{"town":{"type":"string"}}}}}}}}}}}}}},
 "/shops/{shop_id}":{"get":{"operationId":"getShop","parameters":[{"name":"shop_id","in":"path","required":true,"schema":{"type":"integer"}},{"name":"since","in":"query","schema":{"type":"string","format":"date"}}],
  "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object"}}}}}}},
 "/notes":{"post":{"operationId":"addNote","security":[{"key":[]}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["shop","text"],"properties":{"shop":{"type":"string"},"text":{"type":"string"},"stars":{"type":"integer"}}}}}},
  "responses":{"204":{"description":""}}}}}}`

const banks = `{"openapi":"3.0.3","info":{"title":"Banks","version":"1"},"paths":{"/banks":{"get":{"operationId":"listBanks","responses":{"200":{"description":""}}}}}}`

// The goals: one that passes, one whose answer says nothing, and those that are left
// out or refused.
func goals() []string {
	const list = `{"id":"list","method":"GET","path":"/shops","args":{"kind":"$inputs.kind"},"outputs":{"shop_id":"$response.body","town":"$response.body#/items/0/place/town","code":"$response.header.code"}}`
	return []string{
		`{"id":"a","spec":"arazzo/specs/shops.json","steps":[` + list + `,{"id":"note","method":"POST","path":"/notes","args":null,"body":{"shop":"$steps.list.outputs.shop_id","stars":4}}]}`,
		`{"id":"b","spec":"arazzo/specs/shops.json","steps":[{"id":"get","method":"GET","path":"/shops/{shop_id}","args":{"since":"2026-01-01"},"outputs":{"owner":"$response.body"}},
		  {"id":"note","method":"POST","path":"/notes","args":null,"body":{"shop":"$steps.get.outputs.owner","text":"Hello"}}]}`,
		`{"id":"c","spec":"arazzo/specs/shops.json","steps":[` + list + `,{"id":"get","method":"GET","path":"/shops/{shop_id}","args":{"shop_id":"$steps.list.outputs.code"}}]}`,
		`{"id":"d","spec":"arazzo/specs/shops.json","steps":[` + list + `,{"id":"note","method":"POST","path":"/notes","args":null,"body":{"shop":"a","text":["$steps.list.outputs.town","b"]}}]}`,
		`{"id":"e","spec":"arazzo/specs/shops.json","steps":[{"id":"list","method":"GET","path":"/shops","args":{"kind":"bank","colour":"red"}}]}`,
		`{"id":"f","spec":"arazzo/specs/banks.json","steps":[{"id":"list","method":"GET","path":"/banks","args":{}}]}`,
	}
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"workflows.jsonl": strings.ReplaceAll(strings.Join(goals(), "\x00"), "\n", " "), "specs/shops.json": shops, "specs/banks.json": banks} {
		file := filepath.Join(dir, "arazzo", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "\x00", "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func measured(t *testing.T, o *corrupt.Options) *corrupt.Tally {
	t.Helper()
	bench := plan.NewBench(&builtin.Options{Now: func() time.Time { return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }}, nil)
	tally, err := corrupt.Run(context.Background(), eval.Open(folder(t)), "arazzo", bench, o)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// TestClasses breaks the plans of three goals, and has each caught at its place.
func TestClasses(t *testing.T) {
	t.Parallel()
	tally := measured(t, nil)
	for class, want := range map[corrupt.Class]corrupt.Count{
		corrupt.UnknownOperation: {N: 3, Caught: 3, Placed: 3},
		corrupt.ForeignOperation: {N: 3, Caught: 3, Placed: 3},
		corrupt.StepDropped:      {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.StepsSwapped:     {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.RequiredRemoved:  {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.NoPlace:          {N: 2, Open: 1, Caught: 1, Placed: 1, Repaired: 1},
		corrupt.NoStep:           {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.WrongPlace:       {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.OutsideEnum:      {N: 1, Caught: 1, Placed: 1, Repaired: 1},
		corrupt.WrongType:        {N: 2, Caught: 2, Placed: 2, Repaired: 2},
		corrupt.WrongFormat:      {N: 1, Caught: 1, Placed: 1, Repaired: 1},
		corrupt.NoCondition:      {N: 2, Open: 1, Caught: 1, Placed: 1, Repaired: 1},
		corrupt.NoCredential:     {N: 2, Caught: 2, Placed: 2},
		corrupt.NoList:           {N: 2, Open: 1, Caught: 1, Placed: 1, Repaired: 1, Restored: 1},
	} {
		got := tally.Classes[class]
		if got == nil {
			t.Errorf("%s: none", class)
			continue
		}
		c := *got
		if want.Restored == 0 {
			c.Restored = 0 // what is asked for may be what was asked for before
		}
		if c != want {
			t.Errorf("%s: %+v, want %+v", class, c, want)
		}
	}
	if class, least := tally.Least(); least != 1 {
		t.Errorf("least: %s, %v", class, least)
	}
	for _, c := range tally.Cases {
		if c.Goal == "a" && c.Class == corrupt.NoPlace && (c.Put != "{% $string($call1.items[0].apiq_no_such) %}" || c.At[0] != "/steps/1/body/shop") {
			t.Errorf("%+v", c)
		}
	}
}

// TestGold: which goals have no plan, and why a plan does not pass.
func TestGold(t *testing.T) {
	t.Parallel()
	tally := measured(t, nil)
	if tally.Plans != 4 || tally.Passed != 3 {
		t.Errorf("%d plans, %d pass", tally.Plans, tally.Passed)
	}
	var b bytes.Buffer
	if err := tally.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"4 gold plans, 3 pass as they are; 2 goals left out\n",
		"left out:    1  a binding inside a list or a text\n",
		"left out:    1  a binding to a place that the answer does not have\n",
		"does not pass:    1  type: the operation has no such parameter.\n",
		"does not pass:    1  type: Value must be one of 'bakery', 'butcher'.\n",
		"binding to no place              2     1  100.0%  100.0%    100.0%      0.0%\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestSame: whatever the number of workers, the same plans are broken in the same places.
func TestSame(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, workers := range []int{1, 4} {
		done := 0
		tally := measured(t, &corrupt.Options{Workers: workers, Limit: 2, Progress: func(n, _ int) { done = max(done, n) }})
		raw, err := json.Marshal(tally.Cases)
		if err != nil || done != 2 {
			t.Fatalf("%d goals, %v", done, err)
		}
		texts = append(texts, string(raw))
	}
	if texts[0] != texts[1] {
		t.Errorf("%s\n%s", texts[0], texts[1])
	}
	other, err := json.Marshal(measured(t, &corrupt.Options{Seed: "1", Limit: 2}).Cases)
	if err != nil || string(other) == texts[0] {
		t.Errorf("another seed breaks the same places: %v", err)
	}
}
