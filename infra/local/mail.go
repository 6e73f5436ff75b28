package main

import (
	"path/filepath"

	"github.com/apiq/apiq/shared/mail/outbox"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/mail/smtp"
)

// outboxName is the folder of messages in the data folder, where no server sends them.
const outboxName = "outbox"

// openMail opens the queue of messages and what sends them: the server that the
// environment names, or a folder.
func (h *home) openMail() error {
	h.post = post.New(h.store, h.sealer, &post.Options{URL: h.config.BaseURL(), Log: h.log})
	if !h.config.SMTPURL.IsZero() {
		server, err := smtp.New(h.config.SMTPURL, h.config.MailFrom, nil)
		if err != nil {
			return err
		}
		h.sender, h.desk = server, post.NewDesk(post.KindSMTP, nil, h.trail)
		return nil
	}
	folder, err := outbox.Open(filepath.Join(h.config.Data, outboxName), &outbox.Options{From: h.config.MailFrom})
	if err != nil {
		return err
	}
	h.closers = append(h.closers, folder.Close)
	h.sender, h.desk = folder, post.NewDesk(post.KindOutbox, folder, h.trail)
	return nil
}
