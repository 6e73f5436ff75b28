// Package dns asks the domain name system for text records, within a time of its own.
// It keeps nothing: a record that was put there a moment ago is to be seen.
package dns

import (
	"context"
	"net"
	"time"
)

// Options of a Resolver.
type Options struct {
	// Server is asked in place of the machine's own, by host and port. Defaults to "".
	Server string
	// Time bounds one look-up. Defaults to five seconds.
	Time time.Duration
}

// Resolver asks a server that follows names to their end, as the machine's own does.
type Resolver struct {
	net  net.Resolver
	time time.Duration
}

// New makes a Resolver; it asks nothing.
func New(o *Options) *Resolver {
	r := &Resolver{time: 5 * time.Second}
	if o == nil {
		return r
	}
	if o.Time > 0 {
		r.time = o.Time
	}
	if o.Server != "" {
		r.net = net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, o.Server)
		}}
	}
	return r
}

// LookupTXT gives the text records of a name, each with its parts joined. A name
// without any is a net.DNSError that IsNotFound.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.time)
	defer cancel()
	return r.net.LookupTXT(ctx, name)
}
