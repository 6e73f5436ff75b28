package identity_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

// pile is a sender that keeps everything.
type pile struct{ all []mail.Message }

func (p *pile) Send(_ context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	p.all = append(p.all, m)
	return nil
}

// letters are those of a subject that were queued so far, the oldest first.
func (h *home) letters(t testing.TB, subject string) []mail.Message {
	t.Helper()
	if err := h.mail.Sweep(context.Background(), &h.sent); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(h.sent.all), func(m mail.Message) bool { return m.Subject != subject })
}

const (
	asksVerify  = "Confirm your e-mail address for APIQ"
	asksReset   = "Choose a new password for APIQ"
	tellsReset  = "Your password for APIQ was changed"
	asksChange  = "Confirm your new e-mail address for APIQ"
	tellsChange = "Your e-mail address for APIQ was changed"
)

var inLink = regexp.MustCompile(`#(tkt_[a-z0-9]+)`)

// link is the token of the newest letter of a subject, which must be to that address.
func (h *home) link(t testing.TB, subject, to string) string {
	t.Helper()
	all := h.letters(t, subject)
	if len(all) == 0 || !slices.Equal(all[len(all)-1].To, []string{to}) {
		t.Fatalf("no letter %q to %s among %d", subject, to, len(all))
	}
	found := inLink.FindStringSubmatch(all[len(all)-1].Text)
	if found == nil || !strings.Contains(all[len(all)-1].HTML, found[1]) {
		t.Fatalf("no link in %q", all[len(all)-1].Text)
	}
	return found[1]
}

// late passes the limit of letters to one address.
func (h *home) late() { h.pass(5 * time.Minute) }
