// Package smtp is the mail.Sender over a mail server of the operator's, by SMTP (RFC
// 5321). It keeps nothing, and no connection between messages.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/secret"
)

// headerID carries a message's ID.
const headerID = "X-Apiq-Message-Id"

// Ports where the URL names none: submission, and submission over TLS (RFC 8314).
const (
	portStartTLS = 587
	portTLS      = 465
)

// Options of a Sender.
type Options struct {
	// Timeout bounds one message, from dialling on. Defaults to 20 seconds.
	Timeout time.Duration
	// Roots and names that the server's certificate is judged by. Defaults to the
	// system's and the URL's host.
	TLS *tls.Config
	// Dial opens the connection. Defaults to net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Sender is a mail.Sender.
type Sender struct {
	host    string
	from    string
	options []gomail.Option
	timeout time.Duration
}

var _ mail.Sender = (*Sender)(nil)

// New returns a Sender of mail from an address, through the server that a URL names:
// smtp://user:password@host:port begins in the clear and must change to TLS before
// anything is said (STARTTLS), unless the host is a loopback address; smtps:// is TLS
// from its first byte. Errors never quote the URL.
func New(server secret.Secret, from string, opts *Options) (*Sender, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	if !mail.IsAddress(from) {
		return nil, errors.New("smtp: the sender is not an address")
	}
	u, err := url.Parse(server.Reveal())
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return nil, errors.New("smtp: the server must be smtp://user:password@host:port, or smtps://")
	}
	s := &Sender{host: u.Hostname(), from: from, timeout: o.Timeout}
	port := portStartTLS
	policy := gomail.TLSMandatory
	switch {
	case u.Scheme == "smtps":
		port, s.options = portTLS, append(s.options, gomail.WithSSL())
	case isLoopback(u.Hostname()):
		policy = gomail.TLSOpportunistic
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, errors.New("smtp: the port is none")
		}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	s.options = append(s.options, gomail.WithPort(port), gomail.WithTLSPolicy(policy), gomail.WithTimeout(o.Timeout), gomail.WithTLSConfig(config), gomail.WithoutNoop())
	if dial := o.Dial; dial != nil {
		if u.Scheme == "smtps" { // the client leaves TLS to a dialler that is not its own
			dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				plain, err := o.Dial(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return tls.Client(plain, config), nil
			}
		}
		s.options = append(s.options, gomail.WithDialContextFunc(dial))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := s.client(); err != nil {
		return nil, errors.New("smtp: the server's settings do not fit together")
	}
	return s, nil
}

func (s *Sender) client() (*gomail.Client, error) { return gomail.NewClient(s.host, s.options...) }

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Send hands a message to the server, over a connection of its own.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	msg, err := s.compose(m)
	if err != nil {
		return fmt.Errorf("smtp: %w: the message cannot be composed", mail.ErrInvalid)
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	sending, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(sending, msg); err != nil {
		return name(ctx, err)
	}
	return nil
}

func (s *Sender) compose(m mail.Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.from); err != nil {
		return nil, err
	}
	if err := msg.To(m.To...); err != nil {
		return nil, err
	}
	// Encoded already: what only looks like an encoded word must not be decoded.
	msg.SetGenHeaderPreformatted(gomail.HeaderSubject, mail.EncodeSubject(m.Subject))
	if m.ID != "" {
		msg.SetGenHeader(headerID, m.ID)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// name gives an error one of the port's names. Refused is what the server says of the
// message or its addresses for good (RFC 5321, 4.2.1: 5yz). All else may pass, a wrong
// password too: it is the operator's to mend. Addresses are left out: errors are logged.
func name(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return fmt.Errorf("smtp: %w: %w", mail.ErrUnavailable, err)
	}
	code := failed.ErrorCode()
	if code >= 500 && code < 600 && !failed.IsTemp() {
		return fmt.Errorf("smtp: %w: %s, code %d", mail.ErrRefused, failed.Reason, code)
	}
	return fmt.Errorf("smtp: %w: %s, code %d", mail.ErrUnavailable, failed.Reason, code)
}
