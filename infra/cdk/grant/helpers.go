package grant

// Helper is a wildcard in a policy that the CDK writes for a helper of its own, or
// that resource policies have by their form. Nothing of APIQ runs under these.
type Helper struct {
	// Path begins the construct's path, without the stack.
	Path string
	// Value is the action or resource; after "…" its end.
	Value string
	Why   string
}

// Paths of the CDK's helpers.
const (
	FilesHelper     = "Custom::CDKBucketDeployment"
	MigrationHelper = "AWSCDK.TriggerCustomResourceProviderCustomResourceProvider"
)

// WhyFiles is why the helper that deploys the dashboard's files may do what it may.
const WhyFiles = "It runs while a release is deployed: the CDK lets it read the assets' bucket and write the dashboard's public files, and nothing else."

// Helpers are all of them.
func Helpers() []Helper {
	return []Helper{
		{"Key", "*", "In a key's own policy, \"*\" is that key."},
		{"Key", "kms:*", "The account's root delegates to IAM: without it nobody could ever change the key (KMS guide, \"Default key policy\")."},
		{"Key", "principal *", "Roles of this environment in this account, and only through DynamoDB: the statement's conditions say so."},
		{"Bucket/Policy", "…/*", "CloudFront reads any of the dashboard's public files, for this distribution only: the statement's condition says so."},
		{MigrationHelper, "…:*", "The versions of one function, task-migrate."},
		{FilesHelper, "s3:GetBucket*", WhyFiles},
		{FilesHelper, "s3:GetObject*", WhyFiles},
		{FilesHelper, "s3:List*", WhyFiles},
		{FilesHelper, "s3:DeleteObject*", WhyFiles},
		{FilesHelper, "s3:Abort*", WhyFiles},
		{FilesHelper, "…/*", WhyFiles},
	}
}
