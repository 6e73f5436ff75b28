package route

// Target is what a statement of a policy speaks of. Each home of the policy gives
// it the ARNs: CDK those of the stack, the test stand its own.
type Target string

// The targets of grants.
const (
	TargetTable     Target = "table"     // the table and its indexes
	TargetTrail     Target = "trail"     // the table's items whose key TrailKeys has
	TargetBucket    Target = "bucket"    // objects of the blob bucket
	TargetBlobKey   Target = "blobKey"   // the key that the buckets are encrypted with
	TargetKey       Target = "key"       // the key that wraps data keys
	TargetOwnKeys   Target = "ownKeys"   // the keys that workspaces have brought and the operator admits
	TargetMachines  Target = "machines"  // state machines of workflows, by their common prefix
	TargetRuns      Target = "runs"      // their executions
	TargetRole      Target = "role"      // the role that those machines run under
	TargetImport    Target = "import"    // the platform's import machine
	TargetClocks    Target = "clocks"    // schedules of the triggers' group
	TargetClockRole Target = "clockRole" // the role that schedules call their function with
	TargetBus       Target = "bus"       // the event bus
	TargetMail      Target = "mail"      // the identity that mail is sent from
	TargetArchive   Target = "archive"   // objects of the audit archive
	TargetSinkRoles Target = "sinkRoles" // the roles of workspaces' buckets that the operator admits
	TargetSignIns   Target = "signIns"   // the secret with the client secrets of the operator's providers, where there is one
	TargetModelKey  Target = "modelKey"  // the secret with the planning model's key, where there is one
)

// TrailKeys are patterns of the partition keys of what a refused read writes: the
// chains of any workspace with their heads, and how often its caller was refused.
// There * is any text and ? one letter, as IAM has it.
func TrailKeys() []string { return []string{"*/AUD#?", "*/AUDHEAD", "_system/LIMIT#*"} }

// Statement allows actions on a target. Without a condition, Allow only.
type Statement struct {
	Target  Target
	Actions []string
}

// Statements are what a function with these needs must be allowed, and no more.
func (n Needs) Statements() []Statement {
	var all []Statement
	add := func(ok bool, target Target, actions ...string) {
		if ok {
			all = append(all, Statement{target, actions})
		}
	}
	add(n.Table >= Read, TargetTable, "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
	add(n.Trail, TargetTrail, "dynamodb:UpdateItem")
	add(n.Wipe, TargetTable, "dynamodb:Scan")
	add(n.Table >= Write, TargetTable, "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem", "dynamodb:BatchWriteItem")
	add(n.Blob >= Read, TargetBucket, "s3:GetObject", "s3:ListBucket")
	add(n.Blob >= Write, TargetBucket, "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject")
	add(n.Archive, TargetArchive, "s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket")
	add(n.Assume, TargetSinkRoles, "sts:AssumeRole")
	add(n.Blob >= Read || n.Archive, TargetBlobKey, "kms:Decrypt")
	add(n.Blob >= Write || n.Archive, TargetBlobKey, "kms:GenerateDataKey")
	add(n.Secret >= Read, TargetKey, "kms:Decrypt")
	add(n.Secret >= Write, TargetKey, "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
	add(n.Secret >= Read, TargetOwnKeys, "kms:Decrypt")
	add(n.Secret >= Write, TargetOwnKeys, "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
	add(n.Engine >= Read, TargetRuns, "states:DescribeExecution", "states:GetExecutionHistory")
	add(n.Engine >= Write, TargetMachines, "states:CreateStateMachine", "states:PublishStateMachineVersion", "states:DescribeStateMachine", "states:StartExecution", "states:SendTaskSuccess", "states:SendTaskFailure", "states:TagResource")
	add(n.Engine >= Write, TargetRuns, "states:StopExecution", "states:RedriveExecution")
	add(n.Engine >= Write, TargetRole, "iam:PassRole")
	add(n.Import, TargetImport, "states:StartExecution")
	add(n.Schedule >= Write, TargetClocks, "scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule", "scheduler:GetSchedule")
	add(n.Schedule >= Write, TargetClockRole, "iam:PassRole")
	add(n.Publish, TargetBus, "events:PutEvents")
	add(n.Model, TargetModelKey, "secretsmanager:GetSecretValue")
	add(n.SignIns, TargetSignIns, "secretsmanager:GetSecretValue")
	add(n.Mail, TargetMail, "ses:SendEmail")
	return all
}
