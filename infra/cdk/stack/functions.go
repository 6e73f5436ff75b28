package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// migrate is the function that has a stack of its own, before all others.
const migrate = "task-migrate"

// newFunctions makes a stack for each tag of the route table and each other kind of
// function. Tags do not move when the table grows: a function that went from one
// stack to another would have to be deleted before it could be made again.
func (h *Home) newFunctions() ([]awscdk.Stack, error) {
	var order []awscdk.Stack
	stacks := map[string]awscdk.Stack{}
	for _, f := range route.Functions() {
		if f.ID == migrate {
			continue
		}
		part := string(f.Kind) + "s"
		row, ofRoute := route.ByID(f.ID)
		switch {
		case ofRoute:
			part = row.Tag
		case f.Kind == route.KindDefault:
			part = "system"
		}
		s, ok := stacks[part]
		if !ok {
			s = h.newStack("functions-"+part, "functions: "+part)
			stacks[part] = s
			order = append(order, s)
		}
		function, err := h.newFunction(s, f)
		if err != nil {
			return nil, err
		}
		alias := h.newAlias(s, f, function)
		h.moveSlowly(s, f, alias)
		switch {
		case ofRoute:
			h.newRoutes(s, f.ID, routeKeys(row), row.Path, alias)
		case f.Kind == route.KindDefault:
			h.newRoutes(s, f.ID, []string{Default}, "", alias)
		}
	}
	return order, nil
}

// Default is the key of the route that takes what no other does.
const Default = "$default"

// newRoutes leads a row's requests to the alias of its function, one route a method.
func (h *Home) newRoutes(s awscdk.Stack, id string, keys []string, path string, alias awslambda.CfnAlias) {
	integration := awsapigatewayv2.NewCfnIntegration(s, jsii.String(id+"-integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: h.api.id, IntegrationType: jsii.String("AWS_PROXY"), PayloadFormatVersion: jsii.String("2.0"),
		IntegrationUri: alias.Ref(), TimeoutInMillis: jsii.Number(30_000),
	})
	for _, key := range keys {
		name := id + "-route"
		if method, _, more := strings.Cut(key, " "); more && key != keys[0] {
			name += "-" + strings.ToLower(method)
		}
		route := awsapigatewayv2.NewCfnRoute(s, jsii.String(name), &awsapigatewayv2.CfnRouteProps{
			ApiId: h.api.id, RouteKey: jsii.String(key), AuthorizationType: jsii.String("NONE"),
			Target:        awscdk.Fn_Join(jsii.String("/"), &[]*string{jsii.String("integrations"), integration.Ref()}),
			OperationName: jsii.String(id),
		})
		suppress(route, "AwsSolutions-APIG4", "Authorisation is in the function, from the same row: sessions are looked up, so that a log-out holds at once, which no JWT authoriser could do.")
	}
	// Stage and method stay open, as in the CDK's own integration: the function has
	// one route, and its path is in the ARN as it is in the route.
	source := "arn:" + names.Partition + ":execute-api:" + names.Region + ":" + names.Account + ":${Api}/*/*" + awsPath(path)
	if keys[0] == Default {
		source = "arn:" + names.Partition + ":execute-api:" + names.Region + ":" + names.Account + ":${Api}/*/$default"
	}
	awslambda.NewCfnPermission(s, jsii.String(id+"-permission"), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), Principal: jsii.String("apigateway.amazonaws.com"), FunctionName: alias.Ref(),
		SourceArn: awscdk.Fn_Sub(jsii.String(source), &map[string]*string{"Api": h.api.id}),
	})
}

// routeKeys are a row's routes as API Gateway writes them: unlike a mux it adds no
// HEAD to a GET.
func routeKeys(row route.Route) []string {
	var keys []string
	for _, method := range row.Methods() {
		keys = append(keys, method+" "+awsPath(row.Path))
	}
	return keys
}

func awsPath(path string) string { return strings.ReplaceAll(path, "...}", "+}") }
