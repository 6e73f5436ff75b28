// Package mails sends queued messages by SES.
package mails

import (
	"context"
	"encoding/json"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/mail/ses"
	"github.com/apiq/apiq/shared/tenant"
)

// Handler is the function of the sweep; it may run beside itself. Where no address to
// send from is set, messages stay until they are a day old.
func Handler(b *base.Base) (lambda.Handler, error) {
	queue := post.New(b.Store, b.Sealer, &post.Options{URL: b.Env.PublicURL, Log: b.Log})
	sender := ses.New(ses.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointMail)), b.Env.MailFrom, nil)
	return func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
		if b.Env.MailFrom == "" {
			b.Log.WarnContext(ctx, "APIQ_MAIL_FROM is not set: messages are not sent")
			return nil, nil
		}
		return nil, queue.Sweep(tenant.WithActor(ctx, tenant.Actor{ID: "system"}), sender)
	}, nil
}
