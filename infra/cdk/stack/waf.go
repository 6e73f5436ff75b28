package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

// perAddress is how many requests one address may make in five minutes before it is
// refused at the edge: about seven a second.
const perAddress = 2000

// newWebACL is the optional firewall before the distribution. Rules that look into
// bodies only count: specs are large and full of what looks like an attack.
func (h *Home) newWebACL(s awscdk.Stack) *string {
	watched := func(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true, MetricName: jsii.String(h.names.Of("waf-" + name)),
		}
	}
	var rules []any
	managed := func(name string, counted ...string) {
		group := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{VendorName: jsii.String("AWS"), Name: jsii.String(name)}
		var overrides []any
		for _, rule := range counted {
			overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
				Name: jsii.String(rule), ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: map[string]any{}},
			})
		}
		if overrides != nil {
			group.RuleActionOverrides = overrides
		}
		rules = append(rules, &awswafv2.CfnWebACL_RuleProperty{
			Name: jsii.String(name), Priority: jsii.Number(len(rules)), VisibilityConfig: watched(name),
			OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
			Statement:      &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: group},
		})
	}
	managed("AWSManagedRulesAmazonIpReputationList")
	managed("AWSManagedRulesKnownBadInputsRuleSet")
	managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericRFI_BODY", "GenericLFI_BODY", "EC2MetaDataSSRF_BODY")
	rules = append(rules, &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String("PerAddress"), Priority: jsii.Number(len(rules)), VisibilityConfig: watched("PerAddress"),
		Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: map[string]any{}},
		Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
			AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(perAddress),
		}},
	})
	acl := awswafv2.NewCfnWebACL(s, jsii.String("Waf"), &awswafv2.CfnWebACLProps{
		Name: jsii.String(h.names.Of("waf")), Scope: jsii.String("CLOUDFRONT"), VisibilityConfig: watched("all"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}}, Rules: rules,
	})
	return acl.AttrArn()
}
