package stack

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
)

// sub resolves the pseudo parameters in a name.
func sub(text string) *string {
	if !strings.Contains(text, "${") {
		return jsii.String(text)
	}
	return awscdk.Fn_Sub(jsii.String(text), nil)
}

// resource is a resource of a statement: a name, or the key's reference.
func (h *Home) resource(text string) *string {
	if text == names.Key {
		return h.data.key.KeyArn()
	}
	return sub(text)
}

// policy turns statements into a policy document.
func (h *Home) policy(statements []grant.Statement) awsiam.PolicyDocument {
	var all []awsiam.PolicyStatement
	for _, s := range statements {
		var resources []*string
		for _, r := range s.Resources {
			resources = append(resources, h.resource(r))
		}
		props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(s.Actions...), Resources: &resources}
		if len(s.Conditions) > 0 {
			conditions := map[string]any{}
			for operator, pairs := range s.Conditions {
				values := map[string]any{}
				for key, given := range pairs {
					values[key] = oneOrMore(given)
				}
				conditions[operator] = values
			}
			props.Conditions = &conditions
		}
		all = append(all, awsiam.NewPolicyStatement(props))
	}
	// Minimised, two statements could become one that no table has.
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &all, Minimize: jsii.Bool(false)})
}

// oneOrMore are the values of a condition as a policy has them.
func oneOrMore(given []string) any {
	if len(given) == 1 {
		return sub(given[0])
	}
	var all []any
	for _, value := range given {
		all = append(all, sub(value))
	}
	return all
}

// role makes a role for a service with these statements and nothing else: nothing
// that is added later by a construct goes in. name may be empty.
func (h *Home) role(scope constructs.Construct, id, name, service, description string, statements []grant.Statement) awsiam.Role {
	props := &awsiam.RoleProps{
		AssumedBy:      awsiam.NewServicePrincipal(jsii.String(service), nil),
		Description:    jsii.String(description),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"grants": h.policy(statements)},
	}
	if name != "" {
		props.RoleName = jsii.String(name)
	}
	// A service of another account must not be able to have ours act for it.
	if service != lambdaService {
		props.AssumedBy = awsiam.NewServicePrincipal(jsii.String(service), &awsiam.ServicePrincipalOpts{Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
		}})
	}
	role := awsiam.NewRole(scope, jsii.String(id), props)
	suppressWildcards(role, statements)
	return role
}

const lambdaService = "lambda.amazonaws.com"

// suppressWildcards tells cdk-nag of each wildcard that has its reason.
func suppressWildcards(on constructs.IConstruct, statements []grant.Statement) {
	reasons := map[string][]any{}
	var order []string
	add := func(why, value string) {
		if reasons[why] == nil {
			order = append(order, why)
		}
		if !slices.Contains(reasons[why], any(value)) {
			reasons[why] = append(reasons[why], value)
		}
	}
	for _, s := range statements {
		actions, resources := s.Wildcards()
		for _, a := range actions {
			add(s.Why, "Action::"+a)
		}
		for _, r := range resources {
			add(s.Why, "Resource::"+strings.NewReplacer("${", "<", "}", ">").Replace(r))
		}
	}
	for _, why := range order {
		applies := reasons[why]
		suppress(on, "AwsSolutions-IAM5", why, applies...)
	}
}

// suppress silences a rule of cdk-nag on a construct and all below it.
func suppress(on constructs.IConstruct, rule, why string, applies ...any) {
	s := &cdknag.NagPackSuppression{Id: jsii.String(rule), Reason: jsii.String(why)}
	if len(applies) > 0 {
		s.AppliesTo = &applies
	}
	cdknag.NagSuppressions_AddResourceSuppressions(on, &[]*cdknag.NagPackSuppression{s}, jsii.Bool(true))
}
