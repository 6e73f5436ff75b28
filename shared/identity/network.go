package identity

import "net/netip"

// Network is whom an address is counted as: with IPv6 one subscriber has a whole
// /64 to send from.
func Network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}
