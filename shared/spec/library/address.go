package library

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
)

const maxURL = 2048

// Canonical gives the form of a document's URL that it is fetched and remembered
// by: absolute http or https, host in lower case, without a fragment. User and
// password are refused, because addresses are shown. The error is
// VALIDATION_FAILED with a problem without a path.
func Canonical(raw string) (string, error) {
	refuse := func(code, message string) (string, error) {
		return "", apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Code: code, Message: message})
	}
	raw = strings.TrimSpace(raw)
	if len(raw) > maxURL {
		return refuse("too_long", "The address of the document may have at most 2048 bytes.")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return refuse("format", "Give the address of the document as http:// or https:// with a host.")
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("scheme", "The address of the document must begin with http:// or https://.")
	case u.User != nil:
		return refuse("userinfo", "Leave user and password out of the address of the document.")
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

const masked = "***"

var (
	secretName  = regexp.MustCompile(`(?i)(token|key|secret|pass|pwd|sig|auth|credential|session|code|jwt|^sv$|^se$|^sp$)`)
	secretValue = regexp.MustCompile(`^[A-Za-z0-9_\-.~+=%]{20,}$`)
)

// Mask gives a URL that may be shown, stored and audited: values of the query
// that are, or look like, credentials are replaced.
func Mask(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return masked
	}
	if u.User != nil {
		u.User = url.User(masked)
	}
	if u.RawQuery != "" {
		parts := strings.Split(u.RawQuery, "&")
		for i, part := range parts {
			name, value, ok := strings.Cut(part, "=")
			if plain, err := url.QueryUnescape(name); err == nil && ok && value != "" &&
				(secretName.MatchString(plain) || secretValue.MatchString(value)) {
				parts[i] = name + "=" + masked
			} else if !ok && secretValue.MatchString(name) {
				parts[i] = masked
			}
		}
		u.RawQuery = strings.Join(parts, "&")
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
