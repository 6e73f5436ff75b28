package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// newWorkflows is what calls functions, other than the API: workflows' state
// machines, which the product makes as it goes, the platform's own, schedules, rules
// on the buses, the log of express runs.
func (h *Home) newWorkflows() (awscdk.Stack, error) {
	s := h.newStack("workflows", "state machines, schedules and rules")
	h.role(s, "Workflows", h.names.StatesRole(), "states.amazonaws.com", "What a workflow's state machine may do: call three functions, and log", grant.Workflows(h.names))
	h.newRunLog(s)

	awsscheduler.NewCfnScheduleGroup(s, jsii.String("Clocks"), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(h.names.Clocks())})
	h.role(s, "ClockRole", h.names.ClockRole(), "scheduler.amazonaws.com", "What a trigger's schedule may do: call one function, and leave a dead letter", grant.Clocks(h.names))

	h.newRules(s)
	machines, err := h.newMachines(s)
	if err != nil {
		return nil, err
	}
	h.newSchedules(s, machines)
	return s, nil
}

// newRunLog is the log that express runs have their history in, and nowhere else: it
// holds what steps hand on, so it is under the key, and event-history takes it in.
func (h *Home) newRunLog(s awscdk.Stack) {
	log := awslogs.NewLogGroup(s, jsii.String("RunLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.StatesLog()), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		EncryptionKey: h.data.key,
	})
	const taker = "event-history"
	if _, ok := route.FunctionByID(taker); !ok {
		return
	}
	allowed := h.allow(s, "RunLogPermission", taker, "logs.amazonaws.com", h.names.StatesLogARN())
	awslogs.NewCfnSubscriptionFilter(s, jsii.String("RunLogFilter"), &awslogs.CfnSubscriptionFilterProps{
		LogGroupName: log.LogGroupName(), FilterPattern: jsii.String(""), DestinationArn: sub(h.names.AliasARN(taker)),
		FilterName: jsii.String(taker),
	}).AddDependency(allowed)
}

// allow lets a service call a function's alias, for one source.
func (h *Home) allow(s awscdk.Stack, id, function, service, source string) awslambda.CfnPermission {
	return awslambda.NewCfnPermission(s, jsii.String(id), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: sub(h.names.AliasARN(function)),
		Principal: jsii.String(service), SourceArn: sub(source), SourceAccount: awscdk.Aws_ACCOUNT_ID(),
	})
}

// newRules lead events to functions: those of the product's own bus, and what Step
// Functions tells the account's bus about standard runs of workflows.
func (h *Home) newRules(s awscdk.Stack) {
	bus := awsevents.NewCfnEventBus(s, jsii.String("Bus"), &awsevents.CfnEventBusProps{
		Name: jsii.String(h.names.Bus()), Description: jsii.String("Events of workspaces that triggers wait for"),
	})
	rule := func(id, what, function string, bus *string, pattern map[string]any) {
		name := h.names.Of(id)
		source := "rule/" + name
		if bus != nil {
			source = "rule/" + h.names.Bus() + "/" + name
		}
		rule := awsevents.NewCfnRule(s, jsii.String(id), &awsevents.CfnRuleProps{
			Name: jsii.String(name), Description: jsii.String(what), EventBusName: bus, EventPattern: pattern,
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: jsii.String(function), Arn: sub(h.names.AliasARN(function)),
				DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: sub(names.QueueARN(h.names.DeadEvents()))},
				RetryPolicy:      &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600 * eventAgeHours), MaximumRetryAttempts: jsii.Number(10)},
			}},
		})
		rule.AddDependency(h.allow(s, id+"-permission", function, "events.amazonaws.com", names.EventsARN(source)))
	}
	ours := func(detailType any) map[string]any {
		return map[string]any{"account": []any{awscdk.Aws_ACCOUNT_ID()}, "source": []string{names.EventSource}, "detail-type": []any{detailType}}
	}
	rule("webhook", "Webhooks that were taken in", "event-webhook", bus.Ref(), ours(names.WebhookReceived))
	rule("event", "All other events of workspaces", "event-bus", bus.Ref(), ours(map[string]any{"anything-but": []string{names.WebhookReceived}}))

	ended := func(statuses ...string) map[string]any {
		return map[string]any{
			"source": []string{"aws.states"}, "detail-type": []string{"Step Functions Execution Status Change"},
			"detail": map[string]any{
				"status":          statuses,
				"stateMachineArn": []any{map[string]any{"prefix": sub(h.names.MachinesPrefixARN())}},
			},
		}
	}
	rule("run-ended", "Runs of workflows that ended well, or were stopped", "event-run", nil, ended("SUCCEEDED", "ABORTED"))
	rule("run-failed", "Runs of workflows that failed; an alarm counts them", "event-run", nil, ended("FAILED", "TIMED_OUT"))
}
