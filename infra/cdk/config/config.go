// Package config is what a person chooses for one environment, read from the CDK
// context (`-c name=value`, or cdk.json). Every fault is reported at once.
package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/route"
)

// The environments.
const (
	Dev     = "dev"
	Staging = "staging"
	Prod    = "prod"
)

// Config is one environment.
type Config struct {
	// Env is dev, staging or prod. Defaults to dev.
	Env string
	// Domain is the host name of the product, Certificate its ACM certificate in
	// us-east-1 (CloudFront takes no other). Defaults to CloudFront's own name.
	Domain, Certificate string
	// Zone and ZoneName are the Route 53 zone that gets the alias records. Defaults
	// to none: somebody else keeps the DNS.
	Zone, ZoneName string
	// Waf puts a web ACL before the distribution, about $8 a month. The stacks must
	// then be in us-east-1. Defaults to false.
	Waf bool
	// PagerDuty names a Secrets Manager secret that holds the integration's URL, as
	// text. The URL is a secret: whoever has it can raise incidents. Defaults to none.
	PagerDuty string
	// AlarmMail is an address that alarms are mailed to. Defaults to none.
	AlarmMail string
	// MailFrom is the address that the product's mail comes from; its domain, or
	// the address, must be verified in SES. Defaults to none: nothing is mailed.
	MailFrom string
	// Registration is who may make an account: open, invite or closed. Defaults to open.
	Registration string
	// KeepRunsDays is APIQ_KEEP_RUNS_DAYS. Defaults to none: runs are kept for ever.
	KeepRunsDays string
	// Quotas are the limits of workspaces, as APIQ_QUOTAS. Defaults to none.
	Quotas string
	// SignIn are the operator's providers, by the variables of functions; in the context
	// OKTA_ISSUER is oktaIssuer. Defaults to none: workspaces bring their own.
	SignIn map[string]string
	// SignInSecret is the ARN of the secret with their client secrets, a JSON object such as
	// {"OKTA_CLIENT_SECRET": "…"}. It must be there where one of them is.
	SignInSecret string
	// OpenAIKeySecret is the ARN of the secret with the model's key. Defaults to
	// none: the built-in planner plans.
	OpenAIKeySecret string
	// OpenAIBaseURL and OpenAIModel default to what the functions default to.
	OpenAIBaseURL, OpenAIModel string
	// OpenAIPriceInput and OpenAIPriceOutput are in US dollars for a million tokens.
	// Defaults to none: tokens are recorded, and no cost.
	OpenAIPriceInput, OpenAIPriceOutput string
	// OwnKeys are the ARNs of KMS keys that workspaces bring, in other accounts too. Each
	// is admitted here by name, so that no function is granted a key that nobody asked
	// for. Defaults to none.
	OwnKeys []string
	// SinkRoles are the ARNs of roles of workspaces' buckets that records of the trail are
	// sent to, in other accounts. Each is admitted here by name. Defaults to none.
	SinkRoles []string
	// LogLevel defaults to info.
	LogLevel string
	// OriginGeneration is raised by one to change the secret between CloudFront and
	// the functions. Defaults to 1.
	OriginGeneration int
	// Table is a restored table that is used in place of the environment's own
	// (docs/operations.md, "Restore"). Defaults to none.
	Table string
	// ArchiveDays is how long the audit archive can not be deleted. Defaults to 365
	// in prod, 1 elsewhere.
	ArchiveDays int
	// SpecCacheTTLHours, SpecMaxBytes and SpecFetchTimeoutSeconds default to what the
	// functions default to (docs/configuration.md).
	SpecCacheTTLHours, SpecMaxBytes, SpecFetchTimeoutSeconds string
}

// Lookup gives a value of the context, and whether it is there.
type Lookup func(name string) (string, bool)

var (
	email    = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	host     = regexp.MustCompile(`^([a-z0-9-]+\.)+[a-z]{2,}$`)
	acm      = regexp.MustCompile(`^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$`)
	secret   = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$`)
	role     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$`)
	kmsKey   = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f-]{36})$`)
	name     = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]+$`)
	price    = regexp.MustCompile(`^\d{1,4}(\.\d{1,6})?$`)
	httpsURL = regexp.MustCompile(`^https://[^\s?#]+$`)
)

