package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/triggers"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/shared/route"
)

// newMigration brings stored items to the newest schema before any alias moves: the
// stack is deployed before the functions', and fails if the migration does. It runs
// whenever the function's code has changed, which it does with each new migration.
// Functions of the release before still run meanwhile, and must read what it writes.
func (h *Home) newMigration() (awscdk.Stack, error) {
	s := h.newStack("migration", "stored items are brought to the newest schema")
	f, ok := route.FunctionByID(migrate)
	if !ok {
		return s, nil
	}
	function, err := h.newFunction(s, f)
	if err != nil {
		return nil, err
	}
	h.newAlias(s, f, function)
	triggers.NewTrigger(s, jsii.String("Trigger"), &triggers.TriggerProps{
		Handler: function, InvocationType: triggers.InvocationType_REQUEST_RESPONSE,
		Timeout: awscdk.Duration_Seconds(jsii.Number(f.Timeout.Seconds())),
	})
	h.keepHelper(s, "starts the migration")
	return s, nil
}

// keepHelper gives the CDK's helper function what ours have: a log that ends, and the
// architecture that costs less.
func (h *Home) keepHelper(s awscdk.Stack, what string) {
	provider := s.Node().FindChild(jsii.String(grant.MigrationHelper))
	function := provider.Node().FindChild(jsii.String("Handler")).(awscdk.CfnResource)
	log := awslogs.NewLogGroup(s, jsii.String("HelperLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.FunctionLog("helper-migration")), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	function.AddPropertyOverride(jsii.String("LoggingConfig"), map[string]any{"LogGroup": log.LogGroupName()})
	function.AddPropertyOverride(jsii.String("Architectures"), []string{"arm64"})
	function.AddPropertyOverride(jsii.String("Description"), "APIQ: "+what)
}
