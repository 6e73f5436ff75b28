package gallery

import (
	"net/url"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/connection"
)

// Fits says whether a connection is of this API, by what its record tells: the
// document's title, or the host that it calls. Whether the document has the
// operations is checked when the template is used.
func (a API) Fits(c connection.Connection) bool {
	if c.Status != connection.StatusActive {
		return false
	}
	if slices.ContainsFunc(a.Titles, func(title string) bool { return strings.EqualFold(title, c.Title) }) {
		return true
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return slices.ContainsFunc(a.Hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}
