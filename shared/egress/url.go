package egress

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxURL bounds a URL's length; servers commonly stop at 8 KiB.
const maxURL = 16 << 10

// CheckURL judges a URL before it is stored or asked for: absolute http or
// https, no user information, a port for HTTP, and no host that names or spells
// an address the guard refuses. A name that passes is judged again, by its
// address, when it is dialled. Errors are EGRESS_BLOCKED.
func (g *Guard) CheckURL(u *url.URL) error {
	if u == nil || u.Opaque != "" || u.Host == "" {
		return badURL("The URL needs a scheme and a host: https://…")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return badURL("Only http and https URLs are allowed.")
	}
	if u.User != nil {
		return badURL("The URL must not hold a user name or password.")
	}
	if len(u.Host)+len(u.Path)+len(u.RawQuery) > maxURL {
		return badURL("The URL is too long.")
	}
	if err := checkPort(u); err != nil {
		return err
	}
	return g.checkHost(u.Hostname(), strings.HasPrefix(u.Host, "["))
}

func checkPort(u *url.URL) error {
	text := u.Port()
	if text == "" {
		if strings.HasSuffix(u.Host, ":") {
			return badURL("The URL's port is empty.")
		}
		return nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || !portAllowed(uint16(port)) {
		return badURL("The URL's port is not one for HTTP.")
	}
	return nil
}

// checkHost judges a host as it stands in a URL, without brackets.
func (g *Guard) checkHost(host string, bracketed bool) error {
	if bracketed {
		addr, err := netip.ParseAddr(host)
		if err != nil || addr.Zone() != "" {
			return badURL("The URL's address is not valid.")
		}
		return g.checkAddr(addr)
	}
	// The HTTP client applies the same mapping before it dials: full-width digits
	// and dots become plain ones.
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		// Real host names break the strict profile (an underscore, a hyphen in the
		// third place); those are plain ASCII and stay as they are.
		name = host
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !hostChars(name) {
		return badURL("The URL's host is not a valid name.")
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return g.checkAddr(addr)
	}
	if endsInNumber(name) {
		// "0x7f.1", "2130706433", "0177.0.0.1": an address to some resolvers, a name to others.
		return badURL("The URL's host is an address in an unusual form. Write it as four decimal numbers.")
	}
	if isLocalName(name) && !g.excepts(netip.AddrFrom4([4]byte{127, 0, 0, 1})) {
		return badURL("The URL names this machine, and this installation does not allow that.")
	}
	if isMetadataName(name) && !g.excepts(netip.AddrFrom4([4]byte{169, 254, 169, 254})) {
		return badURL("The URL names a cloud platform's metadata service.")
	}
	return nil
}

// hostChars allows what a host name is made of in practice (RFC 1123, and the
// underscore), and no empty label.
func hostChars(name string) bool {
	if name == "" || len(name) > 253 || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		return false
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return true
}

// endsInNumber is the URL standard's test for hosts that are IPv4 addresses in
// some spelling (url.spec.whatwg.org, "ends in a number checker").
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

func isLocalName(name string) bool {
	switch name {
	case "localhost", "localhost.localdomain", "localhost4", "localhost6", "localhost4.localdomain4",
		"localhost6.localdomain6", "ip6-localhost", "ip6-loopback", "broadcasthost":
		return true
	}
	return strings.HasSuffix(name, ".localhost")
}

func isMetadataName(name string) bool {
	switch name {
	case "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local":
		return true
	}
	return false
}

func badURL(detail string) error { return blocked(detail, fmt.Errorf("%w: %s", ErrURL, detail)) }

// Origin is the scheme, host and port that credentials are bound to, in one
// spelling: lower case, the default port left out, no trailing dot (RFC 6454).
func Origin(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}
