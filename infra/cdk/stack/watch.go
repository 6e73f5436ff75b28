package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
)

// newWatch is what watches: alarms, whom they tell, and what moves aliases by them.
// It is deployed before the functions, since their deployments stop on its alarms;
// it knows functions, queues and rules by name only.
func (h *Home) newWatch() awscdk.Stack {
	s := h.newStack("watch", "alarms and what deployments go by")
	h.newTopic(s)
	h.newUnavailable(s)
	for _, a := range h.alarms() {
		h.newAlarm(s, a)
	}
	h.newKeyRule(s)
	awscloudwatch.NewCfnDashboard(s, jsii.String("Charts"), &awscloudwatch.CfnDashboardProps{
		DashboardName: jsii.String(h.names.Of("overview")), DashboardBody: h.charts(),
	})

	awscodedeploy.NewCfnApplication(s, jsii.String("Application"), &awscodedeploy.CfnApplicationProps{
		ApplicationName: jsii.String(h.names.DeployApp()), ComputePlatform: jsii.String("Lambda"),
	})
	h.role(s, "Deploy", h.names.DeployRole(), "codedeploy.amazonaws.com", "Moves the functions' aliases, and moves them back on an alarm", grant.Deploy(h.names))
	return s
}

// newTopic takes every alarm. The integration's URL is a secret: CloudFormation
// reads it when it deploys.
func (h *Home) newTopic(s awscdk.Stack) {
	topic := awssns.NewTopic(s, jsii.String("Alarms"), &awssns.TopicProps{
		TopicName: jsii.String(h.names.Topic()), MasterKey: h.data.key, EnforceSSL: jsii.Bool(true),
	})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"), Resources: &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	}))
	subscribe := func(id, protocol, endpoint string) {
		awssns.NewCfnSubscription(s, jsii.String(id), &awssns.CfnSubscriptionProps{TopicArn: topic.TopicArn(), Protocol: jsii.String(protocol), Endpoint: jsii.String(endpoint)})
	}
	if h.cfg.PagerDuty != "" {
		subscribe("PagerDuty", "https", "{{resolve:secretsmanager:"+h.cfg.PagerDuty+":SecretString}}")
	}
	if h.cfg.AlarmMail != "" {
		subscribe("Mail", "email", h.cfg.AlarmMail)
	}
}

// newUnavailable counts answers that say that a store or the key service is out
// (UNAVAILABLE, 503). KMS tells CloudWatch of no errors, so what they did is counted.
// A metric costs for the hours in which it has data: at rest there is none.
func (h *Home) newUnavailable(s awscdk.Stack) {
	awslogs.NewCfnMetricFilter(s, jsii.String("Unavailable"), &awslogs.CfnMetricFilterProps{
		LogGroupName: jsii.String(h.names.AccessLog()), FilterPattern: jsii.String("{ $.status = 503 }"),
		MetricTransformations: []any{&awslogs.CfnMetricFilter_MetricTransformationProperty{
			MetricName: jsii.String(unavailableMetric), MetricNamespace: jsii.String(h.names.Of("api")), MetricValue: jsii.String("1"), Unit: jsii.String("Count"),
		}},
	}).AddDependency(h.api.log.Node().DefaultChild().(awscdk.CfnResource))
}

// newKeyRule tells of anything that would make the key useless, before it has. It
// sees what CloudTrail sees: the account needs a trail.
func (h *Home) newKeyRule(s awscdk.Stack) {
	h.newNotice(s, "key-changed", "Somebody disables the key, has it deleted, or changes who may use it", map[string]any{
		"source": []string{"aws.kms"}, "detail-type": []string{"AWS API Call via CloudTrail"},
		"detail": map[string]any{
			"eventName": []string{"DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation"},
			"resources": map[string]any{"ARN": []any{h.data.key.KeyArn()}},
		},
	})
}

// newNotice keeps events that want a person among the dead ones, whose alarm tells.
// Not by the topic: EventBridge takes no conditions in a topic's policy, so that
// anybody's rules could send to it.
func (h *Home) newNotice(s awscdk.Stack, id, what string, pattern map[string]any) {
	awsevents.NewCfnRule(s, jsii.String(id), &awsevents.CfnRuleProps{
		Name: jsii.String(h.names.Of(id)), Description: jsii.String(what), EventPattern: pattern,
		Targets: []any{&awsevents.CfnRule_TargetProperty{Id: jsii.String("dead-events"), Arn: sub(names.QueueARN(h.names.DeadEvents()))}},
	})
}
