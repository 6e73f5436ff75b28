package call

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/mask"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/secret"
)

// places names the parts of a request that the credential fills.
func places(cred connection.Credential) []request.Place {
	switch cred.Type {
	case connection.AuthAPIKey, connection.AuthTokenExchange:
		return []request.Place{{In: cred.In, Name: cred.Name}}
	case connection.AuthBearer, connection.AuthBasic, connection.AuthOAuth:
		return []request.Place{{In: "header", Name: "Authorization"}}
	case connection.AuthAWS:
		var out []request.Place
		for _, name := range sign.AWSHeaders {
			out = append(out, request.Place{In: "header", Name: name})
		}
		return out
	}
	var out []request.Place
	if cred.Type == connection.AuthHMAC {
		for _, p := range cred.Scheme.Places() {
			out = append(out, request.Place{In: p.In, Name: p.Name})
		}
	}
	for name := range cred.Headers {
		out = append(out, request.Place{In: "header", Name: name})
	}
	for name := range cred.Query {
		out = append(out, request.Place{In: "query", Name: name})
	}
	return out
}

// maskerOf knows the credential's values and the names that carry them.
func maskerOf(cred connection.Credential) *mask.Masker {
	secrets := []secret.Secret{cred.Value, cred.Token, cred.Password, cred.Secret, cred.AWS.SecretAccessKey, cred.AWS.SessionToken}
	if cred.Type == connection.AuthBasic && cred.Password.IsZero() {
		secrets = append(secrets, secret.New(cred.Username)) // without a password it is the key
	}
	var names []string
	if cred.Name != "" {
		names = append(names, cred.Name)
	}
	switch cred.Type {
	case connection.AuthAWS:
		names = append(names, "X-Amz-Signature", "X-Amz-Credential") // Authorization always is
	case connection.AuthHMAC:
		names = append(names, cred.Scheme.Name)
	}
	for name, s := range cred.Headers {
		secrets, names = append(secrets, s), append(names, name)
	}
	for name, s := range cred.Query {
		secrets, names = append(secrets, s), append(names, name)
	}
	return mask.New(secrets, names...)
}

// authorise adds the credential, but only on the way to an origin that is sealed
// with it; a request to any other leaves without. The error is
// CREDENTIALS_INVALID where a value cannot stand in its place.
//
// It comes last: what is signed must not change any more.
func authorise(req *http.Request, cred connection.Credential, now time.Time) error {
	if !bound(req.URL, cred.Origins) {
		return nil
	}
	a := applier{req: req}
	switch cred.Type {
	case connection.AuthAPIKey, connection.AuthTokenExchange:
		a.put(cred.In, cred.Name, cred.Value.Reveal())
	case connection.AuthBearer, connection.AuthOAuth:
		a.put("header", "Authorization", "Bearer "+cred.Token.Reveal())
	case connection.AuthBasic:
		req.SetBasicAuth(cred.Username, cred.Password.Reveal())
	case connection.AuthCustom, connection.AuthHMAC:
		for name, s := range cred.Headers {
			a.put("header", name, s.Reveal())
		}
		for name, s := range cred.Query {
			a.put("query", name, s.Reveal())
		}
	}
	if a.bad == "" {
		a.sign(cred, now)
	}
	if a.bad != "" {
		return apierr.Newf(apierr.CredentialsInvalid, "The connection's credential cannot be sent as %s: enter it again.", a.bad)
	}
	return nil
}

// bound says whether a URL's origin is one that the credential may go to.
func bound(u *url.URL, origins []string) bool {
	return slices.ContainsFunc(origins, func(o string) bool {
		parsed, err := url.Parse(o)
		return err == nil && parsed.Host != "" && egress.Origin(parsed) == egress.Origin(u)
	})
}

// applier puts values into a request and remembers what does not fit.
type applier struct {
	req *http.Request
	bad string
}

func (a *applier) put(in, name, value string) {
	switch {
	case name == "":
		a.bad = "configured: it has no name"
	case in == "query":
		a.req.URL.RawQuery = sign.SetQuery(a.req.URL.RawQuery, name, value)
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		a.bad = "a header: it holds a line break or control character"
	case in == "cookie":
		c := &http.Cookie{Name: name, Value: value} // #nosec G124 -- of a request, not of an answer
		if c.Valid() != nil {
			a.bad = "a cookie: it holds a character that cookies cannot"
			return
		}
		a.req.AddCookie(c)
	default:
		a.req.Header.Set(name, value)
	}
}

// sign signs the request as it is by now.
func (a *applier) sign(cred connection.Credential, now time.Time) {
	var err error
	switch cred.Type {
	case connection.AuthAWS:
		err = cred.AWS.Sign(a.req, now)
	case connection.AuthHMAC:
		err = cred.Scheme.Sign(a.req, cred.Secret, now)
	}
	switch {
	case errors.Is(err, sign.ErrSecret):
		a.bad = "configured: its secret is not in the encoding that the scheme names"
	case err != nil:
		a.bad = "configured: the request cannot be signed with it"
	}
}
