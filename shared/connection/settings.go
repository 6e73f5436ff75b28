package connection

import (
	"math"

	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
)

// Settings say how an API wants to be called, as far as its document does not.
type Settings struct {
	// RequestsPerSecond is how many requests leave, evenly spread; 0 for no such pace.
	RequestsPerSecond float64 `json:"requestsPerSecond,omitempty" jsonschema:"minimum=0.01,maximum=1000"`
	// MaxInFlight is how many requests may be under way at once; 0 for 32.
	MaxInFlight int `json:"maxInFlight,omitempty" jsonschema:"minimum=1,maximum=64"`
	// IdempotencyKey says that the API takes one with every POST and PATCH.
	IdempotencyKey *KeySetting `json:"idempotencyKey,omitempty"`
	// ExpiredWhen is an expression over $response.{status, headers, body} that says of
	// an answer that the credential is no longer valid.
	ExpiredWhen string `json:"expiredWhen,omitempty" jsonschema:"maxLength=2048"`
}

// KeySetting names the header that takes idempotency keys.
type KeySetting struct {
	Header string `json:"header" jsonschema:"required,maxLength=100"`
}

// KeyHeader is the header for idempotency keys; empty where none is set.
func (s Settings) KeyHeader() string {
	if s.IdempotencyKey == nil {
		return ""
	}
	return s.IdempotencyKey.Header
}

const (
	minRate, maxRate = 0.01, 1000
	// MaxInFlight is the most that a connection may have under way at once.
	MaxInFlight = 64
	maxHeader   = 100
	maxExpired  = 2048
)

func (s Settings) check(p *problems) {
	if r := s.RequestsPerSecond; r != 0 && !(r >= minRate && r <= maxRate) || math.IsNaN(r) {
		p.add("/settings/requestsPerSecond", "range", "Give %g to %d requests a second, or leave it out.", minRate, maxRate)
	}
	if n := s.MaxInFlight; n < 0 || n > MaxInFlight {
		p.add("/settings/maxInFlight", "range", "Give 1 to %d requests at once, or leave it out for 32.", MaxInFlight)
	}
	if key := s.IdempotencyKey; key != nil {
		const at = "/settings/idempotencyKey/header"
		switch {
		case key.Header == "":
			p.add(at, "required", "Name the header in which the API takes idempotency keys.")
		case len(key.Header) > maxHeader || !httpguts.ValidHeaderFieldName(key.Header):
			p.add(at, "format", "A header's name has 1 to %d letters, digits and hyphens.", maxHeader)
		case spec.ReservedHeader(key.Header):
			p.add(at, "not_allowed", "The header %s belongs to the connection or to the message itself.", key.Header)
		}
	}
	if s.ExpiredWhen != "" {
		checkExpired(s.ExpiredWhen, "/settings/expiredWhen", p)
	}
}

// expiry takes what authConfig says of expired credentials over into the settings.
func (c *AuthConfig) expiry(s *Settings, p *problems) {
	const at = "/authConfig/expiredWhen"
	switch {
	case c.ExpiredWhen == "":
	case s.ExpiredWhen != "" && s.ExpiredWhen != c.ExpiredWhen:
		p.add(at, "exclusive", "Give expiredWhen here or in the settings, not both.")
	default:
		checkExpired(c.ExpiredWhen, at, p)
		s.ExpiredWhen = c.ExpiredWhen
	}
}

func checkExpired(text, at string, p *problems) {
	source, ok := expr.Unwrap(text)
	if len(text) > maxExpired {
		p.add(at, "too_long", "The expression may have at most %d bytes.", maxExpired)
		return
	}
	if !ok {
		p.add(at, "expression", "An expression is needed here, between {%% and %%}.")
		return
	}
	program, err := expr.Compile(source, nil)
	if err != nil {
		p.add(at, "expression", "The expression is not usable: %s.", err)
		return
	}
	if len(program.ContextUses()) > 0 {
		p.add(at, "no_context", "Begin with $response, for example {%% $response.body.error = 'token_expired' %%}.")
	}
	for _, name := range program.Variables() {
		if name != "response" {
			p.add(at, "unknown_name", "There is no $%s here: the expression sees $response.status, $response.headers and $response.body.", brief(name))
		}
	}
}
