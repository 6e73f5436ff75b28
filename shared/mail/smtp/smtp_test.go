package smtp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/mailtest"
	"github.com/apiq/apiq/shared/mail/smtp"
	"github.com/apiq/apiq/shared/secret"
)

const from = "apiq@example.com"

// sender reaches the server under its name, as if it were far away.
func (s *server) sender(t *testing.T, url string) *smtp.Sender {
	t.Helper()
	sender, err := smtp.New(secret.New(url), from, &smtp.Options{
		TLS: &tls.Config{RootCAs: s.roots, ServerName: "mail.example", MinVersion: tls.VersionTLS12},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.addr)
		}})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func message() mail.Message {
	return mail.Message{ID: "msg_1", To: []string{"ada@example.com"}, Subject: "Hello", Text: "text"}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	mailtest.Run(t, mailtest.Harness{Open: func(t *testing.T) mailtest.Box {
		s := (&server{startTLS: true, user: "ada", password: "pa:ss@word"}).start(t)
		return mailtest.Box{Sender: s.sender(t, "smtp://ada:pa%3Ass%40word@mail.example"), Sent: func(*testing.T) []mail.Message { return s.seen() }}
	}})
}

func TestTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *server
		url    string
		sent   bool
		inTLS  bool
	}{
		"it changes to TLS":                {&server{startTLS: true}, "smtp://mail.example", true, true},
		"TLS from the first byte":          {&server{implicit: true}, "smtps://mail.example", true, true},
		"no TLS, far away":                 {&server{}, "smtp://mail.example", false, false},
		"no TLS where it must be":          {&server{}, "smtps://mail.example", false, false},
		"no TLS on loopback":               {&server{}, "smtp://127.0.0.1", true, false},
		"TLS on loopback, where there is":  {&server{startTLS: true}, "smtp://localhost", true, true},
		"a password, but TLS is held back": {&server{user: "ada", password: "x"}, "smtp://ada:x@mail.example", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.server.start(t)
			err := s.sender(t, c.url).Send(t.Context(), message())
			if (err == nil) != c.sent || err != nil && !errors.Is(err, mail.ErrUnavailable) || s.logins > 0 {
				t.Fatalf("%v, %d sign-ins", err, s.logins)
			}
			if c.sent && (len(s.seen()) != 1 || s.inTLS[0] != c.inTLS) {
				t.Errorf("%d sent, in TLS: %v", len(s.seen()), s.inTLS)
			}
		})
	}
	s := (&server{startTLS: true}).start(t)
	stranger, err := smtp.New(secret.New("smtp://mail.example"), from, &smtp.Options{TLS: &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "mail.example"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.addr)
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Send(t.Context(), message()); !errors.Is(err, mail.ErrUnavailable) || len(s.seen()) != 0 {
		t.Errorf("a certificate of nobody's: %v", err)
	}
}

// TestAnswers: 5yz is for good, but for the sign-in; 4yz and a cut pass.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb, answer string
		want         error
	}{
		"no such mailbox":   {"RCPT", "550 5.1.1 ada@example.com is nobody", mail.ErrRefused},
		"sender refused":    {"MAIL", "553 5.7.1 not you", mail.ErrRefused},
		"mailbox busy":      {"RCPT", "450 4.2.1 ada@example.com is busy", mail.ErrUnavailable},
		"too much at once":  {"MAIL", "421 4.7.0 later", mail.ErrUnavailable},
		"message refused":   {"DATA", "554 5.7.1 spam", mail.ErrRefused},
		"cut":               {"DATA", "hang up", mail.ErrUnavailable},
		"wrong password":    {"AUTH", "535 5.7.8 no", mail.ErrUnavailable},
		"no greeting at it": {"EHLO", "hang up", mail.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := (&server{startTLS: true, user: "ada", password: "canary", answer: func(verb string) string {
				if verb == c.verb {
					return c.answer
				}
				return ""
			}}).start(t)
			err := s.sender(t, "smtp://ada:canary@mail.example").Send(t.Context(), message())
			if !errors.Is(err, c.want) || len(s.seen()) != 0 {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, "ada@example.com") {
				t.Errorf("it tells too much: %s", text)
			}
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	gone, err := smtp.New(secret.New("smtp://"+addr), from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Send(t.Context(), message()); !errors.Is(err, mail.ErrUnavailable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestNewRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mail.example", "http://canary@mail.example", "smtp://", "smtp://:canary@", "smtp://mail.example:99999", "smtp://mail.example/canary", "smtp://mail.example?canary", "smtp://%zz:canary@x"} {
		if _, err := smtp.New(secret.New(url), from, nil); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := smtp.New(secret.New("smtp://mail.example"), "nobody", nil); err == nil {
		t.Error("from nobody")
	}
	s, err := smtp.New(secret.New("smtp://ada:canary@mail.example"), from, nil)
	if err != nil || strings.Contains(fmt.Sprintf("%v", err), "canary") || s == nil {
		t.Error(err)
	}
}
