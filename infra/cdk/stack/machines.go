package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/statemachines"
)

// newMachines makes the platform's own state machines, each with a role for the
// functions that it calls.
func (h *Home) newMachines(s awscdk.Stack) ([]string, error) {
	all, err := statemachines.All()
	if err != nil {
		return nil, err
	}
	log := awslogs.NewLogGroup(s, jsii.String("MachineLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.MachineLog()), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	var made []string
	for _, m := range all {
		substitutions := map[string]*string{}
		for name, function := range m.Functions {
			substitutions[name] = sub(h.names.AliasARN(function))
		}
		functions := slices.Sorted(maps.Values(m.Functions))
		role := h.role(s, m.Name+"-role", "", "states.amazonaws.com", "What the machine "+m.Name+" may do", grant.Machine(h.names, functions))
		awsstepfunctions.NewCfnStateMachine(s, jsii.String(m.Name), &awsstepfunctions.CfnStateMachineProps{
			StateMachineName: jsii.String(h.names.Machine(m.Name)), StateMachineType: jsii.String("STANDARD"), RoleArn: role.RoleArn(),
			DefinitionString: jsii.String(m.Definition), DefinitionSubstitutions: substitutions,
			TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: true},
			LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
				Level: jsii.String("ALL"), IncludeExecutionData: false,
				Destinations: []any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
					CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: log.LogGroupArn()},
				}},
			},
		})
		made = append(made, m.Name)
	}
	h.newNotice(s, "machine-failed", "One of the platform's own machines failed", map[string]any{
		"source": []string{"aws.states"}, "detail-type": []string{"Step Functions Execution Status Change"},
		"detail": map[string]any{
			"status":          []string{"FAILED", "TIMED_OUT"},
			"stateMachineArn": []any{map[string]any{"prefix": sub(h.names.MachineARN(""))}},
		},
	})
	return made, nil
}

// Schedule is one of the platform's own: a machine, or else a function, and when.
// Times are UTC.
type Schedule struct{ Machine, Function, When string }

// Schedules are all of them.
func Schedules() []Schedule {
	return []Schedule{
		{Machine: statemachines.AuditArchive, When: "cron(20 0 * * ? *)"}, // the day before, soon after it
		{Machine: statemachines.NightlyDrift, When: "cron(10 2 * * ? *)"},
		{Machine: statemachines.KeyRotation, When: "cron(40 3 1 * ? *)"}, // those that are due, once a month
		{Function: "event-resume", When: "rate(5 minutes)"},
		{Function: "event-mail", When: "rate(1 minute)"}, // as long as a message waits
	}
}

func (h *Home) newSchedules(s awscdk.Stack, machines []string) {
	group := awsscheduler.NewCfnScheduleGroup(s, jsii.String("Upkeep"), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(h.names.Of("upkeep"))})
	var started, called []string
	for _, one := range Schedules() {
		if one.Machine != "" {
			started = append(started, one.Machine)
		} else {
			called = append(called, one.Function)
		}
	}
	role := h.role(s, "UpkeepRole", "", "scheduler.amazonaws.com", "What the platform's own schedules may do", grant.Upkeep(h.names, started, called))
	for _, one := range Schedules() {
		id, target := one.Function, h.names.AliasARN(one.Function)
		if one.Machine != "" {
			id, target = one.Machine, h.names.MachineARN(one.Machine)
		}
		schedule := awsscheduler.NewCfnSchedule(s, jsii.String(id+"-schedule"), &awsscheduler.CfnScheduleProps{
			Name: jsii.String(id), GroupName: group.Ref(), ScheduleExpression: jsii.String(one.When), ScheduleExpressionTimezone: jsii.String("UTC"),
			FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
			Target: &awsscheduler.CfnSchedule_TargetProperty{
				Arn: sub(target), RoleArn: role.RoleArn(), Input: jsii.String("{}"),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: sub(names.QueueARN(h.names.DeadClocks()))},
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600), MaximumRetryAttempts: jsii.Number(5)},
			},
		})
		if slices.Contains(machines, one.Machine) {
			schedule.AddDependency(s.Node().FindChild(jsii.String(one.Machine)).(awscdk.CfnResource))
		}
	}
}
