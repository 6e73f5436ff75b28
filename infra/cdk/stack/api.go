package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// api is the HTTP API. Routes come with their functions; the stage comes last,
// because its throttles name the routes.
type api struct {
	stack awscdk.Stack
	id    *string
	log   awslogs.LogGroup
	// origin is the edge's secret, as a reference that CloudFormation resolves.
	origin *string
}

func (h *Home) newAPI() *api {
	s := h.newStack("api", "the HTTP API")
	gateway := awsapigatewayv2.NewCfnApi(s, jsii.String("Api"), &awsapigatewayv2.CfnApiProps{
		Name: jsii.String(h.names.Of("api")), ProtocolType: jsii.String("HTTP"),
		Description: jsii.String("Routes of shared/route; no CORS: dashboard and API have one origin"),
	})
	log := awslogs.NewLogGroup(s, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.AccessLog()), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	secret := awssecretsmanager.NewSecret(s, jsii.String("Origin"), &awssecretsmanager.SecretProps{
		SecretName:  jsii.String(h.names.OriginSecret(h.cfg.OriginGeneration)),
		Description: jsii.String("What CloudFront proves itself to the functions with"),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			PasswordLength: jsii.Number(48), ExcludePunctuation: jsii.Bool(true),
		},
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	suppress(secret, "AwsSolutions-SMG4", "It is changed by a deployment (-c originGeneration), which must change CloudFront and the functions together; rotating it alone would refuse every request.")
	return &api{
		stack: s, id: gateway.AttrApiId(), log: log,
		origin: jsii.String("{{resolve:secretsmanager:" + h.names.OriginSecret(h.cfg.OriginGeneration) + ":SecretString}}"),
	}
}

// host is where CloudFront finds the API.
func (a *api) host() *string {
	return awscdk.Fn_Sub(jsii.String("${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"), &map[string]*string{"Api": a.id})
}

// retention is how long logs are kept.
func (h *Home) retention() awslogs.RetentionDays {
	if h.cfg.LogDays() == 7 {
		return awslogs.RetentionDays_ONE_WEEK
	}
	return awslogs.RetentionDays_ONE_MONTH
}
