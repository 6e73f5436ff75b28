package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// newKey is the one customer key: table, buckets, logs of runs, alarms, and the data
// keys of credentials. Who may use it for what is told by the conditions of package
// grant; services are let in here.
func (h *Home) newKey(s awscdk.Stack) awskms.Key {
	key := awskms.NewKey(s, jsii.String("Key"), &awskms.KeyProps{
		Alias: jsii.String("alias/" + h.names.Of("key")), Description: jsii.String("APIQ " + h.cfg.Env + ": data at rest and data keys of credentials"),
		EnableKeyRotation: jsii.Bool(true), PendingWindow: awscdk.Duration_Days(jsii.Number(30)), RemovalPolicy: h.removal(),
	})
	allow := func(sid string, principal awsiam.IPrincipal, conditions map[string]any, actions ...string) {
		key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String(sid), Principals: &[]awsiam.IPrincipal{principal}, Actions: jsii.Strings(actions...),
			Resources: jsii.Strings("*"), Conditions: &conditions,
		}), nil)
	}
	service := func(name string) awsiam.IPrincipal {
		return awsiam.NewServicePrincipal(sub(name), nil)
	}

	// DynamoDB uses the key in the name of who calls it. Allowed here, for roles of
	// this environment and through DynamoDB only, no role needs a grant on the key
	// for having one on the table.
	allow("TableForRolesOfThisEnvironment", awsiam.NewAnyPrincipal(), map[string]any{
		"StringEquals": map[string]any{
			"kms:CallerAccount": awscdk.Aws_ACCOUNT_ID(),
			"kms:ViaService":    sub("dynamodb.${AWS::Region}.amazonaws.com"),
		},
		"ArnLike": map[string]any{"aws:PrincipalArn": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + h.names.Of("*"))},
	}, "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey")
	allow("LogOfRuns", service("logs.${AWS::Region}.amazonaws.com"), map[string]any{
		"ArnEquals": map[string]any{"kms:EncryptionContext:aws:logs:arn": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:" + h.names.StatesLog())},
	}, "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey")
	allow("Alarms", service("cloudwatch.amazonaws.com"), map[string]any{
		"StringEquals": map[string]any{"kms:EncryptionContext:aws:sns:topicArn": sub(h.names.TopicARN())},
	}, "kms:Decrypt", "kms:GenerateDataKey")
	return key
}

// rulesMaySend lets the rules of this environment send to a queue what they could not
// deliver.
func (h *Home) rulesMaySend(queue *string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("Rules"), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{queue},
		Conditions: &map[string]any{"ArnLike": map[string]any{"aws:SourceArn": sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/" + h.names.Of("*"))}},
	})
}
