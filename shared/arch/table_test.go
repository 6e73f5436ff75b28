package arch_test

// layer is a storey of the house. Arrows run downward only.
type layer string

const (
	word    layer = "word"    // types and pure functions that everything may use
	port    layer = "port"    // what the domains need of the world, and its rules
	domain  layer = "domain"  // what the product does; knows neither HTTP nor any vendor
	adapter layer = "adapter" // one vendor's or one machine's way to serve a port
	edge    layer = "edge"    // HTTP: typed endpoints and the middleware
	api     layer = "api"     // handlers: decode, one domain call, encode
	start   layer = "start"   // environment to configuration and logger
	asset   layer = "asset"   // files to embed
	kit     layer = "kit"     // conformance suites; imported by tests only
	stand   layer = "stand"   // what tests stand on: stores, stand-ins for AWS's services; imported by tests only
	parts   layer = "parts"   // what several main packages share of their composition
	binary  layer = "binary"  // package main: composition
)

// below says what each layer may import, and why no more.
var below = map[layer]struct {
	allowed []layer
	why     string
}{
	word:    {[]layer{word}, "what everything uses must drag nothing along"},
	port:    {[]layer{word, port}, "a port that knew a domain or an adapter would tie both homes together"},
	domain:  {[]layer{word, port, domain}, "the domain does not know which home it is in, nor that it is reached by HTTP"},
	adapter: {[]layer{word, port, domain}, "adapters are chosen one by one: one that knew another could not be left out of a function's binary"},
	edge:    {[]layer{word, port, domain}, "the middleware serves every home"},
	api:     {[]layer{word, domain, edge}, "a handler makes a domain call; with a store at hand it would soon do more"},
	start:   {[]layer{word, port}, "it starts nothing, so it needs nothing that can be started"},
	asset:   {nil, "it is data"},
	kit:     {[]layer{word, port, domain, kit}, "a suite judges every adapter, so it knows none; it may use another kit, such as an authenticator in software"},
	stand:   {[]layer{word, port, domain, adapter, asset, stand, kit}, "it plays a vendor for tests, with the local engine's help, or opens one machine's stores"},
	parts:   {[]layer{word, port, domain, adapter, edge, api, start, asset, parts}, "a part of composition may name what a main package may"},
	binary:  {[]layer{word, port, domain, adapter, edge, api, start, asset, parts}, "composition is its whole task; conformance suites are not part of a product"},
}

// row gives a package, or with "/..." all below it, its layer.
type row struct {
	path  string
	layer layer
	why   string
}

