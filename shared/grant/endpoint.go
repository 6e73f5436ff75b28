package grant

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
	"github.com/apiq/apiq/shared/secret"
)

const (
	maxAnswer = 1 << 20
	userAgent = "APIQ/1"
	// tries is how often a request for a token is made that fails in passing. Asking
	// again at once matters: a provider takes a rotated refresh token again for a short
	// time only.
	tries = 3
	// patience is the longest that is waited for within one renewal.
	patience = 2 * time.Second
)

// obtain asks for a token with what the grant is renewed by: the refresh token, or for
// a machine's grant whatever it is obtained with.
func (s *Service) obtain(ctx context.Context, config connection.OAuthConfig, refresh string) (answer, *fault) {
	form := url.Values{}
	address := config.TokenURL
	switch {
	case config.Exchange != nil:
	case refresh != "":
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", refresh)
		addSecrets(form, config.RefreshParams)
		if config.RefreshURL != "" {
			address = config.RefreshURL
		}
	case config.Grant == connection.GrantClientCredentials:
		form.Set("grant_type", "client_credentials")
		addScopes(form, config.OAuth, config.Scopes)
		addSecrets(form, config.TokenParams)
	case config.Grant == connection.GrantJWTBearer:
		form.Set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
		addScopes(form, config.OAuth, config.Scopes)
		addSecrets(form, config.TokenParams)
	default:
		return answer{}, &fault{kind: faultGrant, code: apierr.Reauthorize, detail: "Nobody has consented yet: connect the account."}
	}
	pause := 200 * time.Millisecond
	for try := 1; ; try++ {
		if config.Grant == connection.GrantJWTBearer && refresh == "" {
			assertion, err := s.assertion(config)
			if err != nil {
				return answer{}, badKey(err)
			}
			form.Set("assertion", assertion)
		}
		var a answer
		var f *fault
		if config.Exchange != nil {
			a, f = s.swap(ctx, config.Exchange)
		} else {
			a, f = s.ask(ctx, config, address, form)
		}
		if f == nil && a.access == refresh {
			f = &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider answers with the refresh token instead of a token: check tokenPointer."}
		}
		if f == nil || f.kind != faultPassing || try == tries || f.wait > patience {
			return a, f
		}
		if s.o.Sleep(ctx, max(pause, f.wait)) != nil {
			return a, f
		}
		pause *= 2
	}
}

// exchange asks for the token of a person's consent.
func (s *Service) exchange(ctx context.Context, config connection.OAuthConfig, form url.Values) (answer, *fault) {
	addSecrets(form, config.TokenParams)
	return s.ask(ctx, config, config.TokenURL, form)
}

// ask makes one request to a token address and reads its answer.
func (s *Service) ask(ctx context.Context, config connection.OAuthConfig, address string, form url.Values) (answer, *fault) {
	if config.Resource != "" {
		form.Set("resource", config.Resource)
	}
	status, header, body, f := s.post(ctx, config, address, form)
	if f != nil {
		return answer{}, f
	}
	wait, _ := ratelimit.RetryAfter(header, s.now())
	return parse(status, header, body, config.OAuth, wait)
}

// post sends a form as the client, bounded in time and size.
func (s *Service) post(ctx context.Context, config connection.OAuthConfig, address string, form url.Values) (int, http.Header, []byte, *fault) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	form, header, err := s.identify(config, address, form)
	if err != nil {
		return 0, nil, nil, badKey(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, nil, &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The token address is not a complete URL: give tokenUrl."}
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(req)
}

// send makes the request. Where there is no whole answer, whether it had its effect is
// open: such a fault is passing.
func (s *Service) send(req *http.Request) (int, http.Header, []byte, *fault) {
	for name, v := range map[string]string{"Accept": "application/json", "User-Agent": userAgent} {
		if req.Header.Get(name) == "" { // an exchange may say otherwise
			req.Header.Set(name, v)
		}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, nil, unanswered(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, nil, unanswered(err)
	case len(body) > maxAnswer:
		return 0, nil, nil, &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider's answer is larger than a token's: check tokenUrl."}
	}
	return resp.StatusCode, resp.Header, body, nil
}

func unanswered(err error) *fault {
	switch {
	case apierr.CodeOf(err) == apierr.EgressBlocked:
		return &fault{kind: faultClient, code: apierr.EgressBlocked, detail: apierr.From(err).Detail, cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &fault{kind: faultPassing, code: apierr.UpstreamTimeout, detail: "The provider of the connection's grant did not answer in time.", cause: err}
	}
	return &fault{kind: faultPassing, code: apierr.UpstreamError, detail: "The provider of the connection's grant could not be reached.", cause: err}
}

func badKey(err error) *fault {
	return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The connection's private key cannot sign: give it anew.", cause: err}
}

// identify adds what proves who the client is: to the form, which is copied, or to the header.
func (s *Service) identify(config connection.OAuthConfig, address string, form url.Values) (url.Values, http.Header, error) {
	out, header := url.Values{}, http.Header{}
	for name, values := range form {
		out[name] = values
	}
	switch config.ClientAuth {
	case connection.ClientBasic:
		// Both are form-encoded first (RFC 6749, 2.3.1).
		req := http.Request{Header: header}
		req.SetBasicAuth(url.QueryEscape(config.ClientID), url.QueryEscape(config.ClientSecret.Reveal()))
	case connection.ClientPost:
		out.Set("client_id", config.ClientID)
		out.Set("client_secret", config.ClientSecret.Reveal())
	case connection.ClientPrivateKeyJWT:
		assertion, err := s.clientAssertion(config, address)
		if err != nil {
			return nil, nil, err
		}
		out.Set("client_id", config.ClientID)
		out.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		out.Set("client_assertion", assertion)
	default:
		if config.ClientID != "" {
			out.Set("client_id", config.ClientID)
		}
	}
	return out, header, nil
}

func addScopes(form url.Values, o connection.OAuth, scopes []string) {
	if len(scopes) == 0 {
		return
	}
	separator := o.ScopeSeparator
	if separator == "" {
		separator = " "
	}
	form.Set("scope", strings.Join(scopes, separator))
}

func addSecrets(form url.Values, params map[string]secret.Secret) {
	for name, v := range params {
		form.Set(name, v.Reveal())
	}
}

// union is both lists, sorted, each scope once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
