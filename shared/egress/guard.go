// Package egress owns the one guard that every outbound connection of the
// product passes: which addresses may be dialled, which URLs may be asked for,
// and how redirects are followed. It never interprets what is fetched, and
// nothing in it knows of specs, connections or credentials.
//
// Names are judged when they are dialled, not when they are looked up: the check
// sits in net.Dialer.Control, so that a name which resolves to another address
// the second time (DNS rebinding) gains nothing.
package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/apiq/apiq/shared/apierr"
)

// Causes of a refusal, inside the EGRESS_BLOCKED error that callers see.
var (
	// ErrAddress: the address is not one of the public internet, nor excepted.
	ErrAddress = errors.New("egress: address not allowed")
	// ErrURL: the URL has a form that is never asked for.
	ErrURL = errors.New("egress: URL not allowed")
)

// Options of a Guard.
type Options struct {
	// Allow lists the prefixes excepted from the guard, IPv4 or IPv6. The one who
	// runs the product decides (APIQ_EGRESS_ALLOW); a tenant never does. Defaults to none.
	Allow []netip.Prefix
	// MaxRedirects is how many redirects Do follows. Defaults to 5; negative means none.
	MaxRedirects int
	// DialTimeout bounds name look-up and TCP connect together. Defaults to 5 s.
	DialTimeout time.Duration
	// TLSTimeout bounds the TLS handshake. Defaults to 5 s.
	TLSTimeout time.Duration
	// HeaderTimeout bounds the wait between the request sent and the answer's
	// header. Defaults to 30 s.
	HeaderTimeout time.Duration
	// MaxHeaderBytes bounds the answer's header. Defaults to 256 KiB.
	MaxHeaderBytes int64
}

// Guard decides what may be reached. It is safe for concurrent use.
type Guard struct {
	ips   *ssrf.Guardian
	allow []netip.Prefix
	opts  Options
}

// azureWireServer is the platform address of Azure machines: it gives out
// credentials like 169.254.169.254 does, but lies in public address space.
const azureWireServer = "168.63.129.16/32"

// New returns a Guard. Nil options mean: the public internet only.
func New(opts *Options) *Guard {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	o.defaults()
	g := &Guard{opts: o}
	var v4, v6 []netip.Prefix
	for _, p := range o.Allow {
		p, ok := canonicalPrefix(p)
		if !ok {
			continue
		}
		g.allow = append(g.allow, p)
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	g.ips = ssrf.New(
		ssrf.WithAnyPort(), // ports are judged by portAllowed
		ssrf.WithAllowedV4Prefixes(v4...),
		ssrf.WithAllowedV6Prefixes(v6...),
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix(azureWireServer)),
	)
	return g
}

func (o *Options) defaults() {
	setDefault(&o.MaxRedirects, 5)
	setDefault(&o.DialTimeout, 5*time.Second)
	setDefault(&o.TLSTimeout, 5*time.Second)
	setDefault(&o.HeaderTimeout, 30*time.Second)
	setDefault(&o.MaxHeaderBytes, 256<<10)
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// canonicalPrefix turns an IPv4-mapped prefix into its IPv4 form, because
// addresses are compared unmapped.
func canonicalPrefix(p netip.Prefix) (netip.Prefix, bool) {
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	return p, p.IsValid()
}

// Control is for net.Dialer.Control: it sees the address that is about to be
// dialled, after name look-up, and refuses with EGRESS_BLOCKED.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" && network != "tcp" {
		return blocked("Only TCP connections are allowed.", fmt.Errorf("%w: network %q", ErrAddress, network))
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return blocked("The address is not valid.", fmt.Errorf("%w: %q: %w", ErrAddress, address, err))
	}
	if !portAllowed(ap.Port()) {
		return blocked(fmt.Sprintf("Port %d is not one for HTTP.", ap.Port()), fmt.Errorf("%w: %s", ErrAddress, ap))
	}
	return g.checkAddr(ap.Addr())
}

// checkAddr judges one IP address.
func (g *Guard) checkAddr(addr netip.Addr) error {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Zone() != "" {
		return blocked("The address is not valid.", fmt.Errorf("%w: %s", ErrAddress, addr))
	}
	if err := g.ips.SafeAddr(addr); err != nil {
		return blocked("The address is private, local or reserved, and this installation does not allow it.",
			fmt.Errorf("%w: %w", ErrAddress, err))
	}
	return nil
}

// excepts says whether the operator excepted the address from the guard.
func (g *Guard) excepts(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// blocked makes the public error; the cause, which names the address, is for logs.
func blocked(detail string, cause error) error {
	return apierr.Wrap(apierr.EgressBlocked, detail, cause)
}
