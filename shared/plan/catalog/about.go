package catalog

import (
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

const maxAbout = 1500

// about are the stems of an API's title, of the beginning of its description, and of
// the names of its first servers.
func about(info spec.Info) map[string]bool {
	text := info.Title + " " + info.Description[:min(len(info.Description), maxAbout)]
	out := map[string]bool{}
	for i, s := range info.Servers {
		if i == 3 {
			break
		}
		if u, err := url.Parse(s.URL); err == nil {
			text += " " + u.Hostname()
		}
	}
	for _, stem := range Stems(strings.ToValidUTF8(text, "")) {
		out[stem] = true
	}
	return out
}
