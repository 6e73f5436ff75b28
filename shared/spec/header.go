package spec

import (
	"net/textproto"
	"slices"
	"strings"
)

// Ignored says that the parameter is a header of which its declaration says nothing:
// the body, the answer's types and the credential decide (OpenAPI 3.1, Parameter
// Object, "name").
func (p Parameter) Ignored() bool {
	return p.In == "header" && anyFold(p.Name, "Accept", "Content-Type", "Authorization")
}

// Automatic says that the parameter is a header that every request has, so that
// nobody need be asked for it though it be required: those of Ignored, those that
// follow from the request's target and body, Accept-Encoding, and User-Agent, which
// may be set to another.
func (p Parameter) Automatic() bool {
	return p.Ignored() || p.In == "header" && anyFold(p.Name, "Host", "Content-Length", "User-Agent", "Accept-Encoding")
}

// ReservedHeader names the headers that belong to the connection's credential, to
// routing and to framing (RFC 9110 section 7, RFC 9112 section 6): no call sets them,
// and no check lets a plan through that would.
func ReservedHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Host", "Authorization", "Cookie", "Cookie2", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
		"Upgrade", "Te", "Trailer", "Expect", "Http2-Settings", "Content-Encoding", "Accept-Encoding",
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip",
		"X-Http-Method", "X-Http-Method-Override", "X-Method-Override":
		return true
	}
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "proxy-") || strings.HasPrefix(lower, "sec-")
}

func anyFold(name string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
