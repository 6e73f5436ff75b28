package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// An event is tried again twice within an hour; then it is a dead letter.
const (
	eventRetries  = 2
	eventAgeHours = 1
)

// newAlias makes the alias that all callers use.
func (h *Home) newAlias(s awscdk.Stack, f route.Function, function awslambda.Function) awslambda.CfnAlias {
	props := &awslambda.AliasProps{AliasName: jsii.String(names.Alias), Version: function.CurrentVersion()}
	if f.Kind == route.KindEvent {
		props.RetryAttempts, props.MaxEventAge = jsii.Number(eventRetries), awscdk.Duration_Hours(jsii.Number(eventAgeHours))
	}
	return awslambda.NewAlias(s, jsii.String(f.ID+"-live"), props).Node().DefaultChild().(awslambda.CfnAlias)
}

// moveSlowly has CodeDeploy move an alias, and nobody else.
func (h *Home) moveSlowly(s awscdk.Stack, f route.Function, alias awslambda.CfnAlias) {
	alias.AddDependency(h.newDeploymentGroup(s, f))
	alias.CfnOptions().SetUpdatePolicy(&awscdk.CfnUpdatePolicy{CodeDeployLambdaAliasUpdate: &awscdk.CfnCodeDeployLambdaAliasUpdate{
		ApplicationName: jsii.String(h.names.DeployApp()), DeploymentGroupName: jsii.String(h.names.Function(f.ID)),
	}})
}

// newDeploymentGroup: a tenth of the traffic goes to a new version for five minutes,
// and the rest follows unless an alarm goes off; then all of it goes back. In dev all
// goes at once.
func (h *Home) newDeploymentGroup(s awscdk.Stack, f route.Function) awscodedeploy.CfnDeploymentGroup {
	strategy := "CodeDeployDefault.LambdaCanary10Percent5Minutes"
	if h.cfg.Env == config.Dev {
		strategy = "CodeDeployDefault.LambdaAllAtOnce"
	}
	var alarms []any
	for _, name := range h.rollbackAlarms() {
		alarms = append(alarms, &awscodedeploy.CfnDeploymentGroup_AlarmProperty{Name: jsii.String(name)})
	}
	return awscodedeploy.NewCfnDeploymentGroup(s, jsii.String(f.ID+"-deploy"), &awscodedeploy.CfnDeploymentGroupProps{
		ApplicationName: jsii.String(h.names.DeployApp()), DeploymentGroupName: jsii.String(h.names.Function(f.ID)),
		ServiceRoleArn: sub(names.RoleARN(h.names.DeployRole())), DeploymentConfigName: jsii.String(strategy),
		DeploymentStyle: &awscodedeploy.CfnDeploymentGroup_DeploymentStyleProperty{
			DeploymentType: jsii.String("BLUE_GREEN"), DeploymentOption: jsii.String("WITH_TRAFFIC_CONTROL"),
		},
		AlarmConfiguration: &awscodedeploy.CfnDeploymentGroup_AlarmConfigurationProperty{Enabled: true, Alarms: alarms},
		AutoRollbackConfiguration: &awscodedeploy.CfnDeploymentGroup_AutoRollbackConfigurationProperty{
			Enabled: true, Events: jsii.Strings("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
		},
	})
}
