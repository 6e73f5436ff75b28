package dns_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/dns"
	"github.com/apiq/apiq/shared/dns/dnstest"
)

// TestLookupTXT: what is there, what is not, and a server that says nothing are told
// apart: nobody may lose a domain over the last.
func TestLookupTXT(t *testing.T) {
	t.Parallel()
	server := dnstest.New(t)
	r := dns.New(&dns.Options{Server: server.Addr(), Time: 2 * time.Second})
	long := strings.Repeat("x", 300)
	server.Set("_a.example.com", "one", long)
	server.Set("_none.example.com")
	got, err := r.LookupTXT(t.Context(), "_A.example.com.")
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{"one", long}) {
		t.Errorf("%q, %v", got, err)
	}
	for name, missing := range map[string]bool{"_b.example.com.": true, "_none.example.com.": true} {
		var fault *net.DNSError
		if got, err := r.LookupTXT(t.Context(), name); !errors.As(err, &fault) || fault.IsNotFound != missing {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	server.Down(true)
	var fault *net.DNSError
	if got, err := r.LookupTXT(t.Context(), "_a.example.com."); !errors.As(err, &fault) || fault.IsNotFound {
		t.Errorf("down: %q, %v", got, err)
	}
}
