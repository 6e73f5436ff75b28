// Package stack is the AWS home as CDK stacks, by concern. They are deployed in this
// order, and nothing points backwards:
//
//	data          what must survive: table, buckets, key, dead letters
//	api           the HTTP API without routes, its log, the secret of the edge
//	dashboard     bucket, distribution, headers: the one origin
//	watch         alarms, their topic, what CodeDeploy needs
//	migration     stored items are brought to the newest schema
//	functions-…   a stack for each tag of the route table, tasks, events
//	workflows     state machines, schedules, rules: what calls functions
//	release       throttles of the routes, the dashboard's files
//
// What a later stack is called is known to an earlier one from package names.
package stack

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// Home is all stacks of one environment.
type Home struct {
	app   awscdk.App
	cfg   config.Config
	names names.Names
	root  string
	built map[string]string // function to its build; what is not in it is not built
	// placeholder stands for what is not built.
	placeholder string

	data      *data
	api       *api
	dashboard *dashboard
}

// New adds the stacks to an app. root is the repository: builds, the dashboard's
// files and state machines are read from it.
func New(app awscdk.App, cfg config.Config, root string) (*Home, error) {
	h := &Home{app: app, cfg: cfg, names: names.Names{Env: cfg.Env, Restored: cfg.Table}, root: root}
	var missing []string
	h.built, missing = builds(root)
	if len(missing) > 0 {
		var err error
		if h.placeholder, err = placeholderIn(root); err != nil {
			return nil, err
		}
	}
	awscdk.Tags_Of(app).Add(jsii.String("app"), jsii.String("apiq"), nil)
	awscdk.Tags_Of(app).Add(jsii.String("env"), jsii.String(cfg.Env), nil)

	h.data = h.newData()
	h.api = h.newAPI()
	h.dashboard = h.newDashboard()
	watch := h.newWatch()
	migration, err := h.newMigration()
	if err != nil {
		return nil, err
	}
	migration.AddDependency(watch, jsii.String("its function is deployed under the alarms"))
	functions, err := h.newFunctions()
	if err != nil {
		return nil, err
	}
	workflows, err := h.newWorkflows()
	if err != nil {
		return nil, err
	}
	release := h.newRelease()
	for _, s := range functions {
		s.AddDependency(migration, jsii.String("items are migrated before traffic shifts"))
		workflows.AddDependency(s, jsii.String("rules and schedules need their targets"))
		release.AddDependency(s, jsii.String("throttles need their routes"))
	}
	release.AddDependency(workflows, jsii.String("people see a release last"))
	if len(missing) > 0 {
		h.refuseDeployment(missing)
	}
	return h, nil
}

// newStack makes one stack. Account and region stay open: synthesis needs no
// account, and the same template serves each.
func (h *Home) newStack(part, description string) awscdk.Stack {
	return awscdk.NewStack(h.app, jsii.String(h.names.Stack(part)), &awscdk.StackProps{
		StackName:             jsii.String(h.names.Stack(part)),
		Description:           jsii.String("APIQ " + h.cfg.Env + ": " + description),
		TerminationProtection: jsii.Bool(h.cfg.Keeps() && part == "data"),
	})
}

// refuseDeployment makes CloudFormation itself refuse every stack: placeholders
// serve synthesis and diff, whoever deploys them.
func (h *Home) refuseDeployment(missing []string) {
	some := missing[:min(3, len(missing))]
	what := fmt.Sprintf("%d of %d functions are not built (%s, …): placeholders are in their place, and CloudFormation will refuse these stacks. Run `make build/functions`.",
		len(missing), len(route.Functions()), strings.Join(some, ", "))
	awscdk.Annotations_Of(h.data.stack).AddWarningV2(jsii.String("apiq:placeholders"), jsii.String(what))
	for _, child := range *h.app.Node().Children() {
		s, ok := child.(awscdk.Stack)
		if !ok {
			continue
		}
		awscdk.NewCfnRule(s, jsii.String("Built"), &awscdk.CfnRuleProps{Assertions: &[]*awscdk.CfnRuleAssertion{{
			Assert:            awscdk.Fn_ConditionEquals(jsii.String("placeholders"), jsii.String("functions")),
			AssertDescription: jsii.String("The functions were not built when this was synthesised: run make build/functions."),
		}}})
	}
}
