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
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

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

	SpecCacheTTLHours       int   `env:"SPEC_CACHE_TTL_HOURS" envDefault:"24"`
	SpecMaxBytes            int64 `env:"SPEC_MAX_BYTES" envDefault:"67108864"`
	SpecFetchTimeoutSeconds int   `env:"SPEC_FETCH_TIMEOUT_SECONDS" envDefault:"10"`

	// OpenAIKey turns the model planner on; without it the built-in one plans.
	OpenAIKey     string `env:"OPENAI_API_KEY"`
	OpenAIBaseURL string `env:"OPENAI_BASE_URL" envDefault:"https://api.openai.com/v1"`
	OpenAIModel   string `env:"OPENAI_MODEL" envDefault:"gpt-5-mini"`
}

// Load reads and checks the environment; every fault is reported at once.
func Load(environ map[string]string) (Config, error) {
	if environ == nil {
		environ = env.ToMap(os.Environ())
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: environ}); err != nil {
		return Config{}, err
	}
	if _, set := environ["APIQ_EGRESS_ALLOW"]; !set && c.loopback() {
		c.EgressAllow = "127.0.0.0/8,::1/128"
	}
	return c, c.validate()
}

func (c Config) validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		fault("APIQ_ADDR must be host:port, such as 127.0.0.1:8080: %w", err)
	}
	if c.Data == "" {
		fault("APIQ_DATA must name a folder")
	}
	for name, raw := range map[string]string{"APIQ_PUBLIC_URL": c.PublicURL, "OPENAI_BASE_URL": c.OpenAIBaseURL} {
		if raw == "" {
			continue
		}
		if u, err := url.Parse(raw); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			fault("%s must be an http or https URL", name)
		}
	}
	if _, err := c.Allow(); err != nil {
		faults = append(faults, err)
	}
	if c.SpecCacheTTLHours < 0 || c.SpecCacheTTLHours > 24*365 {
		fault("SPEC_CACHE_TTL_HOURS must be between 0 and 8760")
	}
	if c.SpecMaxBytes < 1<<10 || c.SpecMaxBytes > 1<<30 {
		fault("SPEC_MAX_BYTES must be between 1024 and 1073741824")
	}
	if c.SpecFetchTimeoutSeconds < 1 || c.SpecFetchTimeoutSeconds > 300 {
		fault("SPEC_FETCH_TIMEOUT_SECONDS must be between 1 and 300")
	}
	if _, err := level(c.LogLevel); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// Allow is EgressAllow, parsed.
func (c Config) Allow() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(c.EgressAllow, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("APIQ_EGRESS_ALLOW must list CIDRs such as 10.0.0.0/8: %w", err)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Key is the model's key, as a value that cannot print itself.
func (c Config) Key() secret.Secret { return secret.New(c.OpenAIKey) }

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
	return "http://" + listening.String()
}

// SecureCookies says whether the session cookie needs https: everywhere but on loopback.
func (c Config) SecureCookies() bool {
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		return err != nil || !isLoopback(u.Hostname())
	}
	return !c.loopback()
}

func (c Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && isLoopback(host)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
