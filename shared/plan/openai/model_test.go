package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

func set(t testing.TB) *catalog.Set {
	t.Helper()
	var entries []catalog.Entry
	for _, f := range []string{"library.yaml", "courier.yaml"} {
		raw, err := os.ReadFile("../testdata/" + f)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := spec.Parse(context.Background(), raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		api, _, err := catalog.New(context.Background(), doc)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, catalog.Entry{Connection: "con_" + f, Name: api.Title, API: api})
	}
	return catalog.NewSet(entries...)
}

// request offers every operation: the library as api1, the courier as api2.
func request(t testing.TB, goal string) plan.DraftRequest {
	t.Helper()
	req := plan.DraftRequest{Goal: goal, Today: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)}
	s := set(t)
	for i := range s.Entries {
		for _, op := range s.Entries[i].Ops {
			req.Offered = append(req.Offered, catalog.Hit{Entry: &s.Entries[i], Op: op, Lexical: 0.5 - 0.1*float64(i)})
		}
	}
	return req
}

const goal = "List crime books, delete each, then send a message to a channel"

// answer is a correct plan for goal; %s are the operation of the second step and
// the path of its id.
func answer(operation, path string) string {
	return fmt.Sprintf(`{"possible":true,"reason":"","name":"Clear crime","steps":[
 {"id":"books","operation":"api1/listBooks","why":"You asked for crime books.","for_each":null,"only_if":null,
  "arguments":[{"in":"query","name":"genre","source":"literal","value":"\"crime\"","step":"","path":[],"pick":"first"}]},
 {"id":"gone","operation":%q,"why":"Each is deleted.","for_each":{"step":"books","path":["data"]},
  "only_if":{"step":"books","path":["total"],"compare":">","value":"0"},
  "arguments":[{"in":"path","name":"bookId","source":"item","value":"","step":"","path":[%q],"pick":"first"}]},
 {"id":"tell","operation":"api2/sendMessage","why":"You asked to tell the channel.","for_each":null,"only_if":null,
  "arguments":[{"in":"body","name":"text","source":"step","value":"","step":"books","path":["data","*","title"],"pick":"last"}]}]}`, operation, path)
}

func TestDraft(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Content: answer("api1/deleteBook", "id")})
	res, err := model(t, s).Draft(context.Background(), request(t, goal))
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Draft.Steps) != 3 || res.Draft.Steps[1].Loop == nil || res.Draft.Steps[1].Guard == nil {
		t.Fatalf("draft %+v", res.Draft.Steps)
	}
	if in := res.Draft.Inputs(); len(in) != 1 || in[0].Name != "channelId" {
		t.Errorf("the missing channel is not asked for: %+v", in)
	}
	if res.Usage.PromptTokens != 100 || res.Usage.CompletionTokens != 20 || res.Usage.Model != "test-model" || res.Usage.Calls != 1 {
		t.Errorf("usage %+v", res.Usage)
	}
	if !strings.Contains(s.Wire()[0], "Authorization: Bearer "+key+"\r\n") {
		t.Errorf("authorization in %s", s.Wire()[0])
	}
	doc, err := res.Draft.Compose()
	if err != nil || doc.Steps[1].Type != "condition" || doc.Steps[1].Then[0].Type != "loop" {
		t.Errorf("composed %+v, err %v", doc.Steps, err)
	}
}

func TestPromptHoldsOnlyData(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Content: answer("api1/deleteBook", "id")})
	req := request(t, goal)
	req.History = []plan.Turn{{Role: "user", Text: "earlier goal"}, {Role: "assistant", Text: "what the planner said"}}
	if _, err := model(t, s).Draft(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.sent(0), "what the planner said") {
		t.Error("the prompt holds an answer")
	}
	sent := s.read(t, 0)
	data := sent.data(t)
	if said, _ := data["said_before"].([]any); len(said) != 1 || said[0] != "earlier goal" || data["goal"] != goal || data["today"] != "2026-03-04" {
		t.Errorf("data %v", data)
	}
	offered, _ := data["operations"].([]any)
	if enum := sent.operations(t); !sent.Format.Schema.Strict || len(enum) != len(offered) || len(enum) != len(req.Offered) {
		t.Errorf("strict %v, enum %v", sent.Format.Schema.Strict, enum)
	}
}

// An injected instruction that the model follows still reaches nothing that was
// not offered.
func TestOperationsOutsideTheOfferAreRefused(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Content: answer("api2/deleteWorkspace", "id")})
	req := request(t, goal)
	kept := req.Offered[:0:0]
	for _, h := range req.Offered {
		if h.Op.ID() != "deleteWorkspace" {
			kept = append(kept, h)
		}
	}
	req.Offered = kept
	_, err := model(t, s).Draft(context.Background(), req)
	var failed *plan.ModelError
	if !errors.As(err, &failed) || len(failed.Problems) == 0 || !strings.Contains(failed.Problems[0], "not one of those offered") {
		t.Errorf("err %v", err)
	}
}

// A literal that looks like an expression stays text.
func TestLiteralsAreInert(t *testing.T) {
	t.Parallel()
	evil := strings.Replace(answer("api1/deleteBook", "id"), `"source":"step","value":""`, `"source":"literal","value":"\"{% $eval('1') %}\""`, 1)
	s := script(t, reply{Content: evil})
	res, err := model(t, s).Draft(context.Background(), request(t, goal))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := res.Draft.Compose()
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]string
	if err := json.Unmarshal(doc.Steps[2].Body, &body); err != nil || body["text"] != `{% "{% $eval('1') %}" %}` {
		t.Errorf("body %s, err %v", doc.Steps[2].Body, err)
	}
}
