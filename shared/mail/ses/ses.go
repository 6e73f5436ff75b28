// Package ses is the mail.Sender over Amazon SES, by SendEmail of its API version
// 2 with simple content: SES composes the message. It keeps nothing.
package ses

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/shared/mail"
)

// headerID carries a message's ID.
const headerID = "X-Apiq-Message-Id"

// Sender is a mail.Sender. The client's retryer bounds its attempts; each of them
// may have sent the message, for SendEmail knows no token that would tell.
type Sender struct {
	client *sesv2.Client
	from   string
	set    *string
}

var _ mail.Sender = (*Sender)(nil)

// Options of a Sender.
type Options struct {
	// ConfigurationSet names SES's rules on events and reputation. Defaults to the
	// identity's own, or none.
	ConfigurationSet string
}

// New returns a Sender of mail from an address that SES has verified.
func New(client *sesv2.Client, from string, opts *Options) *Sender {
	s := &Sender{client: client, from: from}
	if opts != nil && opts.ConfigurationSet != "" {
		s.set = &opts.ConfigurationSet
	}
	return s
}

// Send hands a message to SES.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	content := func(data string) *types.Content { return &types.Content{Data: &data, Charset: aws.String("UTF-8")} }
	message := &types.Message{Subject: content(mail.EncodeSubject(m.Subject)), Body: &types.Body{Text: content(m.Text)}}
	if m.HTML != "" {
		message.Body.Html = content(m.HTML)
	}
	if m.ID != "" {
		message.Headers = []types.MessageHeader{{Name: aws.String(headerID), Value: &m.ID}}
	}
	_, err := s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &s.from, ConfigurationSetName: s.set,
		Destination: &types.Destination{ToAddresses: m.To}, Content: &types.EmailContent{Simple: message},
	})
	if err != nil {
		return name(ctx, err)
	}
	return nil
}

// name gives an error one of the port's names. Refused is what SES says of the
// message or its addresses. All else may pass: too many at once, the day's quota
// spent, sending paused, a grant that is missing.
func name(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refused(err) {
		return fmt.Errorf("ses: %w: %w", mail.ErrRefused, err)
	}
	return fmt.Errorf("ses: %w: %w", mail.ErrUnavailable, err)
}

// refused are the errors of SendEmail that come again with the same message
// (Amazon SES API v2 Reference, SendEmail).
func refused(err error) bool {
	var (
		rejected  *types.MessageRejected
		bad       *types.BadRequestException
		domain    *types.MailFromDomainNotVerifiedException
		missing   *types.NotFoundException
		suspended *types.AccountSuspendedException
	)
	switch {
	case errors.As(err, &rejected), errors.As(err, &bad), errors.As(err, &domain), errors.As(err, &missing), errors.As(err, &suspended):
		return true
	}
	var api smithy.APIError
	var answer *awshttp.ResponseError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" ||
		errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusRequestEntityTooLarge
}
