// Package policy plays IAM for the stand: it stands before a service's server, tells
// by the access key which function signed a request, and refuses actions that the
// function's row does not grant. What no test calls is not proven by it: it shows
// that grants suffice, and that nothing else was used.
package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/route"
)

// Names tell targets of one service apart.
type Names struct {
	// Archive is the bucket of the audit archive; any other holds blobs.
	Archive string
	// Import is the name of the import machine; any other is a workflow's.
	Import string
}

// Policies knows who may do what. It is safe for concurrent use.
type Policies struct {
	names   Names
	mu      sync.Mutex
	byKey   map[string]route.Function
	refused []string
}

// New makes the policies of all functions, from their rows.
func New(names Names) *Policies {
	p := &Policies{names: names, byKey: map[string]route.Function{}}
	for _, f := range route.Functions() {
		p.byKey[AccessKey(f.ID)] = f
	}
	return p
}

// AccessKey is the access key that a function signs with.
func AccessKey(function string) string {
	sum := sha256.Sum256([]byte(function))
	return "ASIA" + base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// Function tells which function signed a request, "" for none.
func (p *Policies) Function(r *http.Request) string { return p.byKey[signer(r)].ID }

// Refused lists what was refused: "function action".
func (p *Policies) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Guard stands before a service. Requests by keys that are no function's pass: they
// are the test's own.
func (p *Policies) Guard(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, known := p.byKey[signer(r)]
		if !known {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		for _, action := range actions(service, r, body) {
			if !allows(f, action, p.target(action, r, body)) {
				p.mu.Lock()
				p.refused = append(p.refused, f.ID+" "+action)
				p.mu.Unlock()
				deny(w, service, f.ID, action)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func signer(r *http.Request) string {
	_, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, "/")
	return key
}

func allows(f route.Function, action string, target route.Target) bool {
	for _, s := range f.Needs.Statements() {
		if s.Target == target && slices.Contains(s.Actions, action) {
			return true
		}
	}
	return false
}

// target is what a request is about.
func (p *Policies) target(action string, r *http.Request, body []byte) route.Target {
	service, operation, _ := strings.Cut(action, ":")
	switch service {
	case "dynamodb":
		return route.TargetTable
	case "s3":
		if bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); bucket == p.names.Archive {
			return route.TargetArchive
		}
		return route.TargetBucket
	case "kms":
		return route.TargetKey
	case "scheduler":
		return route.TargetClocks
	case "events":
		return route.TargetBus
	case "ses":
		return route.TargetMail
	case "secretsmanager":
		return route.TargetModelKey
	case "iam":
		if strings.HasPrefix(r.URL.Path, "/schedules/") {
			return route.TargetClockRole
		}
		return route.TargetRole
	}
	switch operation {
	case "DescribeExecution", "GetExecutionHistory", "StopExecution", "RedriveExecution":
		return route.TargetRuns
	case "StartExecution":
		var in struct{ StateMachineArn string }
		_ = json.Unmarshal(body, &in) // what cannot be read is refused by the service
		if strings.HasSuffix(in.StateMachineArn, ":"+p.names.Import) {
			return route.TargetImport
		}
	}
	return route.TargetMachines
}

// actions are what IAM judges a request by (Service Authorization Reference).
func actions(service string, r *http.Request, body []byte) []string {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch service {
	case "dynamodb":
		return tableActions(operation, body)
	case "s3":
		return objectActions(r)
	case "kms":
		if operation == "ReEncrypt" {
			return []string{"kms:ReEncryptFrom", "kms:ReEncryptTo"}
		}
	case "states":
		if operation == "CreateStateMachine" {
			return machineActions(body)
		}
	case "scheduler":
		return clockActions(r.Method)
	case "ses":
		return []string{"ses:SendEmail"}
	}
	return []string{service + ":" + operation}
}

func clockActions(method string) []string {
	switch method {
	case http.MethodPost:
		return []string{"scheduler:CreateSchedule", "iam:PassRole"}
	case http.MethodPut:
		return []string{"scheduler:UpdateSchedule", "iam:PassRole"}
	case http.MethodDelete:
		return []string{"scheduler:DeleteSchedule"}
	}
	return []string{"scheduler:GetSchedule"}
}

func tableActions(operation string, body []byte) []string {
	if operation != "TransactWriteItems" {
		return []string{"dynamodb:" + operation}
	}
	var in struct{ TransactItems []map[string]json.RawMessage }
	_ = json.Unmarshal(body, &in) // what cannot be read is refused by the service
	names := map[string]string{"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
	var all []string
	for _, item := range in.TransactItems {
		for kind := range item {
			all = append(all, "dynamodb:"+names[kind])
		}
	}
	return all
}

func objectActions(r *http.Request) []string {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case key == "":
		return []string{"s3:ListBucket"}
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return []string{"s3:GetObject"}
	case r.Method == http.MethodDelete && r.URL.Query().Has("uploadId"):
		return []string{"s3:AbortMultipartUpload"}
	case r.Method == http.MethodDelete:
		return []string{"s3:DeleteObject"}
	}
	return []string{"s3:PutObject"}
}

func machineActions(body []byte) []string {
	var in struct {
		Publish bool              `json:"publish"`
		RoleArn string            `json:"roleArn"`
		Tags    []json.RawMessage `json:"tags"`
	}
	_ = json.Unmarshal(body, &in)
	all := []string{"states:CreateStateMachine", "iam:PassRole"}
	if in.Publish {
		all = append(all, "states:PublishStateMachineVersion")
	}
	if len(in.Tags) > 0 {
		all = append(all, "states:TagResource")
	}
	return all
}

func deny(w http.ResponseWriter, service, function, action string) {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s", function, action)
	if service == "s3" {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s</Message></Error>", message)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "AccessDeniedException", "message": message})
}
