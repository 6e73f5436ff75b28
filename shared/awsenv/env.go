// Package awsenv reads a function's environment: what CDK set for it, what Lambda
// itself sets, and from both the configuration of AWS clients. It starts nothing
// and calls nothing.
package awsenv

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
)

// Env is the environment of a function. Each function has those variables that its
// row needs (infra/cdk); a missing one is told by Require where it is needed.
type Env struct {
	// Table is the DynamoDB table.
	Table string `env:"APIQ_TABLE"`
	// Quotas are the limits of workspaces: see quota.Parse.
	Quotas string `env:"APIQ_QUOTAS"`
	// KeepRunsDays is how long runs are kept, and the most that a workspace can choose; 0 for ever.
	KeepRunsDays int `env:"APIQ_KEEP_RUNS_DAYS" envDefault:"0"`
	// Bucket holds blobs; BucketKey is the KMS key that they are encrypted with.
	Bucket    string `env:"APIQ_BUCKET"`
	BucketKey string `env:"APIQ_BUCKET_KEY"`
	// Key is the KMS key that wraps data keys.
	Key string `env:"APIQ_KEY_ARN"`
	// Archive is the bucket of the audit archive.
	Archive string `env:"APIQ_ARCHIVE_BUCKET"`
	// PublicURL is where people reach the product.
	PublicURL string `env:"APIQ_PUBLIC_URL"`
	// Origin is what the edge proves itself with.
	Origin   secret.Secret `env:"APIQ_ORIGIN_SECRET"`
	LogLevel string        `env:"APIQ_LOG_LEVEL" envDefault:"info"`

	// StatesPrefix begins the names of workflows' state machines, which run under
	// StatesRole and, if express, log to StatesLogGroup.
	StatesPrefix   string `env:"APIQ_STATES_PREFIX"`
	StatesRole     string `env:"APIQ_STATES_ROLE"`
	StatesLogGroup string `env:"APIQ_STATES_LOG_GROUP"`
	// The functions that definitions call, as ARNs of their aliases.
	FunctionCall     string `env:"APIQ_FUNCTION_CALL"`
	FunctionApproval string `env:"APIQ_FUNCTION_APPROVAL"`
	FunctionWorkflow string `env:"APIQ_FUNCTION_WORKFLOW"`
	// ImportMachine is the state machine that imports large documents.
	ImportMachine string `env:"APIQ_IMPORT_MACHINE"`

	// Clocks of triggers: their group, the role that they call Target with, and
	// where events go that could not be delivered.
	ScheduleGroup       string `env:"APIQ_SCHEDULE_GROUP"`
	ScheduleRole        string `env:"APIQ_SCHEDULE_ROLE"`
	ScheduleTarget      string `env:"APIQ_SCHEDULE_TARGET"`
	ScheduleDeadLetters string `env:"APIQ_SCHEDULE_DEAD_LETTERS"`
	// Bus is the event bus.
	Bus string `env:"APIQ_BUS"`
	// MailFrom is the address that mail is sent from.
	MailFrom string `env:"APIQ_MAIL_FROM"`
	// DNS is the server that is asked for the records of domains; empty: the function's own.
	DNS string `env:"APIQ_DNS"`
	// Mails: mail is sent at all.
	Mails bool `env:"APIQ_MAILS" envDefault:"false"`
	// Registration is who may make an account: open, invite or closed.
	Registration string `env:"APIQ_REGISTRATION" envDefault:"open"`

	SpecCacheTTLHours       int   `env:"SPEC_CACHE_TTL_HOURS" envDefault:"24"`
	SpecMaxBytes            int64 `env:"SPEC_MAX_BYTES" envDefault:"67108864"`
	SpecFetchTimeoutSeconds int   `env:"SPEC_FETCH_TIMEOUT_SECONDS" envDefault:"10"`
	// EgressAllow excepts CIDRs from the guard; nothing by default.
	EgressAllow string `env:"APIQ_EGRESS_ALLOW"`

	// SignIn are the operator's providers, by the names of their variables, and
	// SignInSecret the ARN of the Secrets Manager secret with their client secrets.
	SignIn       map[string]string
	SignInSecret string `env:"SIGNIN_SECRET"`

	// OpenAIKeySecret is the ARN of the Secrets Manager secret with the model's key;
	// without one the built-in planner plans.
	OpenAIKeySecret string `env:"OPENAI_API_KEY_SECRET"`
	OpenAIBaseURL   string `env:"OPENAI_BASE_URL" envDefault:"https://api.openai.com/v1"`
	OpenAIModel     string `env:"OPENAI_MODEL" envDefault:"gpt-5-mini"`
	// Prices in US dollars for a million tokens; 0 for none.
	OpenAIPriceInput  float64 `env:"OPENAI_PRICE_INPUT" envDefault:"0"`
	OpenAIPriceOutput float64 `env:"OPENAI_PRICE_OUTPUT" envDefault:"0"`

	// Set by Lambda.
	Function     string        `env:"AWS_LAMBDA_FUNCTION_NAME"`
	Version      string        `env:"AWS_LAMBDA_FUNCTION_VERSION" envDefault:"dev"`
	Region       string        `env:"AWS_REGION"`
	AccessKeyID  string        `env:"AWS_ACCESS_KEY_ID"`
	SecretKey    secret.Secret `env:"AWS_SECRET_ACCESS_KEY"`
	SessionToken secret.Secret `env:"AWS_SESSION_TOKEN"`

	// Addresses of services, for tests against stand-ins (AWS SDKs reference guide,
	// "Service-specific endpoints").
	EndpointDynamoDB  string `env:"AWS_ENDPOINT_URL_DYNAMODB"`
	EndpointS3        string `env:"AWS_ENDPOINT_URL_S3"`
	EndpointKMS       string `env:"AWS_ENDPOINT_URL_KMS"`
	EndpointStates    string `env:"AWS_ENDPOINT_URL_SFN"`
	EndpointScheduler string `env:"AWS_ENDPOINT_URL_SCHEDULER"`
	EndpointEvents    string `env:"AWS_ENDPOINT_URL_EVENTBRIDGE"`
	EndpointMail      string `env:"AWS_ENDPOINT_URL_SESV2"`
	EndpointSecrets   string `env:"AWS_ENDPOINT_URL_SECRETS_MANAGER"`
	EndpointRoles     string `env:"AWS_ENDPOINT_URL_STS"`
}

