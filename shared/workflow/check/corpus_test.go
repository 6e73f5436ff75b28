package check_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// corpus serves real documents; DATA names the folder that holds specs/.
type corpus map[string]*spec.Document

func (c corpus) Connection(_ context.Context, id string) (connection.Connection, error) {
	return connection.Connection{ID: id, Name: id, BaseURL: "https://api.example", AuthType: connection.AuthBearer, Auth: connection.AuthView{Set: []string{"token"}}, Status: connection.StatusActive}, nil
}

func (c corpus) Spec(_ context.Context, id string) (*spec.Document, error) { return c[id], nil }

func load(t *testing.T, file string) *spec.Document {
	t.Helper()
	root := os.Getenv("DATA")
	if root == "" {
		t.Skip("DATA is not set: it names the folder that holds specs/")
	}
	return spectest.Open(t, filepath.Join(root, "specs", file))
}

const paymentToIssue = `{"apiq":"1","name":"Failed payment to issue",
 "input":{"type":"object","required":["paymentId"],"properties":{"paymentId":{"type":"string"}}},
 "steps":[
  {"id":"payment","type":"api_call","connection":"con_stripe","operation":"GetPaymentIntentsIntent","parameters":{"intent":"{% $input.paymentId %}"},
   "output":"{% { 'customer': $response.body.customer, 'amount': $response.body.amount } %}"},
  {"id":"big","type":"condition","if":"{% $payment.amount > 100000 %}","then":[
   {"id":"issue","type":"api_call","connection":"con_github","operation":"issues/create","parameters":{"owner":"acme","repo":"ops"},
    "body":{"title":"{% 'Payment ' & $input.paymentId %}"}}],"else":[]}],
 "output":"{% { 'customer': $payment.customer } %}"}`

// The example of docs/workflow.md, against the documents it speaks of.
func TestRealDocuments(t *testing.T) {
	t.Parallel()
	apis := corpus{"con_stripe": load(t, "stripe.yaml.gz"), "con_github": load(t, "github.json.gz")}
	doc, err := workflow.Parse([]byte(paymentToIssue))
	if err != nil {
		t.Fatal(err)
	}
	report := check.Run(context.Background(), doc, apis, nil)
	if !report.OK() {
		t.Errorf("problems: %+v", report.Problems)
	}
	for _, s := range report.Steps {
		for _, c := range s.Checks {
			ok := "unknown"
			if c.OK != nil {
				ok = map[bool]string{true: "ok", false: "failed"}[*c.OK]
			}
			t.Logf("%-8s %-10s %-8s %s", s.ID, c.Name, ok, c.Detail)
		}
	}
}

// Of each document some operation must be of each level where it has such, and
// none without a reason; no safe method is more than a read.
func TestRiskOverCorpus(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"stripe.yaml.gz", "slack.json.gz", "github.json.gz", "petstore-v3.yaml.gz"} {
		doc := load(t, file)
		levels, classes := map[effect.Level]int{}, map[effect.Class]int{}
		for _, s := range doc.Summaries() {
			op, err := doc.Operation(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			level, why := effect.Risk(op)
			class := effect.Of(op, "")
			levels[level]++
			classes[class]++
			if (level == effect.Read) != (class == effect.Safe) || why == "" {
				t.Errorf("%s: %s is %s and %s: %s", file, s.ID, level, class, why)
			}
			if level == effect.Irreversible && s.Method != "DELETE" {
				t.Logf("%s %s %s: %s", s.Method, s.Path, s.ID, why)
			}
		}
		t.Logf("%s: %v %v", file, levels, classes)
		if levels[effect.Write] == 0 || levels[effect.Irreversible] == 0 {
			t.Errorf("%s: %v", file, levels)
		}
	}
}
