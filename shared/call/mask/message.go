package mask

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/secret"
)

// fieldName is the last name of a form field: password of user[password].
func fieldName(encoded string) string {
	name, err := url.QueryUnescape(encoded)
	if err != nil {
		name = encoded
	}
	name = strings.TrimRight(name, "]")
	return name[strings.LastIndexByte(name, '[')+1:]
}

// queryPart masks a value that is a secret as a whole, however it is encoded.
func (m *Masker) queryPart(name, value string, has bool) string {
	if !has {
		return name
	}
	if plain, err := url.QueryUnescape(value); err == nil && m.Text(plain) != plain {
		return name + "=" + secret.Redacted
	}
	return name + "=" + value
}

// URL is the URL for display.
func (m *Masker) URL(u *url.URL) string {
	if u == nil {
		return ""
	}
	out := u.Scheme + "://" + m.Text(u.Host) + m.Text(u.EscapedPath())
	if u.RawQuery != "" {
		out += "?" + m.Query(u.RawQuery)
	}
	return m.Display(out)
}

// Header gives header fields for display: names in lower case, repeated values
// joined by ", ", cookies and whatever names tell masked.
func (m *Masker) Header(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		value := strings.Join(values, ", ")
		switch {
		case value == "":
		case m.sensitive(name):
			value = secret.Redacted
		case strings.EqualFold(name, "Location") || strings.EqualFold(name, "Link") || strings.EqualFold(name, "Referer"):
			value = m.link(value)
		default:
			value = m.Display(value)
		}
		out[strings.ToLower(m.Display(name))] = value
	}
	return out
}

// link masks inside a header that holds a URL.
func (m *Masker) link(value string) string {
	if before, query, ok := strings.Cut(value, "?"); ok && !strings.ContainsAny(query, "<>,; ") {
		value = before + "?" + m.Query(query)
	}
	return m.Display(value)
}