// Load reads the environment, or the process's own where environ is nil. Every
// fault is reported at once, and no value is quoted.
func Load(environ map[string]string) (Env, error) {
	if environ == nil {
		environ = env.ToMap(os.Environ())
	}
	var e Env
	if err := env.ParseWithOptions(&e, env.Options{Environment: environ}); err != nil {
		var all env.AggregateError
		if !errors.As(err, &all) {
			return Env{}, errors.New("awsenv: the environment cannot be read")
		}
		var faults []error
		for _, one := range all.Errors {
			var parse env.ParseError
			if errors.As(one, &parse) {
				faults = append(faults, fmt.Errorf("awsenv: %s is not of its type", parse.Name))
			}
		}
		return Env{}, errors.Join(faults...)
	}
	e.SignIn = map[string]string{}
	for _, name := range route.SignInVariables() {
		e.SignIn[name] = environ[name]
	}
	return e, e.check()
}

// maxPrice is far above any model's, in US dollars for a million tokens.
const maxPrice = 10_000

func (e Env) check() error {
	var faults []error
	need := func(name string, ok bool, must string) {
		if !ok {
			faults = append(faults, fmt.Errorf("awsenv: %s %s", name, must))
		}
	}
	need("AWS_REGION", e.Region != "", "must be set")
	need("APIQ_REGISTRATION", e.Registration == "open" || e.Registration == "invite" || e.Registration == "closed", "must be open, invite or closed")
	need("SPEC_CACHE_TTL_HOURS", e.SpecCacheTTLHours >= 0 && e.SpecCacheTTLHours <= 24*365, "must be between 0 and 8760")
	need("SPEC_MAX_BYTES", e.SpecMaxBytes >= 1<<10 && e.SpecMaxBytes <= 1<<30, "must be between 1024 and 1073741824")
	need("OPENAI_PRICE_INPUT", e.OpenAIPriceInput >= 0 && e.OpenAIPriceInput <= maxPrice, "must be between 0 and 10000")
	need("OPENAI_PRICE_OUTPUT", e.OpenAIPriceOutput >= 0 && e.OpenAIPriceOutput <= maxPrice && (e.OpenAIPriceOutput > 0) == (e.OpenAIPriceInput > 0),
		"must be between 0 and 10000, and set where OPENAI_PRICE_INPUT is")
	need("SPEC_FETCH_TIMEOUT_SECONDS", e.SpecFetchTimeoutSeconds >= 1 && e.SpecFetchTimeoutSeconds <= 300, "must be between 1 and 300")
	return errors.Join(faults...)
}

// Require reports each variable of the list that is empty: pairs of name and value.
func Require(pairs ...string) error {
	var faults []error
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			faults = append(faults, fmt.Errorf("awsenv: %s must be set", pairs[i]))
		}
	}
	return errors.Join(faults...)
}

// CacheTTL is how long a cached spec is used without asking its source.
func (e Env) CacheTTL() time.Duration { return time.Duration(e.SpecCacheTTLHours) * time.Hour }

// FetchTimeout bounds the whole fetch of a spec.
func (e Env) FetchTimeout() time.Duration {
	return time.Duration(e.SpecFetchTimeoutSeconds) * time.Second
}
