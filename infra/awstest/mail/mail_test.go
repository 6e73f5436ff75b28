package mail_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	stand "github.com/apiq/apiq/infra/awstest/mail"
)

func client(endpoint string) *sesv2.Client {
	return sesv2.New(sesv2.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func email() *sesv2.SendEmailInput {
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("APIQ <apiq@example.com>"), Destination: &types.Destination{ToAddresses: []string{"ada@example.org"}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Hello")}, Body: &types.Body{Text: &types.Content{Data: aws.String("text")}},
		}},
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	s := stand.New(&stand.Options{Verified: []string{"example.com"}, MaxBytes: 1000})
	c := client(s.Start(t))
	for name, x := range map[string]struct {
		change func(*sesv2.SendEmailInput)
		want   string
	}{
		"sender not verified":       {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("apiq@example.org") }, "MessageRejected"},
		"sender of a subdomain":     {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("apiq@x-example.com") }, "MessageRejected"},
		"sender no address":         {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("apiq") }, "BadRequestException"},
		"no sender":                 {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = nil }, "BadRequestException"},
		"no recipient":              {func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = nil }, "BadRequestException"},
		"too many":                  {func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = slices.Repeat([]string{"a@b.cc"}, 51) }, "BadRequestException"},
		"recipient no address":      {func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = []string{"a@b.cc", "ada"} }, "BadRequestException"},
		"recipient not ASCII":       {func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = []string{"ä@b.cc"} }, "BadRequestException"},
		"a header in a recipient":   {func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = []string{"a@b.cc\r\nBcc: eve@b.cc"} }, "BadRequestException"},
		"copies, which are unknown": {func(in *sesv2.SendEmailInput) { in.Destination.CcAddresses = []string{"a@b.cc"} }, "BadRequestException"},
		"no subject":                {func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject.Data = aws.String("") }, "BadRequestException"},
		"no body":                   {func(in *sesv2.SendEmailInput) { in.Content.Simple.Body = &types.Body{} }, "BadRequestException"},
		"no charset":                {func(in *sesv2.SendEmailInput) { in.Content.Simple.Body.Text.Data = aws.String("ü") }, "BadRequestException"},
		"too large": {func(in *sesv2.SendEmailInput) {
			in.Content.Simple.Body.Text.Data = aws.String(strings.Repeat("x", 1000))
		}, "BadRequestException"},
		"no such set": {func(in *sesv2.SendEmailInput) { in.ConfigurationSetName = aws.String("x") }, "NotFoundException"},
		"raw content": {func(in *sesv2.SendEmailInput) {
			in.Content = &types.EmailContent{Raw: &types.RawMessage{Data: []byte("x")}}
		}, "BadRequestException"},
		"a header's name": {func(in *sesv2.SendEmailInput) {
			in.Content.Simple.Headers = []types.MessageHeader{{Name: aws.String("X Y"), Value: aws.String("z")}}
		}, "BadRequestException"},
		"a header's value": {func(in *sesv2.SendEmailInput) {
			in.Content.Simple.Headers = []types.MessageHeader{{Name: aws.String("X-Y"), Value: aws.String("z\r\nBcc: eve@b.cc")}}
		}, "BadRequestException"},
	} {
		in := email()
		x.change(in)
		_, err := c.SendEmail(t.Context(), in)
		wantCode(t, name, err, x.want)
	}
	_, err := c.SendEmail(t.Context(), email(), func(o *sesv2.Options) {
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			r.Header.Del("Authorization")
			return http.DefaultClient.Do(r)
		})
	})
	wantCode(t, "unsigned", err, "MissingAuthenticationTokenException")
	_, err = c.GetAccount(t.Context(), &sesv2.GetAccountInput{})
	wantCode(t, "another operation", err, "UnknownOperationException")
	if sent := s.Sent(); len(sent) != 0 {
		t.Errorf("it took %+v", sent)
	}
	out, err := c.SendEmail(t.Context(), email())
	if err != nil || aws.ToString(out.MessageId) == "" || len(s.Sent()) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestSandbox(t *testing.T) {
	t.Parallel()
	s := stand.New(&stand.Options{Verified: []string{"example.com", "ada@example.org"}, Sandbox: true})
	c := client(s.Start(t))
	for to, ok := range map[string]bool{"ada@example.org": true, "Ada+tag@example.org": true, "x@example.com": true, "eve@example.org": false} {
		in := email()
		in.Destination.ToAddresses = []string{to}
		if _, err := c.SendEmail(t.Context(), in); (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
}
