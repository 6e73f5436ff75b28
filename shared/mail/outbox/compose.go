package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

// Header fields that are ours.
const (
	headerID    = "X-Apiq-Message-Id"
	headerOwner = "X-Apiq-Owner"
)

const (
	textPlain   = "text/plain"
	textHTML    = "text/html"
	alternative = "multipart/alternative"
	charset     = "; charset=utf-8"
	quoted      = "quoted-printable"
)

// compose writes a message in the form of RFC 5322, with MIME (RFC 2045) inside.
func compose(m mail.Message, from string, at time.Time, id string) ([]byte, error) {
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("From", from)
	field("To", strings.Join(m.To, ",\r\n "))
	field("Subject", mail.EncodeSubject(m.Subject))
	field("Date", at.Format(time.RFC1123Z))
	field("Message-Id", "<"+id+from[strings.LastIndexByte(from, '@'):]+">")
	if m.ID != "" {
		field(headerID, m.ID)
	}
	if m.Owner != "" {
		field(headerOwner, m.Owner)
	}
	field("Mime-Version", "1.0")
	if m.HTML == "" {
		field("Content-Type", textPlain+charset)
		field("Content-Transfer-Encoding", quoted)
		b.WriteString("\r\n")
		err := encode(&b, m.Text)
		return b.Bytes(), err
	}
	w := multipart.NewWriter(&b)
	field("Content-Type", alternative+`; boundary="`+w.Boundary()+`"`)
	b.WriteString("\r\n")
	for _, part := range []struct{ kind, content string }{{textPlain, m.Text}, {textHTML, m.HTML}} {
		p, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind + charset}, "Content-Transfer-Encoding": {quoted}})
		if err != nil {
			return nil, err
		}
		if err := encode(p, part.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func encode(w io.Writer, content string) error {
	q := quotedprintable.NewWriter(w)
	_, err := io.WriteString(q, content)
	return errors.Join(err, q.Close())
}

var errForm = errors.New("outbox: not a message that Send wrote")

// parse reads what compose wrote. Line ends come back as "\n".
func parse(content []byte) (mail.Message, error) {
	raw, err := netmail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return mail.Message{}, err
	}
	m := mail.Message{ID: raw.Header.Get(headerID), Owner: raw.Header.Get(headerOwner)}
	to, err := raw.Header.AddressList("To")
	if err != nil {
		return mail.Message{}, err
	}
	for _, a := range to {
		m.To = append(m.To, a.Address)
	}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		return mail.Message{}, err
	}
	kind, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return mail.Message{}, err
	case kind == textPlain:
		m.Text, err = text(quotedprintable.NewReader(raw.Body))
		return m, err
	case kind != alternative:
		return mail.Message{}, errForm
	}
	r := multipart.NewReader(raw.Body, params["boundary"])
	for _, into := range []*string{&m.Text, &m.HTML} {
		p, err := r.NextPart() // it decodes quoted-printable
		if err != nil {
			return mail.Message{}, err
		}
		if *into, err = text(p); err != nil {
			return mail.Message{}, err
		}
	}
	return m, nil
}

func text(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	return strings.ReplaceAll(string(b), "\r\n", "\n"), err
}
