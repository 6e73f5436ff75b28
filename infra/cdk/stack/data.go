package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// data is what must survive.
type data struct {
	stack awscdk.Stack
	key   awskms.Key
}

func (h *Home) newData() *data {
	s := h.newStack("data", "what must survive")
	d := &data{stack: s, key: h.newKey(s)}
	h.newTable(s, d.key)
	h.newBlobs(s, d.key)
	h.newArchive(s, d.key)
	h.newDeadLetters(s)
	return d
}

// removal: data outlives its stack wherever it is of worth.
func (h *Home) removal() awscdk.RemovalPolicy {
	if h.cfg.Keeps() {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

func (h *Home) newTable(s awscdk.Stack, key awskms.IKey) {
	text := func(name string) *awsdynamodb.Attribute {
		return &awsdynamodb.Attribute{Name: jsii.String(name), Type: awsdynamodb.AttributeType_STRING}
	}
	table := awsdynamodb.NewTable(s, jsii.String("Table"), &awsdynamodb.TableProps{
		TableName:                        jsii.String(h.names.OwnTable()),
		PartitionKey:                     text(schema.PK),
		SortKey:                          text(schema.SK),
		BillingMode:                      awsdynamodb.BillingMode_PAY_PER_REQUEST,
		TimeToLiveAttribute:              jsii.String(schema.TTL),
		Encryption:                       awsdynamodb.TableEncryption_CUSTOMER_MANAGED,
		EncryptionKey:                    key,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		DeletionProtection:               jsii.Bool(h.cfg.Keeps()),
		RemovalPolicy:                    h.removal(),
	})
	for _, index := range schema.Indexes() {
		table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
			IndexName: jsii.String(index.Name), PartitionKey: text(index.PK), SortKey: text(index.SK),
			ProjectionType: awsdynamodb.ProjectionType(schema.Projection),
		})
	}
}

// bucket is what every bucket has: no public access, TLS, objects owned by us.
func (h *Home) bucket(name string) *awss3.BucketProps {
	return &awss3.BucketProps{
		BucketName:        sub(name),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		RemovalPolicy:     h.removal(),
	}
}

const whyNoAccessLog = "Only functions reach it, under roles that name what they may; who changed what is in the product's own audit trail, and CloudTrail data events can be switched on for the account."

// newBlobs keeps earlier versions for as long as the table can be brought back
// (35 days), so that a restored table finds its documents.
func (h *Home) newBlobs(s awscdk.Stack, key awskms.IKey) {
	props := h.bucket(h.names.Blobs())
	props.Encryption, props.EncryptionKey, props.BucketKeyEnabled = awss3.BucketEncryption_KMS, key, jsii.Bool(true)
	props.Versioned = jsii.Bool(true)
	props.LifecycleRules = &[]*awss3.LifecycleRule{{
		Id:                                  jsii.String("earlier-versions"),
		NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(36)),
		ExpiredObjectDeleteMarker:           jsii.Bool(true),
		AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(2)),
	}}
	suppress(awss3.NewBucket(s, jsii.String("Blobs"), props), "AwsSolutions-S1", whyNoAccessLog)
}

// newArchive is written once: in prod not even the account's root can delete from it
// before its time.
func (h *Home) newArchive(s awscdk.Stack, key awskms.IKey) {
	props := h.bucket(h.names.Archive())
	props.Encryption, props.EncryptionKey, props.BucketKeyEnabled = awss3.BucketEncryption_KMS, key, jsii.Bool(true)
	props.Versioned, props.ObjectLockEnabled = jsii.Bool(true), jsii.Bool(true)
	days := awscdk.Duration_Days(jsii.Number(h.cfg.ArchiveDays))
	props.ObjectLockDefaultRetention = awss3.ObjectLockRetention_Governance(days)
	if h.cfg.Env == config.Prod {
		props.ObjectLockDefaultRetention = awss3.ObjectLockRetention_Compliance(days)
	}
	props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN // a locked bucket can not be deleted anyway
	props.LifecycleRules = &[]*awss3.LifecycleRule{{Id: jsii.String("uploads"), AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(2))}}
	suppress(awss3.NewBucket(s, jsii.String("Archive"), props), "AwsSolutions-S1", whyNoAccessLog)
}

// newDeadLetters keeps what could not be delivered or taken in, for the longest time
// that SQS allows.
func (h *Home) newDeadLetters(s awscdk.Stack) {
	for _, name := range []string{h.names.DeadEvents(), h.names.DeadClocks()} {
		id := strings.TrimPrefix(name, h.names.Of(""))
		q := awssqs.NewQueue(s, jsii.String(id), &awssqs.QueueProps{
			QueueName: jsii.String(name), Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true),
			RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
		})
		if name == h.names.DeadEvents() {
			q.AddToResourcePolicy(h.rulesMaySend(q.QueueArn()))
		}
		suppress(q, "AwsSolutions-SQS3", "It is itself where dead letters go; an alarm watches it.")
	}
}
