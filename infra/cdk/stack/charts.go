package stack

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// charts is the body of the one CloudWatch dashboard (three are free). Searches by
// the functions' prefix find those of a release that came later, too.
func (h *Home) charts() *string {
	type properties struct {
		Title   string `json:"title"`
		Region  string `json:"region"`
		Period  int    `json:"period"`
		View    string `json:"view"`
		Metrics []any  `json:"metrics"`
	}
	type widget struct {
		Type       string     `json:"type"`
		X          int        `json:"x"`
		Y          int        `json:"y"`
		Width      int        `json:"width"`
		Height     int        `json:"height"`
		Properties properties `json:"properties"`
	}
	var all []widget
	chart := func(title string, metrics ...any) {
		n := len(all)
		all = append(all, widget{"metric", n % 2 * 12, n / 2 * 6, 12, 6, properties{title, "${AWS::Region}", period, "timeSeries", metrics}})
	}
	series := func(namespace, name, stat string, dimensions ...any) []any {
		return append(append([]any{namespace, name}, dimensions...), map[string]string{"stat": stat})
	}
	search := func(name, stat string) []any {
		expression := fmt.Sprintf(`SEARCH('{AWS/Lambda,FunctionName} MetricName="%s" FunctionName="%s"', '%s', %d)`, name, h.names.Of(""), stat, period)
		return []any{map[string]string{"expression": expression, "id": "e1"}}
	}
	gateway := []any{"ApiId", "${Api}", "Stage", "$default"}
	table := []any{"TableName", h.names.Table()}
	chart("Requests and failures", series("AWS/ApiGateway", "Count", "Sum", gateway...), series("AWS/ApiGateway", "4xx", "Sum", gateway...), series("AWS/ApiGateway", "5xx", "Sum", gateway...))
	chart("How long answers take", series("AWS/ApiGateway", "Latency", "p50", gateway...), series("AWS/ApiGateway", "Latency", "p99", gateway...))
	chart("Functions: errors", search("Errors", "Sum"))
	chart("Functions: how long they take, p99", search("Duration", "p99"))
	chart("Table: units", series("AWS/DynamoDB", "ConsumedReadCapacityUnits", "Sum", table...), series("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", table...))
	chart("Runs that failed, dead letters",
		series("AWS/Events", "MatchedEvents", "Sum", "RuleName", h.names.RunFailedRule()),
		series("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName", h.names.DeadEvents()),
		series("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName", h.names.DeadClocks()))
	body, err := json.Marshal(map[string]any{"widgets": all})
	if err != nil {
		panic(err) // strings and numbers
	}
	return awscdk.Fn_Sub(jsii.String(string(body)), &map[string]*string{"Api": h.api.id})
}
