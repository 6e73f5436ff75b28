package grant

import (
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// Trace is what active tracing needs.
func Trace() Statement {
	return Statement{
		Actions: []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, Resources: []string{"*"},
		Why: "X-Ray has no resources for these actions (Service Authorization Reference).",
	}
}

// Platform is what Lambda itself needs of a function's role: its log, traces, its
// dead letters.
func Platform(n names.Names, f route.Function) []Statement {
	all := []Statement{
		{
			Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{n.FunctionLogARN(f.ID)},
			Why: "The streams of the function's own log group; Lambda names them.",
		},
		Trace(),
	}
	if f.Kind == route.KindEvent {
		all = append(all, Statement{Actions: []string{"sqs:SendMessage"}, Resources: []string{names.QueueARN(n.DeadEvents())}})
	}
	return all
}

// traceRuns is what Step Functions asks of a role whose machine is traced.
func traceRuns() Statement {
	return Statement{
		Actions:   []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"},
		Resources: []string{"*"}, Why: "X-Ray has no resources for these actions (Service Authorization Reference).",
	}
}

// deliveries is what Step Functions asks of a role whose machine logs.
func deliveries() Statement {
	return Statement{
		Actions: []string{
			"logs:CreateLogDelivery", "logs:CreateLogStream", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
			"logs:ListLogDeliveries", "logs:PutLogEvents", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
		},
		Resources: []string{"*"},
		Why:       "Step Functions refuses to make a machine that logs without exactly these on all resources: log deliveries have no ARN (Step Functions guide, \"Logging using CloudWatch Logs\"). A definition can not reach them: the compiler emits calls of our functions and nothing else.",
	}
}

// Workflows is the role of workflows' state machines: the three functions that a
// definition may call, and the log of express runs.
func Workflows(n names.Names) []Statement {
	return []Statement{
		traceRuns(),
		{Actions: []string{"lambda:InvokeFunction"}, Resources: []string{n.AliasARN("task-call"), n.AliasARN("task-approval"), n.AliasARN("task-workflow")}},
		deliveries(),
	}
}

// Machine is the role of one of the platform's machines: the functions that its
// definition calls. The runtime's log and traces are as above.
func Machine(n names.Names, functions []string) []Statement {
	var aliases []string
	for _, id := range functions {
		aliases = append(aliases, n.AliasARN(id))
	}
	return []Statement{{Actions: []string{"lambda:InvokeFunction"}, Resources: aliases}, deliveries(), traceRuns()}
}

// Clocks is the role of triggers' schedules.
func Clocks(n names.Names) []Statement {
	return []Statement{
		{Actions: []string{"lambda:InvokeFunction"}, Resources: []string{n.AliasARN("event-schedule")}},
		{Actions: []string{"sqs:SendMessage"}, Resources: []string{names.QueueARN(n.DeadClocks())}},
	}
}

// Upkeep is the role of the platform's own schedules.
func Upkeep(n names.Names, machines, functions []string) []Statement {
	var started, called []string
	for _, id := range machines {
		started = append(started, n.MachineARN(id))
	}
	for _, id := range functions {
		called = append(called, n.AliasARN(id))
	}
	all := []Statement{{Actions: []string{"sqs:SendMessage"}, Resources: []string{names.QueueARN(n.DeadClocks())}}}
	if len(started) > 0 {
		all = append(all, Statement{Actions: []string{"states:StartExecution"}, Resources: started})
	}
	return append(all, Statement{Actions: []string{"lambda:InvokeFunction"}, Resources: called})
}

// Deploy is the role of CodeDeploy: AWSCodeDeployRoleForLambdaLimited, without the
// buckets and topics that we do not use, and on our functions only.
func Deploy(n names.Names) []Statement {
	return []Statement{
		{
			Actions:   []string{"lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"},
			Resources: []string{n.FunctionARN("*")},
			Why:       "Every function of this environment has a deployment group, and all groups share this role; the prefix is this environment's.",
		},
		{
			Actions: []string{"cloudwatch:DescribeAlarms"}, Resources: []string{names.AlarmARN("*")},
			Why: "CloudWatch judges the action against alarm:*, whichever names are asked for; it reads states only.",
		},
	}
}
