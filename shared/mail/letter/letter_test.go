package letter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/letter"
)

const hostile = "<script>alert(1)</script>\r\nBcc: eve@example.com\x00\u2028&\"'"

func letters(text, url string) map[string]letter.Letter {
	at := time.Date(2026, 11, 26, 9, 5, 0, 0, time.UTC)
	return map[string]letter.Letter{
		"verify": letter.Verify(text, url, time.Hour), "reset": letter.Reset(text, url, time.Hour),
		"changed": letter.PasswordChanged(text, at, text, url), "address": letter.ChangeAddress(text, url, 24*time.Hour),
		"address changed": letter.AddressChanged(text, text, url, 7*24*time.Hour), "sign-in": letter.NewSignIn(text, text, text, at, url),
		"linked": letter.Linked(text, text, text, at, text, url), "unlinked": letter.Unlinked(text, "okta", "", at, text, url),
		"held": letter.Held(text, 30, url), "invitation": letter.Invitation(text, text, "ADMIN", url, 7*24*time.Hour),
		"question": letter.Question(text, text, url), "doubt": letter.Doubt(text, text, url),
		"domain missing": letter.DomainMissing(text, text, text, at, url), "domain lapsed": letter.DomainLapsed(text, url), "near a limit": letter.NearLimit(text, text, text, at, url),
	}
}

// TestLetters: each is a message that every sender takes, whatever people wrote in it.
func TestLetters(t *testing.T) {
	t.Parallel()
	const url = "https://apiq.example/reset?a=1&b=2#tkt_x"
	for _, text := range []string{"Ada", hostile, "", strings.Repeat("名", 5000), "\xff"} {
		for name, l := range letters(text, url) {
			m := mail.Message{To: []string{"ada@example.com"}, Subject: l.Subject, Text: l.Text(), HTML: l.HTML()}
			if err := m.Check(); err != nil {
				t.Errorf("%s of %.20q: %v", name, text, err)
			}
			if strings.Contains(m.HTML, "<script") || strings.Contains(m.Text, "\nBcc:") || strings.Contains(m.Subject, "\n") {
				t.Errorf("%s: what was written got out of its place:\n%s\n%s", name, m.Text, m.HTML)
			}
			if !strings.Contains(m.Text, "\n"+url+"\n") || !strings.Contains(m.HTML, `href="https://apiq.example/reset?a=1&amp;b=2#tkt_x"`) {
				t.Errorf("%s: no link in it", name)
			}
			if len(m.Text)+len(m.HTML) > 8<<10 {
				t.Errorf("%s of %d bytes", name, len(m.Text)+len(m.HTML))
			}
		}
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{time.Hour: "an hour", 24 * time.Hour: "24 hours", 7 * 24 * time.Hour: "7 days"} {
		if got := letter.Verify("Ada", "https://x", d).Text(); !strings.Contains(got, "within "+want+".") {
			t.Errorf("%v: %s", d, got)
		}
	}
}
