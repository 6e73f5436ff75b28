package connection

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/call/sign"
)

func (c *AuthConfig) aws() sign.AWS {
	return sign.AWS{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken, Region: c.Region, Service: c.Service}
}

// checkHMAC checks the scheme, that the secret is written as it says, and that nothing
// else goes to the places that the signature fills.
func (c *AuthConfig) checkHMAC(p *problems) {
	if !required(c.Secret, "/authConfig/secret", "Give the secret that requests are signed with.", p) || c.Scheme == nil {
		if c.Scheme == nil && !slices.Contains(c.Mistyped, "/scheme") {
			p.add("/authConfig/scheme", "required", "Say how requests are signed: what is signed as template, and the header that takes the signature as name.")
		}
		return
	}
	faults(c.Scheme.Check(), p, "scheme")
	if _, err := c.Scheme.Key(c.Secret); err != nil {
		p.add("/authConfig/secret", "format", "The secret is not %s, as the scheme says it is.", c.Scheme.SecretEncoding)
	}
	// The scheme is shown; the secret never is.
	if text := c.Scheme.Template + "\x00" + c.Scheme.Format; strings.Contains(text, c.Secret.Reveal()) {
		p.add("/authConfig/scheme/template", "not_allowed", "This holds the secret itself. The scheme is shown; the secret never is.")
	}
	c.checkEntries(p)
	for _, place := range c.Scheme.Places() {
		if place.In == "header" && ownHeader(place.Name) {
			p.add("/authConfig/scheme/name", "not_allowed", "The header %s belongs to the transport and cannot carry a signature.", brief(place.Name))
		}
		_, twice := c.Query[place.Name]
		if place.In == "header" {
			twice = false
			for name := range c.Headers {
				twice = twice || textproto.CanonicalMIMEHeaderKey(name) == textproto.CanonicalMIMEHeaderKey(place.Name)
			}
		}
		if twice {
			p.add("/authConfig/scheme/name", "exclusive", "The %s %s is filled by the signature and given as it is, too.", place.In, brief(place.Name))
		}
	}
}

// faults gives what is wrong its place in the request.
func faults(found []sign.Fault, p *problems, under ...string) {
	for _, f := range found {
		p.add(at(append(append([]string{"authConfig"}, under...), f.Path...)...), f.Code, "%s", f.Message)
	}
}
