package smtp_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

// server is a mail server on loopback: what a submission server says and demands.
type server struct {
	addr     string
	cert     tls.Certificate
	roots    *x509.CertPool
	startTLS bool
	implicit bool
	// user and password are demanded where there are any.
	user, password string
	// answer replaces the answer to a verb, "" for its own; "hang up" ends the connection.
	answer func(verb string) string

	mu     sync.Mutex
	sent   []mail.Message
	inTLS  []bool
	logins int
}

func (s *server) start(t *testing.T) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shape := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"mail.example"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.cert, s.roots = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, x509.NewCertPool()
	s.roots.AddCert(leaf)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return s
}

func (s *server) seen() []mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mail.Message(nil), s.sent...)
}

func (s *server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	secure, known := s.implicit, s.user == ""
	if s.implicit {
		c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}})
	}
	r := textproto.NewReader(bufio.NewReader(c))
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	say("220 mail.example ESMTP")
	var to []string
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if s.answer != nil {
			switch a := s.answer(verb); a {
			case "":
			case "hang up":
				return
			default:
				say("%s", a)
				continue
			}
		}
		switch {
		case verb == "EHLO":
			say("250-mail.example")
			if s.startTLS && !secure {
				say("250-STARTTLS")
			}
			if s.user != "" && secure {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250 8BITMIME")
		case verb == "STARTTLS" && s.startTLS && !secure:
			say("220 go ahead")
			c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			r, secure = textproto.NewReader(bufio.NewReader(c)), true
		case verb == "AUTH":
			kind, encoded, _ := strings.Cut(rest, " ")
			raw, _ := base64.StdEncoding.DecodeString(encoded)
			if kind != "PLAIN" || string(raw) != "\x00"+s.user+"\x00"+s.password {
				say("535 5.7.8 no")
				continue
			}
			s.mu.Lock()
			s.logins++
			s.mu.Unlock()
			known = true
			say("235 welcome")
		case !known && (verb == "MAIL" || verb == "RCPT" || verb == "DATA"):
			say("530 5.7.0 who are you")
		case verb == "MAIL":
			to = nil
			say("250 ok")
		case verb == "RCPT":
			to = append(to, strings.Trim(strings.TrimPrefix(strings.ToUpper(rest[:3])+rest[3:], "TO:"), "<> "))
			say("250 ok")
		case verb == "DATA":
			say("354 go ahead")
			raw, err := io.ReadAll(r.DotReader())
			if err != nil {
				return
			}
			m, err := parse(string(raw), to)
			if err != nil {
				say("554 5.6.0 %v", err)
				continue
			}
			s.mu.Lock()
			s.sent, s.inTLS = append(s.sent, m), append(s.inTLS, secure)
			s.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		case verb == "RSET" || verb == "NOOP":
			say("250 ok")
		default:
			say("502 5.5.1 no such thing")
		}
	}
}

// parse reads a message back; its recipients are the envelope's.
func parse(raw string, to []string) (mail.Message, error) {
	in, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return mail.Message{}, err
	}
	m := mail.Message{ID: in.Header.Get("X-Apiq-Message-Id"), To: to}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(in.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	if kind == "text/plain" {
		text, err := io.ReadAll(quotedprintable.NewReader(in.Body))
		m.Text = string(text)
		return m, err
	}
	parts := multipart.NewReader(in.Body, params["boundary"])
	for _, into := range []*string{&m.Text, &m.HTML} {
		p, err := parts.NextPart()
		if err != nil {
			return m, err
		}
		text, err := io.ReadAll(p)
		if err != nil {
			return m, err
		}
		*into = string(text)
	}
	return m, nil
}
