package policy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/awstest/policy"
)

// TestGuard: a function does what its row grants, on what it is granted for.
func TestGuard(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Resources{Table: "t", Bucket: "blobs", Archive: "archive", Key: "arn:key", Machines: "apiq-w", Role: "arn:role",
		Import: "apiq-platform-spec-import", Clocks: "clocks", ClockRole: "arn:clock-role", Bus: "bus", ModelKey: "arn:model", OwnKeys: []string{"arn:own"}})
	const (
		arn   = `"arn:aws:states:r:1:`
		about = `"EncryptionContext":{"app":"apiq","tenant":"wsp_1","purpose":"credentials"}`
	)
	refused := 0
	for _, c := range []struct {
		name, function, service, operation, body string
		allowed                                  bool
	}{
		{"reads its table", "apis-list", "dynamodb", "GetItem", `{"TableName":"t"}`, true},
		{"reads another table", "apis-list", "dynamodb", "GetItem", `{"TableName":"u"}`, false},
		{"reads in a batch", "apis-list", "dynamodb", "BatchGetItem", `{"RequestItems":{"t":{}}}`, true},
		{"reads another too", "apis-list", "dynamodb", "BatchGetItem", `{"RequestItems":{"t":{},"u":{}}}`, false},
		{"writes what it only reads", "apis-list", "dynamodb", "PutItem", `{"TableName":"t"}`, false},
		{"writes a record of a refusal", "apis-list", "dynamodb", "TransactWriteItems", `{"TransactItems":[{"Update":{"TableName":"t","Key":{"pk":{"S":"wsp_1/AUD#3"}}}},{"Update":{"TableName":"t","Key":{"pk":{"S":"wsp_1/AUDHEAD"}}}}]}`, true},
		{"counts refusals", "apis-list", "dynamodb", "UpdateItem", `{"TableName":"t","Key":{"pk":{"S":"_system/LIMIT#x"}}}`, true},
		{"writes something else", "apis-list", "dynamodb", "UpdateItem", `{"TableName":"t","Key":{"pk":{"S":"wsp_1/AUDSINK"}}}`, false},
		{"something else beside a record", "apis-list", "dynamodb", "TransactWriteItems", `{"TransactItems":[{"Update":{"TableName":"t","Key":{"pk":{"S":"wsp_1/AUD#3"}}}},{"Update":{"TableName":"t","Key":{"pk":{"S":"wsp_1/CON"}}}}]}`, false},
		{"takes records away", "apis-list", "dynamodb", "DeleteItem", `{"TableName":"t","Key":{"pk":{"S":"wsp_1/AUD#3"}}}`, false},
		{"a record in another table", "apis-list", "dynamodb", "UpdateItem", `{"TableName":"u","Key":{"pk":{"S":"wsp_1/AUD#3"}}}`, false},
		{"a transaction", "apis-create", "dynamodb", "TransactWriteItems", `{"TransactItems":[{"Update":{"TableName":"t"}},{"ConditionCheck":{"TableName":"t"}}]}`, true},
		{"writes in a transaction", "apis-list", "dynamodb", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"t"}}]}`, false},
		{"another table in a transaction", "apis-create", "dynamodb", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"t"}},{"Put":{"TableName":"u"}}]}`, false},
		{"scans", "apis-create", "dynamodb", "Scan", `{"TableName":"t"}`, false},
		{"opens a credential", "apis-try", "kms", "Decrypt", `{"KeyId":"arn:key",` + about + `}`, true},
		{"under another key", "apis-try", "kms", "Decrypt", `{"KeyId":"arn:other",` + about + `}`, false},
		{"under no key", "apis-try", "kms", "Decrypt", `{` + about + `}`, false},
		{"opens an object's key", "apis-try", "kms", "Decrypt", `{"KeyId":"arn:key","EncryptionContext":{"aws:s3:arn":"x"}}`, false},
		{"opens it because it reads blobs", "event-run", "kms", "Decrypt", `{"KeyId":"arn:key",` + about + `}`, false},
		{"makes keys where it only opens", "apis-list", "kms", "GenerateDataKey", `{"KeyId":"arn:key",` + about + `}`, false},
		{"wraps again", "task-key-rotation", "kms", "ReEncrypt", `{"SourceKeyId":"arn:key","DestinationKeyId":"arn:key","Source` + about[1:] + `,"Destination` + about[1:] + `}`, true},
		{"wraps for another", "task-key-rotation", "kms", "ReEncrypt", `{"SourceKeyId":"arn:key","DestinationKeyId":"arn:other","Source` + about[1:] + `,"Destination` + about[1:] + `}`, false},
		{"wraps under a workspace's own", "task-key-rotation", "kms", "ReEncrypt", `{"SourceKeyId":"arn:key","DestinationKeyId":"arn:own","Source` + about[1:] + `,"Destination` + about[1:] + `}`, true},
		{"opens under a workspace's own", "apis-try", "kms", "Decrypt", `{"KeyId":"arn:own",` + about + `}`, true},
		{"uses it for something else", "apis-try", "kms", "Decrypt", `{"KeyId":"arn:own","EncryptionContext":{"app":"other"}}`, false},
		{"opens under it with blobs alone", "event-run", "kms", "Decrypt", `{"KeyId":"arn:own",` + about + `}`, false},
		{"starts a run", "workflows-execute", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:apiq-w-wsp-0:1"}`, true},
		{"starts an import instead", "workflows-execute", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:apiq-platform-spec-import"}`, false},
		{"starts a machine of others", "workflows-execute", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:payroll"}`, false},
		{"imports", "apis-create", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:apiq-platform-spec-import"}`, true},
		{"rotates keys instead", "apis-create", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:apiq-platform-key-rotation"}`, false},
		{"runs from an import", "apis-create", "states", "StartExecution", `{"stateMachineArn":` + arn + `stateMachine:apiq-w-wsp-0"}`, false},
		{"makes a machine", "workflows-execute", "states", "CreateStateMachine", `{"name":"apiq-w-x","roleArn":"arn:role","publish":true,"tags":[{}]}`, true},
		{"under another role", "workflows-execute", "states", "CreateStateMachine", `{"name":"apiq-w-x","roleArn":"arn:clock-role"}`, false},
		{"with another name", "workflows-execute", "states", "CreateStateMachine", `{"name":"apiq-wide","roleArn":"arn:role"}`, false},
		{"follows a run", "executions-get", "states", "GetExecutionHistory", `{"executionArn":` + arn + `execution:apiq-w-wsp-0:exe_1"}`, true},
		{"follows one of others", "executions-get", "states", "GetExecutionHistory", `{"executionArn":` + arn + `execution:payroll:exe_1"}`, false},
		{"stops what it only follows", "executions-get", "states", "StopExecution", `{"executionArn":` + arn + `execution:apiq-w-wsp-0:exe_1"}`, false},
		{"answers a person's task", "executions-resolve", "states", "SendTaskSuccess", `{"taskToken":"x"}`, true},
		{"says that a task lives, which nothing does", "executions-resolve", "states", "SendTaskHeartbeat", `{"taskToken":"x"}`, false},
		{"answers as a reader", "executions-get", "states", "SendTaskSuccess", `{"taskToken":"x"}`, false},
		{"publishes", "hooks", "events", "PutEvents", `{"Entries":[{"EventBusName":"bus"}]}`, true},
		{"publishes elsewhere", "hooks", "events", "PutEvents", `{"Entries":[{"EventBusName":"bus"},{"EventBusName":"default"}]}`, false},
		{"plans", "chat", "secretsmanager", "GetSecretValue", `{"SecretId":"arn:model"}`, true},
		{"reads another secret", "chat", "secretsmanager", "GetSecretValue", `{"SecretId":"arn:database"}`, false},
		{"mails", "chat", "ses", "", `{"FromEmailAddress":""}`, false},

		{"puts a blob", "apis-create", "s3", "PUT /blobs/a/b", "", true},
		{"puts into the archive", "apis-create", "s3", "PUT /archive/a/b", "", false},
		{"puts into a bucket of others", "apis-create", "s3", "PUT /others/a", "", false},
		{"lists blobs", "apis-create", "s3", "GET /blobs", "", true},
		{"archives", "task-audit-archive", "s3", "PUT /archive/a/b", "", true},
		{"deletes what is archived", "task-audit-archive", "s3", "DELETE /archive/a/b", "", false},
		{"puts a blob from the archive's task", "task-audit-archive", "s3", "PUT /blobs/a", "", false},
		{"sets a clock", "triggers-create", "scheduler", "POST /schedules/x", `{"GroupName":"clocks","Target":{"RoleArn":"arn:clock-role"}}`, true},
		{"in another group", "triggers-create", "scheduler", "POST /schedules/x", `{"GroupName":"upkeep","Target":{"RoleArn":"arn:clock-role"}}`, false},
		{"in the default group", "triggers-create", "scheduler", "POST /schedules/x", `{"Target":{"RoleArn":"arn:clock-role"}}`, false},
		{"under another role", "triggers-create", "scheduler", "PUT /schedules/x", `{"GroupName":"clocks","Target":{"RoleArn":"arn:role"}}`, false},
		{"takes a clock off", "triggers-delete", "scheduler", "DELETE /schedules/x?groupName=clocks", "", true},
		{"takes another's off", "triggers-delete", "scheduler", "DELETE /schedules/x?groupName=upkeep", "", false},
		{"sets a clock without the right", "hooks", "scheduler", "POST /schedules/x", `{"GroupName":"clocks","Target":{"RoleArn":"arn:clock-role"}}`, false},
	} {
		method, path, rest := strings.Cut(c.operation, " ")
		if !rest {
			method, path = "POST", "/"
		}
		passed := false
		h := p.Guard(c.service, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }))
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(c.body))
		r.Header.Set("X-Amz-Target", "Service."+c.operation)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+policy.AccessKey(c.function)+"/20260101/r/s/aws4_request, Signature=0")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if passed != c.allowed || !passed && !strings.Contains(w.Body.String(), "AccessDenied") {
			t.Errorf("%s %s: passed %v, %d %s", c.function, c.name, passed, w.Code, w.Body)
		}
		if !c.allowed {
			refused++
		}
	}
	if n := len(p.Refused()); n != refused {
		t.Errorf("%d refusals noted, want %d: %v", n, refused, fmt.Sprint(p.Refused()))
	}
}