// rows is the house. A new package needs a row: choosing its layer is the design.
var rows = []row{
	{"shared/apierr", word, "codes and public messages"},
	{"shared/tenant", word, "whose data, in the context"},
	{"shared/id", word, "names of resources"},
	{"shared/pause", word, "a wait that ends with its context"},
	{"shared/route", word, "the contract as data"},
	{"shared/limit", word, "a bucket for a key; knows no caller"},
	{"shared/ratelimit", word, "what an API's answer says of its limits"},
	{"shared/expr/...", word, "the expression language: text in, value out"},
	{"shared/spec/internal/...", word, "readers of bytes"},
	{"shared/arch", word, "this table"},
	{"shared/awsfault", word, "which errors of AWS pass; for adapters only, see vendors"},

	{"shared/table", port, "items with DynamoDB's rules"},
	{"shared/blob", port, "immutable objects"},
	{"shared/secret", port, "sealing; keeps wrapped data keys in the table"},

	{"shared/mail", port, "messages to people"},

	{"shared/retention", domain, "how long a workspace keeps what"},
	{"shared/quota", domain, "what a workspace may take up"},
	{"shared/limit/bucket", domain, "a bucket that several processes share, in the table"},
	{"shared/audit", domain, "the trail, in the transaction of the change"},
	{"shared/identity/weak", word, "passwords that are guessed first"},
	{"shared/mail/letter", word, "the words of messages"},
	{"shared/mail/post", domain, "the queue of messages, in the transaction of the change"},
	{"shared/access", domain, "what a person may do with a connection or a workflow"},
	{"shared/audit/sink", domain, "records that are sent on, to where a workspace says"},
	{"shared/identity", domain, "people, workspaces, sessions"},
	{"shared/identity/passkey", domain, "passkeys; apart, so that their functions alone link what judges them"},
	{"shared/identity/passkey/passkeytest", kit, "an authenticator in software"},
	{"shared/identity/domain", domain, "e-mail domains that workspaces show to be theirs"},
	{"shared/scim", domain, "what a workspace's directory says of its people"},
	{"shared/signin", domain, "providers outside, and the way to one and back"},
	{"shared/signin/saml", domain, "SAML 2.0 with a workspace's provider"},
	{"shared/signin/keypair", domain, "the key that a workspace is known by to its provider"},
	{"shared/signin/oidc", domain, "OpenID Connect with a provider"},
	{"shared/egress", domain, "the guard that every outward call passes"},
	{"shared/spec/...", domain, "documents, operations, fetch and cache"},
	{"shared/effect", domain, "what an operation does to the world"},
	{"shared/connection", domain, "a person's access to one API"},
	{"shared/preset", domain, "how the most used APIs are connected, as data"},
	{"shared/grant", domain, "the tokens of connections that obtain their own"},
	{"shared/call/...", domain, "one outbound request"},
	{"shared/plan/...", domain, "goal to workflow"},
	{"shared/workflow/...", domain, "the document, its checks, its compilation"},
	{"shared/execution", domain, "runs, journal, events"},
	{"shared/launch", domain, "from a confirmed plan to a run"},
	{"shared/execution/local/asl", domain, "the language itself, as a pure machine: rehearsals run it in both homes"},
	{"shared/rehearse", domain, "a plan on twins: what it would send, change and cost, and what faults come to"},
	{"shared/stats", domain, "counts over other domains"},
	{"shared/wiring", domain, "lets domains meet that must not know each other"},
	{"shared/trigger", domain, "clocks, webhooks, events that start runs"},
	{"shared/trigger/news", domain, "what runs and connections tell, as events; apart, so that a webhook's function links no parser"},
	{"shared/notice", domain, "letters about what waits for people"},
	{"shared/upkeep", domain, "what is done for all workspaces at night"},
	{"shared/migrate", domain, "schemas of stored items"},
	{"shared/gallery", domain, "templates of workflows, and drafts made of them"},
	{"shared/twin", domain, "any API's stand-in, from its document"},
	{"shared/twin/wire", domain, "a request read back into the values that were bound"},

	{"shared/dns", adapter, "text records of DNS, in both homes"},
	{"shared/dns/dnstest", kit, "a DNS server with records for tests"},
	{"shared/table/sqlite", adapter, "table on one machine"},
	{"shared/blob/dir", adapter, "blob on one machine"},
	{"shared/secret/keyfile", adapter, "keys on one machine"},
	{"shared/backup", adapter, "the data folder of one machine as one file"},
	{"shared/mail/outbox", adapter, "mail on one machine"},
	{"shared/mail/smtp", adapter, "mail through a server of the operator's"},
	{"shared/trigger/local", adapter, "clocks and events on one machine"},
	{"shared/table/dynamo", adapter, "table on AWS"},
	{"shared/table/dynamo/schema", word, "the table's shape as data, for CDK too"},
	{"shared/blob/s3", adapter, "blob on AWS"},
	{"shared/secret/kms", adapter, "keys on AWS"},
	{"shared/secret/secretsmanager", adapter, "the operator's own secrets on AWS"},
	{"shared/mail/ses", adapter, "mail on AWS"},
	{"shared/audit/sink/s3", adapter, "buckets that workspaces keep elsewhere, in both homes"},
	{"shared/execution/stepfunctions", adapter, "the engine on AWS"},
	{"shared/trigger/eventbridge", adapter, "clocks and events on AWS"},
	{"shared/plan/openai", adapter, "a model behind an OpenAI-compatible server"},
	{"shared/execution/local/...", adapter, "the engine on one machine"},
	{"shared/execution/replay", adapter, "recorded executions through the local engine"},

	{"shared/spec/hostile", kit, "documents that are made to break readers"},
	{"shared/spec/spectest", kit, "documents in files, for tests"},
	{"shared/plan/plantest", kit, "catalogues of documents, for tests"},
	{"shared/plan/openai/openaitest", kit, "a model's server whose answers are written down"},
	{"shared/table/tabletest", kit, "conformance of table drivers"},
	{"shared/table/tabletest/apart", kit, "one table, and several processes of a test over it"},
	{"shared/blob/blobtest", kit, "conformance of blob stores"},
	{"shared/identity/josetest", kit, "published attacks on signed tokens"},
	{"shared/secret/secrettest", kit, "conformance of key services"},
	{"shared/execution/enginetest", kit, "conformance of engines"},
	{"shared/mail/mailtest", kit, "conformance of mail senders"},
	{"shared/trigger/triggertest", kit, "conformance of schedulers and buses"},
	{"infra/hometest", kit, "the end-to-end suite of a home, over HTTP"},
	{"infra/awstest/...", stand, "AWS's wire on loopback"},
	{"shared/fixture", stand, "the stores of one machine, for tests of what stands on them"},

	{"shared/web", edge, "how a route speaks HTTP"},
	{"shared/web/outside", edge, "a browser's way to a sign-in outside and back"},
	{"shared/api/...", api, "one folder an area"},
	{"shared/boot", start, "environment and logger"},
	{"shared/lambda", start, "Lambda's events to HTTP and calls"},
	{"shared/awsenv", start, "environment to AWS clients' configuration"},
	{"statemachines", asset, "the platform's own state machines"},
	{"docs", asset, "the published contract"},
	{"dashboard", asset, "the built single-page app"},
	{"functions/internal/...", parts, "what several functions share of their composition"},
	{"functions/...", binary, "one function each"},
	{"infra/child", parts, "the one-machine home in a process of its own, for who kills it"},
	{"infra/chaos/kill", binary, "homes that are killed, and what comes of their runs"},
	{"infra/local", binary, "the one-machine home"},
	{"infra/vulndb", binary, "a vulnerability database for CI, from a pinned module"},
}

