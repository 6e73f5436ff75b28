package ses_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	stand "github.com/apiq/apiq/infra/awstest/mail"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/mailtest"
	"github.com/apiq/apiq/shared/mail/ses"
)

const (
	from     = "apiq@example.com"
	attempts = 3
)

// client is a real client of a stand-in, that waits no seconds between attempts.
func client(endpoint string) *sesv2.Client {
	return sesv2.New(sesv2.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, time.Millisecond
		}),
	})
}

func message() mail.Message {
	return mail.Message{ID: "inv_1", To: []string{"ada@example.com"}, Subject: "Hello", Text: "text"}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	mailtest.Run(t, mailtest.Harness{Open: func(t *testing.T) mailtest.Box {
		server := stand.New(&stand.Options{Verified: []string{"example.com"}, Sandbox: true})
		return mailtest.Box{Sender: ses.New(client(server.Start(t)), from, nil), Sent: func(*testing.T) []mail.Message {
			var all []mail.Message
			for _, e := range server.Sent() {
				all = append(all, mail.Message{ID: e.Headers["X-Apiq-Message-Id"], To: e.To, Subject: e.Subject, Text: e.Text, HTML: e.HTML})
			}
			return all
		}}
	}})
}

func TestRequest(t *testing.T) {
	t.Parallel()
	server := stand.New(&stand.Options{Verified: []string{from}, ConfigurationSets: []string{"apiq"}})
	s := ses.New(client(server.Start(t)), from, &ses.Options{ConfigurationSet: "apiq"})
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if sent := server.Sent(); len(sent) != 1 || sent[0].From != from || sent[0].ConfigurationSet != "apiq" || sent[0].HTML != "" {
		t.Errorf("%+v", sent)
	}
}

// TestRefused: SES will not take the message, however often it is asked.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server stand.Options
		sender ses.Options
	}{
		"sender not verified":    {stand.Options{Verified: []string{"eve@example.com"}}, ses.Options{}},
		"recipient in a sandbox": {stand.Options{Verified: []string{from}, Sandbox: true}, ses.Options{}},
		"too large":              {stand.Options{Verified: []string{from}, MaxBytes: 5}, ses.Options{}},
		"no such set":            {stand.Options{Verified: []string{from}}, ses.Options{ConfigurationSet: "none"}},
		"suspended":              {stand.Options{Fault: always(stand.Fault{Status: 400, Code: "AccountSuspendedException"})}, ses.Options{}},
		"domain not verified":    {stand.Options{Fault: always(stand.Fault{Status: 400, Code: "MailFromDomainNotVerifiedException"})}, ses.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			var mu sync.Mutex
			fault := c.server.Fault
			c.server.Fault = func() stand.Fault {
				mu.Lock()
				defer mu.Unlock()
				requests++
				if fault == nil {
					return stand.Fault{}
				}
				return fault()
			}
			server := stand.New(&c.server)
			err := ses.New(client(server.Start(t)), from, &c.sender).Send(t.Context(), message())
			if !errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrUnavailable) {
				t.Errorf("%v, want ErrRefused", err)
			}
			if len(server.Sent()) != 0 || requests != 1 {
				t.Errorf("%d sent, %d requests, want 0 and 1", len(server.Sent()), requests)
			}
		})
	}
}

func always(f stand.Fault) func() stand.Fault { return func() stand.Fault { return f } }

// TestUnavailable: SES cannot take the message now. Where it soon can, nobody
// notices.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault stand.Fault
		tries bool // the SDK tries again
	}{
		"throttled":      {stand.Fault{Status: 429, Code: "TooManyRequestsException"}, true},
		"quota spent":    {stand.Fault{Status: 400, Code: "LimitExceededException"}, true},
		"internal error": {stand.Fault{Status: 500, Code: "InternalServiceErrorException"}, true},
		"out":            {stand.Fault{Status: 503, Code: ""}, true},
		"paused":         {stand.Fault{Status: 400, Code: "SendingPausedException"}, false},
		"no grant":       {stand.Fault{Status: 403, Code: "AccessDeniedException"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			bad, requests := 1<<20, 0
			server := stand.New(&stand.Options{Verified: []string{from}, Fault: func() stand.Fault {
				mu.Lock()
				defer mu.Unlock()
				if requests++; requests > bad {
					return stand.Fault{}
				}
				return c.fault
			}})
			s := ses.New(client(server.Start(t)), from, nil)
			err := s.Send(t.Context(), message())
			if !errors.Is(err, mail.ErrUnavailable) || errors.Is(err, mail.ErrRefused) {
				t.Errorf("%v, want ErrUnavailable", err)
			}
			want := 1
			if c.tries {
				want = attempts
			}
			if requests != want {
				t.Errorf("%d requests, want %d", requests, want)
			}
			mu.Lock()
			bad, requests = want-1, 0
			mu.Unlock()
			if err := s.Send(t.Context(), message()); err != nil {
				t.Errorf("after %d faults: %v", want-1, err)
			}
		})
	}
	gone := ses.New(client("http://127.0.0.1:1"), from, nil) // nobody listens there
	if err := gone.Send(t.Context(), message()); !errors.Is(err, mail.ErrUnavailable) {
		t.Errorf("nobody listens: %v, want ErrUnavailable", err)
	}
}

// TestAnswerLost is what "at least once" means: SES took the message, its answer
// was lost, and the SDK sends it again. The ID shows that it is the same.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	var once sync.Once
	server := stand.New(&stand.Options{Verified: []string{from}, Fault: func() (f stand.Fault) {
		once.Do(func() { f.Lost = true })
		return f
	}})
	if err := ses.New(client(server.Start(t)), from, nil).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	sent := server.Sent()
	if len(sent) != 2 || sent[0].Headers["X-Apiq-Message-Id"] != "inv_1" || sent[1].Headers["X-Apiq-Message-Id"] != "inv_1" {
		t.Errorf("%+v, want the message twice", sent)
	}
}
