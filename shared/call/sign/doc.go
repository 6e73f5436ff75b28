// Package sign owns signatures of requests: AWS's Signature Version 4, and the many
// schemes in which an API wants an HMAC over parts of the request, described as data.
// It never sends, never decides where a credential may go, and keeps nothing.
package sign

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds what is read of a body to sign it; requests are built far below it.
const maxBody = 64 << 20

// bodyOf reads a request's body without using it up.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	if req.GetBody == nil {
		return nil, fmt.Errorf("sign: the body can be read only once")
	}
	r, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("sign: read the body: %w", err)
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("sign: read the body: %w", err)
	case len(body) > maxBody:
		return nil, fmt.Errorf("sign: the body has more than %d bytes", maxBody)
	}
	return body, nil
}

// SetQuery sets a query parameter, at the end, and leaves the rest of the query as it
// is: a link to the next page may hold the credential already.
func SetQuery(raw, name, value string) string {
	return strings.Join(append(without(raw, name), url.QueryEscape(name)+"="+url.QueryEscape(value)), "&")
}

// without is the parts of a query but those of one name.
func without(raw, name string) []string {
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		key, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(key); part != "" && (err != nil || plain != name) {
			kept = append(kept, part)
		}
	}
	return kept
}