// beside are arrows that the layers alone would refuse.
var beside = []struct {
	from layer
	to   string
	why  string
}{
	{api, "shared/secret", "its type keeps a password in a body from being printed; sealing takes a store, which no handler has"},
}

// family: packages that are one adapter in several folders.
var family = map[string]string{
	"shared/execution/local/asl": "shared/execution/local", // its interpreter
	"shared/execution/replay":    "shared/execution/local", // its replay of recorded runs
}

// vendors may be imported by the named packages only.
var vendors = []struct {
	prefix string
	only   []string
	why    string
}{
	{"github.com/aws/aws-lambda-go", []string{"shared/lambda"}, "one place knows how a function is invoked"},
	{"github.com/aws/aws-sdk-go-v2/service/dynamodb", []string{"shared/table/dynamo", "infra/awstest/dynamodb", "infra/awstest/stand"}, "the table's adapter"},
	{"github.com/aws/aws-sdk-go-v2/service/s3", []string{"shared/blob/s3", "shared/audit/sink/s3", "infra/awstest/stand"}, "the adapters of our blobs, and of buckets that are not ours"},
	{"github.com/aws/aws-sdk-go-v2/service/sts", []string{"shared/audit/sink/s3"}, "roles are assumed for the buckets of others only"},
	{"github.com/aws/aws-sdk-go-v2/service/kms", []string{"shared/secret/kms"}, "the keys' adapter"},
	{"github.com/aws/aws-sdk-go-v2/service/sfn", []string{"shared/execution/stepfunctions", "infra/awstest/stand"}, "the engine's adapter"},
	{"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs", []string{"shared/execution/stepfunctions"}, "express runs tell their history there"},
	{"github.com/aws/aws-sdk-go-v2/service/scheduler", []string{"shared/trigger/eventbridge"}, "the clocks' adapter"},
	{"github.com/aws/aws-sdk-go-v2/service/eventbridge", []string{"shared/trigger/eventbridge"}, "the bus's adapter"},
	{"github.com/aws/aws-sdk-go-v2/service/secretsmanager", []string{"shared/secret/secretsmanager"}, "the operator's secrets"},
	{"github.com/aws/aws-sdk-go-v2/service/sesv2", []string{"shared/mail/ses"}, "the mail's adapter"},
	{"github.com/apiq/apiq/shared/awsfault", []string{"shared/execution/stepfunctions", "shared/trigger/eventbridge", "shared/blob/s3"}, "it brings the SDK's core along"},
	{"github.com/wneessen/go-mail", []string{"shared/mail/smtp"}, "the mail's adapter"},
	{"github.com/johannesboyne/gofakes3", []string{"infra/awstest/objects"}, "a stand-in for S3, for tests"},
	{"modernc.org/sqlite", []string{"shared/table/sqlite"}, "the driver leaks nowhere"},
	{"database/sql", []string{"shared/table/sqlite"}, "the port is the only way to records"},
	{"github.com/openai/", []string{"shared/plan/openai"}, "the model is a port of plan"},
	{"github.com/go-webauthn/", []string{"shared/identity/passkey"}, "it is large, and passkeys are judged in one place"},
	{"github.com/golang-jwt/", []string{"shared/identity", "shared/grant"}, "tokens are judged in one place, assertions are signed in another"},
	{"github.com/caarlos0/env", []string{"shared/boot", "shared/awsenv"}, "the environment is read in one place"},
	{"code.dny.dev/ssrf", []string{"shared/egress"}, "addresses are judged in one place"},
	{"github.com/apiq/apiq/shared/egress", []string{"shared/spec/library", "shared/call", "shared/connection", "shared/signin/oidc", "infra/local", "functions/internal/apis", "functions/internal/guard", "functions/internal/sinks"},
		"spec fetches documents, call makes users' calls, connection judges their URLs, signin/oidc asks providers, audit/sink is handed a client; nobody else dials"},
}
