package main

// Prices are list prices in us-east-1, in dollars, before any allowance that is free,
// each from the service's public pricing page. They were put down on PricesOf from
// what was known of those pages; that day only the prices of DynamoDB's requests,
// Lambda and alarms could be compared with stored copies. Go over them before money
// depends on them. Prices that fall with volume are those of the first step, which a
// million runs do not leave.
const PricesOf = "2026-11-25"

// Units.
const (
	million = 1e6
	gb      = 1 << 30
)

// The prices.
const (
	// AWS Lambda pricing, arm64.
	lambdaRequest  = 0.20 / million
	lambdaGBSecond = 0.0000133334
	// Amazon API Gateway pricing, HTTP APIs, first 300 million.
	httpAPIRequest = 1.00 / million
	// Amazon DynamoDB pricing, on demand, since 1 November 2024; standard class.
	tableWriteUnit = 0.625 / million
	tableReadUnit  = 0.125 / million
	tableGBMonth   = 0.25
	tablePITRMonth = 0.20
	// AWS Step Functions pricing.
	standardTransition = 0.025 / 1000
	expressRequest     = 1.00 / million
	expressGBSecond    = 0.00001667
	// Amazon CloudWatch pricing: logs, standard class; alarms of standard resolution
	// are paid by the metrics in them; dashboards beyond three.
	logIngestedGB   = 0.50
	logStoredGB     = 0.03
	alarmMetric     = 0.10
	dashboard       = 3.00
	freeDashboards  = 3
	logsCompression = 0.15 // of what came in is what is stored (the page's own example)
	// AWS X-Ray pricing.
	traceRecorded = 5.00 / million
	// AWS KMS pricing, customer keys and symmetric requests. A key costs a dollar
	// more after its first rotation, and again after its second.
	key        = 1.00
	keyRequest = 0.03 / 10_000
	// AWS Secrets Manager pricing.
	secretMonth = 0.40
	// Amazon S3 pricing, standard.
	s3Put     = 0.005 / 1000
	s3Get     = 0.0004 / 1000
	s3GBMonth = 0.023
	// Amazon CloudFront pricing, on demand, North America and Europe.
	edgeRequest  = 0.0100 / 10_000
	edgeGB       = 0.085
	edgeFunction = 0.10 / million
	// Amazon EventBridge pricing: events of one's own; AWS's own and deliveries are free.
	busEvent = 1.00 / million
	// EventBridge Scheduler.
	scheduled = 1.00 / million
	// AWS WAF pricing.
	webACL  = 5.00
	wafRule = 1.00
	// Amazon EC2 pricing, data transfer out to the internet: requests to users' APIs.
	outGB = 0.09
)

// Allowances that are free for every account each month, for good ("always free" of
// the AWS Free Tier page, and the services' own pages). They are an account's: what
// else runs in it uses them too.
const (
	freeLambdaRequests  = 1 * million
	freeLambdaGBSeconds = 400_000
	freeAlarmMetrics    = 10
	freeLogGB           = 5
	freeTraces          = 100_000
	freeKeyRequests     = 20_000
	freeEdgeRequests    = 10 * million
	freeEdgeFunctions   = 2 * million
	freeEdgeGB          = 1024
	freeScheduled       = 14 * million
	freeTransitions     = 4000
	freeTableGB         = 25
	freeOutGB           = 100
)
