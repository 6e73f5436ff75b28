package egress_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/egress"
)

// specialAddresses are the addresses no API of a tenant lives at: IANA's special
// purpose registries, cloud metadata, and IPv4 hidden in IPv6.
func specialAddresses() []string {
	v4 := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
		"127.0.0.1", "127.0.1.1", "127.1.1.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2",
		"169.254.170.23", "172.16.0.1", "172.17.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
		"192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
	}
	all := append([]string{}, v4...)
	for _, a := range v4 {
		b := netip.MustParseAddr(a).As4()
		hi, lo := uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3])
		all = append(all,
			fmt.Sprintf("::ffff:%x:%x", hi, lo),     // mapped
			fmt.Sprintf("::ffff:0:%x:%x", hi, lo),   // translated, RFC 2765
			fmt.Sprintf("::%x:%x", hi, lo),          // compatible, deprecated
			fmt.Sprintf("64:ff9b::%x:%x", hi, lo),   // NAT64
			fmt.Sprintf("64:ff9b:1::%x:%x", hi, lo), // local NAT64
			fmt.Sprintf("2002:%x:%x::1", hi, lo),    // 6to4
			fmt.Sprintf("2001:0:%x:%x::1", hi, lo),  // Teredo server
			fmt.Sprintf("fe80::5efe:%x:%x", hi, lo)) // ISATAP
	}
	return append(all, "::", "::1", "100::1", "2001:db8::1", "2001:10::1", "2001:20::1", "2001:2::1", "3fff::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "fd20:ce::254")
}

func TestSSRFAddressesAreNotDialled(t *testing.T) {
	t.Parallel()
	g := egress.New(nil)
	n := 0
	for _, addr := range specialAddresses() {
		for _, network := range []string{"tcp4", "tcp6"} {
			n++
			wantBlocked(t, g.Control(network, netip.AddrPortFrom(netip.MustParseAddr(addr), 443).String(), nil), network+" "+addr)
		}
		host := addr
		if strings.Contains(addr, ":") {
			host = "[" + addr + "]"
		}
		n++
		wantBlocked(t, g.CheckURL(mustURL(t, "https://"+host+"/openapi.json")), "URL of "+addr)
	}
	for _, address := range []string{"[fe80::1%eth0]:80", "[2606:4700::1%lo]:80", "", "example.com:80", "1.1.1.1", "1.1.1.1:0", "1.1.1.1:22",
		"1.1.1.1:25", "1.1.1.1:6379", "1.1.1.1:99999", "[::1", "127.1:80"} {
		n++
		wantBlocked(t, g.Control("tcp4", address, nil), address)
	}
	for _, network := range []string{"udp", "udp4", "unix", "ip4", ""} {
		n++
		wantBlocked(t, g.Control(network, "1.1.1.1:443", nil), network)
	}
	if n < 200 {
		t.Fatalf("only %d payloads", n)
	}
}

