package names_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// TestLengths: AWS's limits, with the longest environment, region and account.
func TestLengths(t *testing.T) {
	t.Parallel()
	n := names.Names{Env: "staging"}
	fill := strings.NewReplacer(names.Account, "123456789012", names.Region, "ap-southeast-1", names.Partition, "aws-us-gov")
	within := func(what, name string, most int) {
		if name = fill.Replace(name); len(name) > most {
			t.Errorf("%s %s has %d characters, of %d", what, name, len(name), most)
		}
	}
	for _, f := range route.Functions() {
		within("function", n.Function(f.ID), 64)
		within("deployment group", n.Function(f.ID), 100)
	}
	for _, bucket := range []string{n.Blobs(), n.Archive(), n.Dashboard()} {
		within("bucket", bucket, 63)
	}
	for _, role := range []string{n.StatesRole(), n.ClockRole(), n.DeployRole()} {
		within("role", role, 64)
	}
	// shared/execution/stepfunctions: what a workspace and a hash leave of 80.
	within("prefix of state machines", n.StatesPrefix(), 14)
	if strings.HasPrefix(n.Machine("x"), n.StatesPrefix()+"-") {
		t.Error("workflows' roles would reach the platform's machines")
	}
}

// TestARNs in full, once.
func TestARNs(t *testing.T) {
	t.Parallel()
	n := names.Names{Env: "dev"}
	at := "${AWS::Region}:${AWS::AccountId}:"
	for have, want := range map[string]string{
		n.TableARN():                       "arn:${AWS::Partition}:dynamodb:" + at + "table/apiq-dev-table",
		n.IndexARN("gsi1"):                 "arn:${AWS::Partition}:dynamodb:" + at + "table/apiq-dev-table/index/gsi1",
		names.BucketARN("b"):               "arn:${AWS::Partition}:s3:::b",
		n.AliasARN("task-call"):            "arn:${AWS::Partition}:lambda:" + at + "function:apiq-dev-task-call:live",
		n.MachinesARN():                    "arn:${AWS::Partition}:states:" + at + "stateMachine:apiq-dev-w-*",
		n.RunsARN():                        "arn:${AWS::Partition}:states:" + at + "execution:apiq-dev-w-*:*",
		n.MachineARN("spec-import"):        "arn:${AWS::Partition}:states:" + at + "stateMachine:apiq-dev-platform-spec-import",
		names.RoleARN(n.StatesRole()):      "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/apiq-dev-workflows",
		n.StatesLogARN():                   "arn:${AWS::Partition}:logs:" + at + "log-group:/aws/vendedlogs/states/apiq-dev-runs:*",
		n.ClocksARN():                      "arn:${AWS::Partition}:scheduler:" + at + "schedule/apiq-dev-triggers/*",
		n.BusARN():                         "arn:${AWS::Partition}:events:" + at + "event-bus/apiq-dev-bus",
		names.QueueARN(n.DeadEvents()):     "arn:${AWS::Partition}:sqs:" + at + "apiq-dev-dead-events",
		names.MailARN("apiq@example.com"):  "arn:${AWS::Partition}:ses:" + at + "identity/apiq@example.com",
		n.FunctionLogARN("health"):         "arn:${AWS::Partition}:logs:" + at + "log-group:/aws/lambda/apiq-dev-health:*",
		names.AlarmARN(n.Of("api-errors")): "arn:${AWS::Partition}:cloudwatch:" + at + "alarm:apiq-dev-api-errors",
		names.EventsARN("rule/apiq-dev-x"): "arn:${AWS::Partition}:events:" + at + "rule/apiq-dev-x",
		n.TopicARN():                       "arn:${AWS::Partition}:sns:" + at + "apiq-dev-alarms",
		n.MachinesPrefixARN():              "arn:${AWS::Partition}:states:" + at + "stateMachine:apiq-dev-w-",
		n.OriginSecret(2):                  "apiq-dev-origin/2",
	} {
		if have != want {
			t.Errorf("%s, want %s", have, want)
		}
	}
}
