package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"strings"
	"time"
)

const dripEvery = 50 * time.Millisecond

// rogues are the servers that misbehave, each with what must become of runs.
func rogues() []row {
	bomb := "Content-Encoding: gzip"
	nobodys := httptest.NewUnstartedServer(nil)
	nobodys.StartTLS() // it makes the certificate
	nobodys.Close()
	packed := gzipped(strings.Repeat(" ", 64<<20))
	cut, late := apart(network, unknown), apart(timedOut, unknown)
	// The header said 2xx: the effect is there, whatever the body is.
	large := all(tooLarge)
	return []row{
		{name: "slow header, byte by byte", ends: late, rogue: func(s *session) {
			s.request()
			s.drip(slowHeader(), dripEvery)
		}},
		{name: "endless header", ends: cut, heavy: true, rogue: func(s *session) {
			s.request()
			s.send("HTTP/1.1 200 OK\r\n")
			s.pour("X-More: " + strings.Repeat("more ", 200) + "\r\n")
		}},
		{name: "endless body", ends: large, heavy: true, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Transfer-Encoding: chunked"))
			s.pour("10000\r\n" + strings.Repeat("[", 0x10000) + "\r\n")
		}},
		{name: "slow body, byte by byte", ends: late, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 1000000"))
			s.drip("[", dripEvery)
		}},
		{name: "length too long, closed", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 1000") + s.thing())
		}},
		{name: "length too long, silent", ends: late, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 1000") + s.thing())
			s.hang()
		}},
		// What is read is not JSON, which is noted; what is left over is nobody's answer.
		{name: "length too short, kept open", ends: all(completed), problems: true, rogue: func(s *session) {
			for s.request() {
				s.send(head("200 OK", "Content-Length: 6") + s.thing())
			}
		}},
		{name: "two lengths", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 6", "Content-Length: 7") + s.thing())
		}},
		{name: "gzip bomb", ends: large, heavy: true, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", bomb, fmt.Sprintf("Content-Length: %d", len(packed))) + packed)
		}},
		{name: "gzip that is none", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", bomb, "Content-Length: 4") + "none")
		}},
		{name: "gzip, cut", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", bomb, "Connection: close") + packed[:len(packed)/10])
		}},
		{name: "10 MB of numbers", ends: large, heavy: true, rogue: func(s *session) {
			s.request()
			body := "[" + strings.Repeat("1,", 5<<20-2) + "1]"
			s.send(head("200 OK", fmt.Sprintf("Content-Length: %d", len(body))) + body)
		}},
		{name: "redirects in a circle", ends: cut, hops: 6, rogue: func(s *session) {
			s.request()
			s.send(head("307 Temporary Redirect", "Location: "+s.path, "Content-Length: 0"))
		}},
		{name: "redirects without end", ends: cut, hops: 6, rogue: func(s *session) {
			s.request()
			s.send(head("307 Temporary Redirect", "Location: "+s.path+"?"+strings.Repeat("x", len(s.path)), "Content-Length: 0"))
		}},
		// So early that it can come before the connection counts as made: then nothing was sent.
		{name: "reset before the request", ends: ends{repeatable: []string{network}, unsafe: []string{unknown, network}}, rogue: func(s *session) { s.reset() }},
		{name: "reset after the request", ends: cut, rogue: func(s *session) { s.request(); s.reset() }},
		{name: "reset in the answer", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 1000") + s.thing())
			s.reset()
		}},
		{name: "half-closed, no answer", ends: cut, rogue: func(s *session) {
			s.request()
			_ = s.CloseWrite()
			s.hang()
		}},
		{name: "half-closed in the answer", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Transfer-Encoding: chunked") + "5\r\n[1,2,\r\n")
			_ = s.CloseWrite()
			s.hang()
		}},
		{name: "bad chunk", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Transfer-Encoding: chunked") + "5\r\n[1,2,\r\nfive\r\n3,4,5\r\n0\r\n\r\n")
		}},
		{name: "chunk with an endless size", ends: cut, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Transfer-Encoding: chunked"))
			s.pour(strings.Repeat("0", 1<<10))
		}},
		{name: "nonsense for TLS", ends: all(network), tls: true, rogue: func(s *session) { s.send("220 smtp.example.com ESMTP\r\n"); s.hang() }},
		{name: "silence for TLS", ends: all(timedOut), tls: true, rogue: (*session).hang},
		{name: "a certificate of nobody's", ends: all(network), tls: true, rogue: func(s *session) {
			if tls.Server(s, &tls.Config{Certificates: nobodys.TLS.Certificates, MinVersion: tls.VersionTLS12}).Handshake() == nil {
				s.hang()
			}
		}},
		{name: "closed for TLS", ends: all(network), tls: true, rogue: func(s *session) {}},
		{name: "100 Continue without end", ends: cut, rogue: func(s *session) {
			s.request()
			s.pour("HTTP/1.1 100 Continue\r\n\r\n")
		}},
		{name: "100 Continue, then nothing", ends: late, rogue: func(s *session) {
			s.request()
			s.send("HTTP/1.1 100 Continue\r\n\r\n")
			s.hang()
		}},
		{name: "103 now and then", ends: late, rogue: func(s *session) {
			s.request()
			for wait(s.ctx, dripEvery) == nil && s.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {
			}
		}},
		{name: "100 before the answer", ends: all(completed), rogue: func(s *session) {
			s.request()
			s.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + head("200 OK", fmt.Sprintf("Content-Length: %d", len(s.thing()))) + s.thing())
		}},
		{name: "101 that nobody asked for", ends: cut, rogue: func(s *session) {
			s.request()
			s.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chaos\r\nConnection: Upgrade\r\n\r\n")
			s.hang()
		}},
		{name: "no HTTP at all", ends: cut, rogue: func(s *session) {
			s.request()
			s.send("ICY 200 OK\r\n\r\n" + s.thing())
		}},
		{name: "reads nothing", ends: late, rogue: func(s *session) { _ = wait(s.ctx, time.Minute) }},
	}
}

// slowHeader takes minutes at dripEvery.
func slowHeader() string { return head("200 OK", "X-Slow: "+strings.Repeat("slow", 1<<10)) }

// gzipped packs a text.
func gzipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text)) // a buffer takes all
	_ = w.Close()
	return out.String()
}