func TestSSRFURLsAreRefused(t *testing.T) {
	t.Parallel()
	g := egress.New(nil)
	hosts := []string{
		"localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "localhost6",
		"127.0.0.1.", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "0X7F000001", "2130706433", "017700000001", "0",
		"00000177.0.0.1", "127.0.0.0x1", "0x7f.1", "127.000.000.001", "10.1", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
		"0xa9.0xfe.0xa9.0xfe", "425.510.425.510", "7147006462", "256.256.256.256", "1.2.3.4.5", "foo.1", "foo.0x1", "0x",
		"①②⑦.⓪.⓪.①", "127。0。0。1", "127.0.0.1", "⑯⑨。②⑤④。⑯⑨。②⑤④", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]",
		"[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "[::1]", "[::]", "[0000::1]", "[fe80::1%25eth0]", "[::ffff:a9fe:a9fe]",
		"metadata", "metadata.google.internal", "METADATA.google.internal.", "instance-data", "metadata.goog", "kubernetes.default.svc",
		"1.1.1.1:0", "1.1.1.1:22", "1.1.1.1:25", "1.1.1.1:6379", "1.1.1.1:11211", "1.1.1.1:", "example.com:6667",
		"example.com..", ".example.com", "a..b", "exa_mple.com:99999", "user@127.0.0.1", "user:pass@example.com", "example.com@127.0.0.1", ":@example.com",
		"127.0.0.1%2f.example.com", "127.0.0.1%00.example.com", "127.0.0.1%09", "127.0.0.1%20.example.com", "",
	}
	raw := []string{"file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/", "ftp://example.com/", "data:text/plain,x",
		"http:127.0.0.1", "http:///x", "//127.0.0.1/", "/etc/passwd", "", "javascript:alert(1)", "ws://example.com", "unix:///var/run/docker.sock",
		"jar:http://127.0.0.1!/", "netdoc:///etc/passwd", "ldap://127.0.0.1/", "example.com", "https:example.com", "https://" + strings.Repeat("a", 300) + ".com",
		"https://example.com/" + strings.Repeat("a", 17<<10)}
	for _, h := range hosts {
		raw = append(raw, "http://"+h+"/x", "https://"+h)
	}
	n := 0
	for _, s := range raw {
		n++
		u, err := url.Parse(s)
		if err != nil {
			continue // never becomes a request
		}
		wantBlocked(t, g.CheckURL(u), s)
	}
	if n < 150 {
		t.Fatalf("only %d payloads", n)
	}
	wantBlocked(t, g.CheckURL(nil), "nil")
}

func TestPublicIsAllowed(t *testing.T) {
	t.Parallel()
	g := egress.New(nil)
	for _, address := range []string{"1.1.1.1:443", "[2606:4700:4700::1111]:443", "140.82.112.3:8443", "168.63.129.17:80"} {
		if err := g.Control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, s := range []string{"https://api.github.com/x?y#z", "http://a_b.example.com:8080", "https://API.Example.COM.", "https://bücher.example", "https://r3---sn.example.com",
		"https://1.1.1.1", "https://[2606:4700:4700::1111]:8443/", "https://0x.example", "https://1.example.com"} {
		if err := g.CheckURL(mustURL(t, s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestAllowExceptsExactlyItsPrefixes(t *testing.T) {
	t.Parallel()
	g := egress.New(&egress.Options{Allow: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::ffff:10.1.0.0/112"), netip.MustParsePrefix("fd00:1::/32")}})
	for _, address := range []string{"127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", "10.1.2.3:80", "[fd00:1::5]:80"} {
		if err := g.Control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := g.CheckURL(mustURL(t, "http://localhost:8080/")); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"[::1]:8080", "10.2.0.1:80", "[fd00:2::5]:80", "169.254.169.254:80", "127.0.0.1:22"} {
		wantBlocked(t, g.Control("tcp4", address, nil), address)
	}
	wantBlocked(t, g.CheckURL(mustURL(t, "http://0x7f000001/")), "an unusual form of an allowed address")
	wantBlocked(t, g.CheckURL(mustURL(t, "http://metadata.google.internal/")), "metadata")
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://API.example.com:443/x": "https://api.example.com", "http://a:80": "http://a", "http://a:443": "http://a:443",
		"https://a.:8443/": "https://a:8443", "http://[::1]:8080/": "http://[::1]:8080",
	} {
		if got := egress.Origin(mustURL(t, in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzSSRFCheckURL(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1", "https://a.example", "http://①.⓪.⓪.①/", "http://[::1%25x]/", "http://0x7f.1"} {
		f.Add(s)
	}
	g := egress.New(nil)
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil || g.CheckURL(u) != nil {
			return
		}
		if addr, err := netip.ParseAddr(strings.TrimSuffix(u.Hostname(), ".")); err == nil &&
			(addr.Unmap().IsLoopback() || addr.Unmap().IsPrivate() || addr.Unmap().IsLinkLocalUnicast() || addr.Unmap().IsUnspecified()) {
			t.Fatalf("%q passed", s)
		}
		if u.User != nil || strings.EqualFold(u.Hostname(), "localhost") {
			t.Fatalf("%q passed", s)
		}
	})
}

func wantBlocked(t *testing.T, err error, what string) {
	t.Helper()
	if apierr.CodeOf(err) != apierr.EgressBlocked {
		t.Errorf("%q was not blocked: %v", what, err)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
