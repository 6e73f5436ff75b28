package policy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/awstest/policy"
)

// TestGuard: a function does what its row grants, on what it is granted for.
func TestGuard(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Names{Archive: "archive", Import: "spec-import"})
	for _, c := range []struct {
		name, function, service, method, path, target, body string
		allowed                                             bool
	}{
		{"reads its table", "apis-list", "dynamodb", "POST", "/", "DynamoDB_20120810.GetItem", `{}`, true},
		{"writes what it only reads", "apis-list", "dynamodb", "POST", "/", "DynamoDB_20120810.PutItem", `{}`, false},
		{"writes in a transaction", "apis-list", "dynamodb", "POST", "/", "DynamoDB_20120810.TransactWriteItems", `{"TransactItems":[{"Put":{}}]}`, false},
		{"scans", "apis-create", "dynamodb", "POST", "/", "DynamoDB_20120810.Scan", `{}`, false},
		{"puts a blob", "apis-create", "s3", "PUT", "/blobs/a/b", "", "", true},
		{"puts into the archive", "apis-create", "s3", "PUT", "/archive/a/b", "", "", false},
		{"archives", "task-audit-archive", "s3", "PUT", "/archive/a/b", "", "", true},
		{"puts a blob from the archive's task", "task-audit-archive", "s3", "PUT", "/blobs/a", "", "", false},
		{"opens a credential", "apis-try", "kms", "POST", "/", "TrentService.Decrypt", `{}`, true},
		{"makes keys where it only opens", "apis-list", "kms", "POST", "/", "TrentService.GenerateDataKey", `{}`, false},
		{"starts a run", "workflows-execute", "states", "POST", "/", "AWSStepFunctions.StartExecution", `{"stateMachineArn":"arn:aws:states:r:1:stateMachine:apiq-wsp-0"}`, true},
		{"starts an import instead", "workflows-execute", "states", "POST", "/", "AWSStepFunctions.StartExecution", `{"stateMachineArn":"arn:aws:states:r:1:stateMachine:spec-import"}`, false},
		{"imports", "apis-create", "states", "POST", "/", "AWSStepFunctions.StartExecution", `{"stateMachineArn":"arn:aws:states:r:1:stateMachine:spec-import"}`, true},
		{"runs from an import", "apis-create", "states", "POST", "/", "AWSStepFunctions.StartExecution", `{"stateMachineArn":"arn:aws:states:r:1:stateMachine:apiq-wsp-0"}`, false},
		{"sets a clock", "triggers-create", "scheduler", "POST", "/schedules/x", "", `{}`, true},
		{"sets a clock without the right", "hooks", "scheduler", "POST", "/schedules/x", "", `{}`, false},
		{"publishes", "hooks", "events", "POST", "/", "AWSEvents.PutEvents", `{}`, true},
	} {
		passed := false
		h := p.Guard(c.service, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }))
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("X-Amz-Target", c.target)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+policy.AccessKey(c.function)+"/20260101/r/s/aws4_request, Signature=0")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if passed != c.allowed || !passed && !strings.Contains(w.Body.String(), "AccessDenied") {
			t.Errorf("%s %s: passed %v, %d %s", c.function, c.name, passed, w.Code, w.Body)
		}
	}
	if n := len(p.Refused()); n != 9 {
		t.Errorf("%d refusals noted: %v", n, p.Refused())
	}
}
