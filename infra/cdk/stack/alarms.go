package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

const unavailableMetric = "Unavailable"

// metric is one metric of an alarm.
type metric struct {
	namespace, name, stat string
	dimensions            map[string]*string
}

// alarm goes off when its metric, or what its expression makes of metrics m1, m2 …,
// is above the threshold in need of the last periods of five minutes.
type alarm struct {
	id, what      string
	metrics       []metric
	expression    string
	threshold     float64
	periods, need int
	// rollsBack: a deployment that is under way is taken back.
	rollsBack bool
}

// alarms are few: ten metrics in alarms are free, each further one $0.10 a month.
// Lambda's metrics without a dimension are those of all functions of account and
// region: an environment has its account to itself (docs/operations.md).
func (h *Home) alarms() []alarm {
	gateway := map[string]*string{"ApiId": h.api.id, "Stage": jsii.String("$default")}
	of := func(name, value string) map[string]*string { return map[string]*string{name: jsii.String(value)} }
	table := of("TableName", h.names.Table())
	dead := func(queue string) []metric {
		return []metric{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", of("QueueName", queue)}}
	}
	return []alarm{
		{
			id: "api-errors", what: "More than 2 % of the API's answers are 5xx", rollsBack: true,
			metrics:    []metric{{"AWS/ApiGateway", "5xx", "Sum", gateway}, {"AWS/ApiGateway", "Count", "Sum", gateway}},
			expression: "IF(m2 >= 20, 100 * m1 / m2, IF(m1 >= 5, 100, 0))", threshold: 2, periods: 3, need: 1,
		},
		{
			id: "api-slow", what: "The slowest 1 % of the API's answers take over 5 s", rollsBack: true,
			metrics: []metric{{"AWS/ApiGateway", "Latency", "p99", gateway}}, threshold: 5000, periods: 3, need: 2,
		},
		{
			// task-call fails by design: Step Functions knows an upstream's error by it.
			id: "function-errors", what: "Functions failed, other than those that tell a run of an upstream's error", rollsBack: true,
			metrics:    []metric{{"AWS/Lambda", "Errors", "Sum", nil}, {"AWS/Lambda", "Errors", "Sum", of("FunctionName", h.names.Function("task-call"))}},
			expression: "m1 - FILL(m2, 0)", threshold: 4, periods: 1, need: 1,
		},
		{
			id: "function-throttles", what: "Functions were refused for the account's concurrency",
			metrics: []metric{{"AWS/Lambda", "Throttles", "Sum", nil}}, threshold: 0, periods: 2, need: 2,
		},
		{id: "dead-events", what: "An event could not be taken in, a machine of the platform failed, or the key was changed", metrics: dead(h.names.DeadEvents()), threshold: 0, periods: 1, need: 1},
		{id: "dead-clocks", what: "A schedule could not call its target", metrics: dead(h.names.DeadClocks()), threshold: 0, periods: 1, need: 1},
		{
			// Runs that fail for their own reasons are told to their owners; many at once are ours.
			id: "failed-runs", what: "More than 50 runs failed within five minutes",
			metrics: []metric{{"AWS/Events", "MatchedEvents", "Sum", of("RuleName", h.names.RunFailedRule())}}, threshold: 50, periods: 1, need: 1,
		},
		{
			id: "table-throttles", what: "DynamoDB refused requests for their rate",
			metrics:    []metric{{"AWS/DynamoDB", "ReadThrottleEvents", "Sum", table}, {"AWS/DynamoDB", "WriteThrottleEvents", "Sum", table}},
			expression: "FILL(m1, 0) + FILL(m2, 0)", threshold: 10, periods: 3, need: 2,
		},
		{
			id: "unavailable", what: "A store or the key service is out: the API answered 503", rollsBack: true,
			metrics: []metric{{h.names.Of("api"), unavailableMetric, "Sum", nil}}, threshold: 4, periods: 1, need: 1,
		},
	}
}

const period = 300

func (h *Home) newAlarm(s awscdk.Stack, a alarm) {
	props := &awscloudwatch.CfnAlarmProps{
		AlarmName: jsii.String(h.names.Of(a.id)), AlarmDescription: jsii.String(a.what + ". See docs/operations.md, \"Alarms\"."),
		ComparisonOperator: jsii.String("GreaterThanThreshold"), Threshold: jsii.Number(a.threshold),
		EvaluationPeriods: jsii.Number(a.periods), DatapointsToAlarm: jsii.Number(a.need),
		TreatMissingData: jsii.String("notBreaching"),
	}
	told := []any{sub(h.names.TopicARN())}
	props.AlarmActions, props.OkActions = &told, &told
	if a.expression == "" {
		m := a.metrics[0]
		props.Namespace, props.MetricName, props.Period = jsii.String(m.namespace), jsii.String(m.name), jsii.Number(period)
		if m.stat[0] == 'p' {
			props.ExtendedStatistic = jsii.String(m.stat)
		} else {
			props.Statistic = jsii.String(m.stat)
		}
		props.Dimensions = dimensions(m)
	} else {
		queries := []any{&awscloudwatch.CfnAlarm_MetricDataQueryProperty{
			Id: jsii.String("result"), Expression: jsii.String(a.expression), ReturnData: true, Label: jsii.String(a.what),
		}}
		for i, m := range a.metrics {
			queries = append(queries, &awscloudwatch.CfnAlarm_MetricDataQueryProperty{
				Id: jsii.String("m" + string(rune('1'+i))), ReturnData: false,
				MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
					Stat: jsii.String(m.stat), Period: jsii.Number(period),
					Metric: &awscloudwatch.CfnAlarm_MetricProperty{Namespace: jsii.String(m.namespace), MetricName: jsii.String(m.name), Dimensions: dimensions(m)},
				},
			})
		}
		props.Metrics = queries
	}
	awscloudwatch.NewCfnAlarm(s, jsii.String(a.id), props)
}

func dimensions(m metric) any {
	if len(m.dimensions) == 0 {
		return nil
	}
	var all []any
	for _, name := range slices.Sorted(maps.Keys(m.dimensions)) { // one order, one template
		all = append(all, &awscloudwatch.CfnAlarm_DimensionProperty{Name: jsii.String(name), Value: m.dimensions[name]})
	}
	return all
}

// rollbackAlarms are the names of those that take a deployment back.
func (h *Home) rollbackAlarms() []string {
	var all []string
	for _, a := range h.alarms() {
		if a.rollsBack {
			all = append(all, h.names.Of(a.id))
		}
	}
	return all
}
