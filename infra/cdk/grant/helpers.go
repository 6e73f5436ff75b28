package grant

// Helper is a wildcard in a policy that the CDK writes for a helper of its own, or
// that AWS's resource policies have by their form.
type Helper struct {
	// Path is the construct, without the stack; all below it is meant.
	Path string
	// Value is the action or resource.
	Value string
	Why   string
}

// Helpers are all of them. Nothing of APIQ runs under these policies.
func Helpers() []Helper {
	const (
		files = "Deploys the dashboard's files at the end of a deployment; the CDK grants its helper reading of the assets' bucket and writing of the dashboard's, and no other."
		self  = "In a resource's own policy, \"*\" is the resource that it is attached to."
	)
	return []Helper{
		{"Key", "*", self},
		{"Key", "kms:*", "The account's root delegates to IAM: without it nobody could ever change the key (KMS guide, \"Default key policy\")."},
		{"Key", "principal *", "Everybody of this account whose role is this environment's, and only through DynamoDB: the statement's conditions."},
		{"Files", "s3:GetBucket*", files}, {"Files", "s3:GetObject*", files}, {"Files", "s3:List*", files},
		{"Files", "s3:DeleteObject*", files}, {"Files", "s3:Abort*", files},
		{"Files", "*", "Invalidations have no resource that CloudFormation could name before the distribution is there; the helper does nothing else with it."},
		{"Files", "/*", files},
		{"Trigger", ":*", "The versions of one function, task-migrate."},
	}
}
