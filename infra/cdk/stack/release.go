package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/shared/route"
)

// newRelease is what people see last: the stage, whose throttles name routes that
// must be there, and the dashboard's files.
func (h *Home) newRelease() awscdk.Stack {
	s := h.newStack("release", "throttles of the routes, the dashboard's files")
	settings := map[string]any{}
	for _, row := range route.Table() {
		rate, burst := Throttle(row.Rate)
		for _, key := range routeKeys(row) {
			settings[key] = map[string]any{"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
		}
	}
	settings[Default] = map[string]any{"ThrottlingRateLimit": leastRate, "ThrottlingBurstLimit": leastBurst}
	awsapigatewayv2.NewCfnStage(s, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: h.api.id, StageName: jsii.String("$default"), AutoDeploy: true,
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{DestinationArn: h.api.log.LogGroupArn(), Format: jsii.String(accessLog)},
		RouteSettings:     settings,
	})
	h.newFiles(s)
	return s
}

// accessLog is a line for each request. Addresses of people are not in it: the audit
// trail has them, where they can be erased.
const accessLog = `{"time":"$context.requestTime","requestId":"$context.requestId","route":"$context.routeKey","status":$context.status,` +
	`"ms":"$context.responseLatency","functionMs":"$context.integrationLatency","bytes":"$context.responseLength","error":"$context.integrationErrorMessage"}`

// A row's rate is for one caller, and is kept in the function; the gateway's is for
// all callers together. It bounds what a flood may cost, so it leaves room for many
// callers of the routes that are slow to the single one, and never exceeds what API
// Gateway grants an account (10,000 a second, bursts of 5,000).
const (
	leastRate, leastBurst = 25, 100
	mostRate, mostBurst   = 10_000, 5_000
)

// Throttle is the gateway's limit for a route: requests a second, and a burst.
func Throttle(r route.Rate) (rate float64, burst int) {
	return min(max(float64(r.PerMinute)/60, leastRate), mostRate), min(max(r.Burst, leastBurst), mostBurst)
}