// Read reads and checks the context.
func Read(lookup Lookup) (Config, error) {
	var faults []error
	text := func(name, fallback string) string {
		if v, ok := lookup(name); ok && v != "" {
			return v
		}
		return fallback
	}
	number := func(name string, fallback, least, most int) int {
		v, err := strconv.Atoi(text(name, strconv.Itoa(fallback)))
		if err != nil || v < least || v > most {
			faults = append(faults, fmt.Errorf("%s must be a number between %d and %d", name, least, most))
		}
		return v
	}
	yes := func(name string) bool {
		v, err := strconv.ParseBool(text(name, "false"))
		if err != nil {
			faults = append(faults, fmt.Errorf("%s must be true or false", name))
		}
		return v
	}
	c := Config{
		Env: text("env", Dev), Domain: text("domain", ""), Certificate: text("certificate", ""),
		Table: text("table", ""), Zone: text("zone", ""), ZoneName: text("zoneName", ""), PagerDuty: text("pagerDuty", ""),
		AlarmMail: text("alarmMail", ""), MailFrom: text("mailFrom", ""), Registration: text("registration", "open"), Quotas: text("quotas", ""), OpenAIKeySecret: text("openaiKeySecret", ""),
		OpenAIBaseURL: text("openaiBaseUrl", ""), OpenAIModel: text("openaiModel", ""), LogLevel: text("logLevel", "info"),
		OpenAIPriceInput: text("openaiPriceInput", ""), OpenAIPriceOutput: text("openaiPriceOutput", ""),
	}
	c.SignInSecret, c.SignIn = text("signinSecret", ""), map[string]string{}
	for _, name := range route.SignInVariables() {
		if v := text(camel(name), ""); v != "" {
			c.SignIn[name] = v
		}
	}
	arns := func(name, what string, form *regexp.Regexp) (all []string) {
		for arn := range strings.FieldsFuncSeq(text(name, ""), func(r rune) bool { return r == ',' || r == ' ' }) {
			if !form.MatchString(arn) {
				faults = append(faults, fmt.Errorf("%s: %q is not the ARN of %s", name, arn, what))
			}
			all = append(all, arn)
		}
		return all
	}
	c.OwnKeys, c.SinkRoles = arns("ownKeys", "a KMS key", kmsKey), arns("sinkRoles", "a role", role)
	days := 1
	if c.Env == Prod {
		days = 365
	}
	c.ArchiveDays = number("archiveDays", days, 1, 36500)
	c.OriginGeneration = number("originGeneration", 1, 1, 1000)
	c.Waf = yes("waf")
	whole := func(name string, least, most int) string {
		if text(name, "") == "" {
			return ""
		}
		return strconv.Itoa(number(name, 0, least, most))
	}
	c.SpecCacheTTLHours = whole("specCacheTtlHours", 0, 24*365)
	c.KeepRunsDays = whole("keepRunsDays", 0, 36500)
	c.SpecMaxBytes = whole("specMaxBytes", 1<<10, 1<<30)
	c.SpecFetchTimeoutSeconds = whole("specFetchTimeoutSeconds", 1, 300)
	return c, errors.Join(append(faults, c.faults()...)...)
}

// camel is a variable's name as the context has it.
func camel(name string) string {
	first, rest, _ := strings.Cut(strings.ToLower(name), "_")
	for part := range strings.SplitSeq(rest, "_") {
		first += strings.ToUpper(part[:1]) + part[1:]
	}
	return first
}

func (c Config) faults() []error {
	var all []error
	must := func(ok bool, what string) {
		if !ok {
			all = append(all, errors.New(what))
		}
	}
	matches := func(name, value string, form *regexp.Regexp, what string) {
		must(value == "" || form.MatchString(value), name+" must be "+what)
	}
	must(c.Env == Dev || c.Env == Staging || c.Env == Prod, "env must be dev, staging or prod")
	must((c.Domain == "") == (c.Certificate == ""), "domain and certificate go together")
	must((c.Zone == "") == (c.ZoneName == ""), "zone and zoneName go together")
	must(c.Zone == "" || c.Domain == c.ZoneName || strings.HasSuffix(c.Domain, "."+c.ZoneName), "domain must be in the zone")
	matches("table", c.Table, regexp.MustCompile("^apiq-"+c.Env+"-[a-z0-9-]+$"), "a table of this environment, by its name")
	matches("domain", c.Domain, host, "a host name in lower case")
	matches("certificate", c.Certificate, acm, "the ARN of an ACM certificate in us-east-1")
	matches("pagerDuty", c.PagerDuty, name, "the name of a secret, never the URL itself")
	matches("alarmMail", c.AlarmMail, email, "an e-mail address")
	matches("mailFrom", c.MailFrom, email, "an e-mail address")
	must(c.Registration == "open" || c.Registration == "invite" || c.Registration == "closed", "registration must be open, invite or closed")
	matches("openaiKeySecret", c.OpenAIKeySecret, secret, "the ARN of a secret, never the key itself")
	matches("signinSecret", c.SignInSecret, secret, "the ARN of a secret, never a secret itself")
	for name := range c.SignIn {
		must(!strings.HasSuffix(name, "_CLIENT_ID") || c.SignInSecret != "", camel(name)+" needs signinSecret: where its client secret is")
	}
	matches("openaiBaseUrl", c.OpenAIBaseURL, httpsURL, "an https URL")
	matches("openaiPriceInput", c.OpenAIPriceInput, price, "dollars for a million tokens, such as 0.25")
	matches("openaiPriceOutput", c.OpenAIPriceOutput, price, "dollars for a million tokens, such as 2")
	must((c.OpenAIPriceInput == "") == (c.OpenAIPriceOutput == ""), "openaiPriceInput and openaiPriceOutput go together")
	must(c.LogLevel == "debug" || c.LogLevel == "info" || c.LogLevel == "warn" || c.LogLevel == "error", "logLevel must be debug, info, warn or error")
	return all
}

// Keeps says whether data outlives a mistaken deletion: tables and buckets are
// kept, and refuse to be deleted.
func (c Config) Keeps() bool { return c.Env != Dev }

// LogDays is how long logs are kept. The audit trail is not in them.
func (c Config) LogDays() int {
	if c.Env == Dev {
		return 7
	}
	return 30
}
