package rehearse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestRealAPIs rehearses the failed payment that becomes an issue and a message, on
// the real documents.
func TestRealAPIs(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/stripe.yaml.gz and others")
	}
	k := newKit(t, nil)
	k.docs["con_stripe"], k.docs["con_github"], k.docs["con_slack"] = spectest.Open(t, filepath.Join(data, "specs", "stripe.yaml.gz")), spectest.Open(t, filepath.Join(data, "specs", "github.json.gz")), spectest.Open(t, filepath.Join(data, "specs", "slack.json.gz"))
	began := time.Now()
	r := k.rehearse(`{"apiq":"1","name":"Failed payment to issue","input":{"type":"object","required":["paymentId"],"properties":{"paymentId":{"type":"string"}}},"steps":[
 {"id":"payment","type":"api_call","connection":"con_stripe","operation":"GetPaymentIntentsIntent","parameters":{"intent":"{% $input.paymentId %}"},
  "output":"{% {'customer': $response.body.customer, 'amount': $response.body.amount} %}"},
 {"id":"issue","type":"api_call","connection":"con_github","operation":"issues/create","parameters":{"owner":"acme","repo":"ops"},"body":{"title":"{% 'Payment ' & $input.paymentId & ': ' & $string($payment.amount) %}"}},
 {"id":"tell","type":"api_call","connection":"con_slack","operation":"chat_postMessage","parameters":{"token":"x"},"body":{"channel":"ops","text":"{% $issue.html_url %}"}}]}`, rehearse.Request{})
	t.Logf("%d scenarios in %s", len(r.Scenarios), time.Since(began).Round(time.Millisecond))
	if r.Run.Status != rehearse.Completed || len(r.Problems) > 0 {
		t.Errorf("%+v %+v", r.Run, r.Problems)
	}
	for _, s := range r.Scenarios {
		t.Logf("%s %s: %s %s %q %+v", s.Step, s.Fault, s.Status, s.Error, s.Acted, s.Lost)
		if s.Step == "payment" && s.Fault == rehearse.FieldMissing && !strings.Contains(s.What, "lacks amount") {
			t.Errorf("the field that the issue's title needs is not the one that is missing: %s", s.What)
		}
		if s.Status == rehearse.Skipped {
			t.Errorf("%s %s: no time", s.Step, s.Fault)
		}
	}
}
