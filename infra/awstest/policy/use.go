package policy

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// use is an action on a resource, as IAM judges it (Service Authorization Reference).
type use struct{ action, resource string }

// What stands before a resource's name where the name alone is not what is judged.
const (
	machine   = "stateMachine:"
	execution = "execution:"
	// token: which machine a task's token is of, only the service can tell.
	token = "taskToken"
	// credentials: under the encryption context of credentials, on which the grant of
	// the key is conditioned.
	credentials = "credentials under "
	// item stands between a table's name and the partition key of the item that is
	// updated, on which the grant of the trail is conditioned.
	item = " item "
	// Whom a role is passed to, on which its grant is conditioned.
	toStates, toScheduler = "to states: ", "to scheduler: "
)

// uses are what a request does. What cannot be read of it is refused by the service.
func uses(service string, r *http.Request, body []byte) []use {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch service {
	case "dynamodb":
		return tableUses(operation, body)
	case "s3":
		return objectUses(r)
	case "kms":
		return keyUses(operation, body)
	case "states":
		return stateUses(operation, body)
	case "scheduler":
		return clockUses(r, body)
	case "events":
		var in struct {
			Entries []struct{ EventBusName string }
		}
		_ = json.Unmarshal(body, &in)
		var all []use
		for _, e := range in.Entries {
			all = append(all, use{"events:" + operation, e.EventBusName})
		}
		if len(all) == 0 {
			return []use{{"events:" + operation, ""}}
		}
		return all
	case "ses":
		var in struct{ FromEmailAddress string }
		_ = json.Unmarshal(body, &in)
		return []use{{"ses:SendEmail", in.FromEmailAddress}}
	case "secretsmanager":
		var in struct{ SecretID string }
		_ = json.Unmarshal(body, &in)
		return []use{{"secretsmanager:" + operation, in.SecretID}}
	}
	return []use{{service + ":" + operation, ""}}
}

func tableUses(operation string, body []byte) []use {
	type written struct {
		TableName string
		Key       struct {
			PK struct{ S string } `json:"pk"`
		}
	}
	var in struct {
		written
		RequestItems  map[string]json.RawMessage
		TransactItems []map[string]written
	}
	_ = json.Unmarshal(body, &in)
	var all []use
	for name := range in.RequestItems {
		all = append(all, use{"dynamodb:" + operation, name})
	}
	actions := map[string]string{"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
	about := func(action string, w written) use {
		if action == "UpdateItem" {
			return use{"dynamodb:" + action, w.TableName + item + w.Key.PK.S}
		}
		return use{"dynamodb:" + action, w.TableName}
	}
	for _, op := range in.TransactItems {
		for kind, w := range op {
			all = append(all, about(actions[kind], w))
		}
	}
	if len(all) == 0 {
		return []use{about(operation, in.written)}
	}
	return all
}

func objectUses(r *http.Request) []use {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	action := "s3:PutObject"
	switch {
	case key == "":
		action = "s3:ListBucket"
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		action = "s3:GetObject"
	case r.Method == http.MethodDelete && r.URL.Query().Has("uploadId"):
		action = "s3:AbortMultipartUpload"
	case r.Method == http.MethodDelete:
		action = "s3:DeleteObject"
	}
	return []use{{action, bucket}}
}

func keyUses(operation string, body []byte) []use {
	type context map[string]string
	var in struct {
		KeyID, SourceKeyID, DestinationKeyID                                     string
		EncryptionContext, SourceEncryptionContext, DestinationEncryptionContext context
	}
	_ = json.Unmarshal(body, &in)
	under := func(c context, key string) string {
		if c["app"] == "apiq" && c["purpose"] == "credentials" {
			return credentials + key
		}
		return key
	}
	if operation == "ReEncrypt" {
		return []use{{"kms:ReEncryptFrom", under(in.SourceEncryptionContext, in.SourceKeyID)}, {"kms:ReEncryptTo", under(in.DestinationEncryptionContext, in.DestinationKeyID)}}
	}
	return []use{{"kms:" + operation, under(in.EncryptionContext, in.KeyID)}}
}

func stateUses(operation string, body []byte) []use {
	var in struct {
		Name, RoleArn, StateMachineArn, ExecutionArn, TaskToken string
		Publish                                                 bool
		Tags                                                    []json.RawMessage
	}
	_ = json.Unmarshal(body, &in)
	resource := named(in.StateMachineArn + in.ExecutionArn)
	if in.TaskToken != "" {
		resource = token
	}
	if operation != "CreateStateMachine" {
		return []use{{"states:" + operation, resource}}
	}
	resource = machine + in.Name
	all := []use{{"states:CreateStateMachine", resource}, {"iam:PassRole", toStates + in.RoleArn}}
	if in.Publish {
		all = append(all, use{"states:PublishStateMachineVersion", resource})
	}
	if len(in.Tags) > 0 {
		all = append(all, use{"states:TagResource", resource})
	}
	return all
}

// named is kind and name of a state machine's ARN, or of an execution's:
// arn:aws:states:<region>:<account>:<kind>:<machine>[:<version or run>].
func named(arn string) string {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 {
		return ""
	}
	return parts[5] + ":" + parts[6]
}

func clockUses(r *http.Request, body []byte) []use {
	var in struct {
		GroupName string
		Target    struct{ RoleArn string }
	}
	_ = json.Unmarshal(body, &in)
	group := in.GroupName
	if slices.Contains([]string{http.MethodGet, http.MethodDelete}, r.Method) {
		group = r.URL.Query().Get("groupName")
	}
	switch r.Method {
	case http.MethodPost:
		return []use{{"scheduler:CreateSchedule", group}, {"iam:PassRole", toScheduler + in.Target.RoleArn}}
	case http.MethodPut:
		return []use{{"scheduler:UpdateSchedule", group}, {"iam:PassRole", toScheduler + in.Target.RoleArn}}
	case http.MethodDelete:
		return []use{{"scheduler:DeleteSchedule", group}}
	}
	return []use{{"scheduler:GetSchedule", group}}
}
