package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// newFunction makes a function of a row: its role, its log, its code.
func (h *Home) newFunction(s awscdk.Stack, f route.Function) (awslambda.Function, error) {
	statements, err := grant.Function(h.names, h.cfg, f)
	if err != nil {
		return nil, err
	}
	environment, err := h.environment(f)
	if err != nil {
		return nil, err
	}
	role := h.role(s, f.ID+"-role", "", lambdaService, "APIQ: "+f.Summary, statements)
	log := awslogs.NewLogGroup(s, jsii.String(f.ID+"-log"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.FunctionLog(f.ID)), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(h.names.Function(f.ID)), Description: jsii.String(f.Summary),
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: awslambda.Architecture_ARM_64(), Handler: jsii.String("bootstrap"),
		Code: h.code(f.ID), MemorySize: jsii.Number(f.MemoryMB), Timeout: awscdk.Duration_Seconds(jsii.Number(f.Timeout.Seconds())),
		Environment: environment, Tracing: awslambda.Tracing_ACTIVE, LogGroup: log,
		// Lambda's own three lines for each invocation would be most of the log, and
		// are paid for: CloudWatch's metrics say the same.
		LoggingFormat: awslambda.LoggingFormat_JSON, SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		// Whatever the construct would add to the role is in its statements already.
		Role: role.WithoutPolicyUpdates(nil),
	}
	if f.Kind == route.KindEvent {
		props.DeadLetterQueue = awssqs.Queue_FromQueueArn(s, jsii.String(f.ID+"-dead"), sub(names.QueueARN(h.names.DeadEvents())))
	}
	return awslambda.NewFunction(s, jsii.String(f.ID), props), nil
}
