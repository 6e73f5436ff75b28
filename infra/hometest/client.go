package hometest

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// callers numbers the source addresses of a process's test clients.
//
//nolint:gochecknoglobals // an address is a thing of the whole process
var callers atomic.Uint32

// newClient makes the client of one person. Each comes from an address of its
// own where the system lets a process choose one (Linux: all of 127/8 is
// loopback): homes count who is not signed in by address, and the people of a
// whole suite at one address would be too many. It follows no redirect.
func newClient(t testing.TB) *http.Client {
	t.Helper()
	n := callers.Add(1)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 66+byte(n>>16), byte(n>>8), byte(n))}}
	if probe, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", dialer.LocalAddr.String()); err != nil {
		dialer.LocalAddr = nil
	} else if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 8, DisableCompression: true,
		ExpectContinueTimeout: longestWait} // bodies that are refused by their length are never sent
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
