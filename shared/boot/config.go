// Package boot turns the environment into what a process starts from: checked
// configuration and a logger that cannot print secrets. It starts nothing.
package boot

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/secret"
)

// Config is the environment of the one-machine home. docs/configuration.md
// lists the variables; a test keeps the two equal.
type Config struct {
	// Addr is where the server listens.
	Addr string `env:"APIQ_ADDR" envDefault:"127.0.0.1:8080"`
	// Data is the folder that holds everything: table, blobs, keys.
	Data string `env:"APIQ_DATA" envDefault:"./.apiq"`
	// PublicURL is how browsers reach the server. Empty: http:// and Addr.
	PublicURL string `env:"APIQ_PUBLIC_URL"`
	// EgressAllow lists CIDRs excepted from the guard against private addresses.
	// Unset on a loopback Addr: loopback. Set but empty: none.
	EgressAllow string `env:"APIQ_EGRESS_ALLOW"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `env:"APIQ_LOG_LEVEL" envDefault:"info"`

	// Quotas are the limits of workspaces: see quota.Parse. Empty: none.
	Quotas string `env:"APIQ_QUOTAS"`

	// KeepRunsDays is how long runs are kept after their end where a workspace has not
	// chosen, and the most that it can choose; 0 for ever.
	KeepRunsDays int `env:"APIQ_KEEP_RUNS_DAYS" envDefault:"0"`

	// Registration is who may make an account: open, invite or closed.
	Registration string `env:"APIQ_REGISTRATION" envDefault:"open"`

	// DNS is the server that is asked for the records of domains, by host and port.
	// Empty: the machine's own.
	DNS string `env:"APIQ_DNS"`

	// SMTPURL is the mail server: smtp://user:password@host:port, or smtps://. Without it
	// messages lie in the folder outbox of Data.
	SMTPURL secret.Secret `env:"APIQ_SMTP_URL"`
	// MailFrom is the address that mail comes from.
	MailFrom string `env:"APIQ_MAIL_FROM" envDefault:"apiq@localhost.localdomain"`

	SpecCacheTTLHours       int   `env:"SPEC_CACHE_TTL_HOURS" envDefault:"24"`
	SpecMaxBytes            int64 `env:"SPEC_MAX_BYTES" envDefault:"67108864"`
	SpecFetchTimeoutSeconds int   `env:"SPEC_FETCH_TIMEOUT_SECONDS" envDefault:"10"`

	// OpenAIKey turns the model planner on; without it the built-in one plans.
	OpenAIKey     secret.Secret `env:"OPENAI_API_KEY"`
	OpenAIBaseURL string        `env:"OPENAI_BASE_URL" envDefault:"https://api.openai.com/v1"`
	OpenAIModel   string        `env:"OPENAI_MODEL" envDefault:"gpt-5-mini"`
	// OpenAIPriceInput and OpenAIPriceOutput are in US dollars for a million tokens;
	// without them tokens are counted and no cost is told.
	OpenAIPriceInput  float64 `env:"OPENAI_PRICE_INPUT" envDefault:"0"`
	OpenAIPriceOutput float64 `env:"OPENAI_PRICE_OUTPUT" envDefault:"0"`

	// Sign-in through providers, for everybody here. A provider is there where its client id is.
	OktaIssuer        string        `env:"OKTA_ISSUER"`
	OktaClientID      string        `env:"OKTA_CLIENT_ID"`
	OktaSecret        secret.Secret `env:"OKTA_CLIENT_SECRET"`
	GoogleClientID    string        `env:"GOOGLE_CLIENT_ID"`
	GoogleSecret      secret.Secret `env:"GOOGLE_CLIENT_SECRET"`
	AzureTenant       string        `env:"AZURE_AD_TENANT_ID"`
	AzureClientID     string        `env:"AZURE_AD_CLIENT_ID"`
	AzureSecret       secret.Secret `env:"AZURE_AD_CLIENT_SECRET"`
	GenericName       string        `env:"GENERIC_OIDC_NAME"`
	GenericIssuer     string        `env:"GENERIC_OIDC_ISSUER"`
	GenericClientID   string        `env:"GENERIC_OIDC_CLIENT_ID"`
	GenericSecret     secret.Secret `env:"GENERIC_OIDC_CLIENT_SECRET"`
	SignInWorkspace   string        `env:"SIGNIN_WORKSPACE"`
	SignInDomains     string        `env:"SIGNIN_DOMAINS"`
	SignInNewAccounts string        `env:"SIGNIN_NEW_ACCOUNTS" envDefault:"true"`
	SignInRoleClaim   string        `env:"SIGNIN_ROLE_CLAIM"`
	SignInRoles       string        `env:"SIGNIN_ROLES"`
	SignInTrustEmail  string        `env:"SIGNIN_TRUST_EMAIL"`
}

// Load reads and checks the environment, or the process's own where environ is
// nil. Every fault is reported at once, and no value is quoted.
func Load(environ map[string]string) (Config, error) {
	if environ == nil {
		environ = env.ToMap(os.Environ())
	}
	var c Config
	unread := map[string]bool{} // variables whose text is not of their type
	var faults []error
	if err := env.ParseWithOptions(&c, env.Options{Environment: environ}); err != nil {
		var all env.AggregateError
		if !errors.As(err, &all) {
			return Config{}, err
		}
		for _, one := range all.Errors {
			var parse env.ParseError
			if !errors.As(one, &parse) {
				return Config{}, err
			}
			name, kind := variable(parse.Name)
			unread[name] = true
			faults = append(faults, fmt.Errorf("%s must be %s", name, kind))
		}
	}
	if _, set := environ["APIQ_EGRESS_ALLOW"]; !set && c.loopback() {
		c.EgressAllow = "127.0.0.0/8,::1/128"
	}
	for _, f := range c.faults() {
		if !unread[f.variable] {
			faults = append(faults, fmt.Errorf("%s %w", f.variable, f.err))
		}
	}
	if len(faults) > 0 {
		return Config{}, errors.Join(faults...)
	}
	return c, nil
}

// variable is the name of the one that a field is read from, and what it must be.
func variable(field string) (name, kind string) {
	f, _ := reflect.TypeFor[Config]().FieldByName(field)
	kind = "a whole number"
	if f.Type.Kind() == reflect.Float64 {
		kind = "a number"
	}
	return f.Tag.Get("env"), kind
}

// maxKeepDays is a hundred years.
const maxKeepDays = 36_500

// maxPrice is far above any model's, in US dollars for a million tokens.
const maxPrice = 10_000

type fault struct {
	variable string
	err      error
}

func (c Config) faults() []fault {
	var all []fault
	check := func(variable string, ok bool, must string) {
		if !ok {
			all = append(all, fault{variable, errors.New(must)})
		}
	}
	check("APIQ_ADDR", validAddr(c.Addr), "must be host:port, such as 127.0.0.1:8080")
	check("APIQ_DATA", c.Data != "", "must name a folder")
	check("APIQ_PUBLIC_URL", c.PublicURL == "" || validURL(c.PublicURL), "must be an http or https URL")
	_, err := c.Allow()
	check("APIQ_EGRESS_ALLOW", err == nil, "must list CIDRs, such as 10.0.0.0/8, joined by commas")
	_, err = level(c.LogLevel)
	check("APIQ_LOG_LEVEL", err == nil, "must be debug, info, warn or error")
	check("APIQ_KEEP_RUNS_DAYS", c.KeepRunsDays >= 0 && c.KeepRunsDays <= maxKeepDays, "must be between 0, which means for ever, and 36500")
	check("APIQ_REGISTRATION", c.Registration == "open" || c.Registration == "invite" || c.Registration == "closed", "must be open, invite or closed")
	check("APIQ_DNS", c.DNS == "" || validAddr(c.DNS), "must be host:port, such as 192.0.2.53:53")
	check("APIQ_SMTP_URL", c.SMTPURL.IsZero() || validMail(c.SMTPURL.Reveal()), "must be smtp://user:password@host:port, or smtps://")
	check("APIQ_MAIL_FROM", mail.IsAddress(c.MailFrom), "must be an e-mail address")
	check("APIQ_MAIL_FROM", c.SMTPURL.IsZero() || !strings.HasSuffix(c.MailFrom, ".localdomain"), "must be an address of yours where APIQ_SMTP_URL is set")
	check("SPEC_CACHE_TTL_HOURS", c.SpecCacheTTLHours >= 0 && c.SpecCacheTTLHours <= 24*365, "must be between 0 and 8760")
	check("SPEC_MAX_BYTES", c.SpecMaxBytes >= 1<<10 && c.SpecMaxBytes <= 1<<30, "must be between 1024 and 1073741824")
	check("SPEC_FETCH_TIMEOUT_SECONDS", c.SpecFetchTimeoutSeconds >= 1 && c.SpecFetchTimeoutSeconds <= 300, "must be between 1 and 300")
	check("OPENAI_BASE_URL", validURL(c.OpenAIBaseURL), "must be an http or https URL")
	check("OPENAI_MODEL", c.OpenAIModel != "", "must name a model")
	check("OPENAI_PRICE_INPUT", c.OpenAIPriceInput >= 0 && c.OpenAIPriceInput <= maxPrice, "must be between 0 and 10000")
	check("OPENAI_PRICE_OUTPUT", c.OpenAIPriceOutput >= 0 && c.OpenAIPriceOutput <= maxPrice && (c.OpenAIPriceOutput > 0) == (c.OpenAIPriceInput > 0),
		"must be between 0 and 10000, and set where OPENAI_PRICE_INPUT is")
	return all
}

func validAddr(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func validURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func validMail(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Hostname() != "" && (u.Scheme == "smtp" || u.Scheme == "smtps")
}

// Allow is EgressAllow, parsed.
func (c Config) Allow() ([]netip.Prefix, error) { return Prefixes(c.EgressAllow) }

// Prefixes reads CIDRs joined by commas.
func Prefixes(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("boot: %w", err)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// SignIn are the variables of sign-in through providers, by their names.
func (c Config) SignIn() map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		for _, prefix := range []string{"OKTA_", "GOOGLE_", "AZURE_AD_", "GENERIC_OIDC_", "SIGNIN_"} {
			if !strings.HasPrefix(name, prefix) {
				continue
			}
			switch value := v.Field(i).Interface().(type) {
			case string:
				out[name] = value
			case secret.Secret:
				out[name] = value.Reveal()
			}
		}
	}
	return out
}

// Key is the model's key; zero where none is set.
func (c Config) Key() secret.Secret { return c.OpenAIKey }

// CacheTTL is how long a cached spec is used without asking its source.
func (c Config) CacheTTL() time.Duration { return time.Duration(c.SpecCacheTTLHours) * time.Hour }

// FetchTimeout bounds the whole fetch of a spec.
func (c Config) FetchTimeout() time.Duration {
	return time.Duration(c.SpecFetchTimeoutSeconds) * time.Second
}

// Public is the URL that people open, given where the server really listens.
func (c Config) Public(listening net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	addr, err := netip.ParseAddrPort(listening.String())
	if err == nil && addr.Addr().Unmap().IsUnspecified() {
		// Every interface: no address that a browser could open.
		return "http://localhost:" + strconv.Itoa(int(addr.Port()))
	}
	return "http://" + listening.String()
}

// At is the configuration of a server that listens there: a port that was left to the
// system is known then.
func (c Config) At(listening net.Addr) Config {
	c.Addr = listening.String()
	return c
}

// BaseURL is Public of a server that listens at Addr.
func (c Config) BaseURL() string {
	addr, err := net.ResolveTCPAddr("tcp", c.Addr)
	if err != nil {
		return c.PublicURL
	}
	return c.Public(addr)
}

// SecureCookies says whether the session cookie needs https: everywhere but on loopback.
func (c Config) SecureCookies() bool {
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		return err != nil || !isLoopback(u.Hostname())
	}
	return !c.loopback()
}

// Alone says whether only programs of this machine reach the server.
func (c Config) Alone() bool { return c.loopback() && !c.SecureCookies() }

func (c Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && isLoopback(host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
