package mail_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/mail"
)

func TestIsAddress(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"ada@example.com": true, "a.b+c@example.co.uk": true, "o'neil@example.com": true, "a@1.example.com": true,
		"": false, "ada": false, "@example.com": false, "ada@": false, "ada@example": false, "ada@@example.com": false,
		".a@example.com": false, "a.@example.com": false, "a..b@example.com": false, "ada@-x.com": false, "ada@x-.com": false,
		"ada@example..com": false, "ada@example.com.": false, "ä@example.com": false, "ada@exämple.com": false,
		" ada@example.com": false, "ada@example.com ": false, "ada@example.com\n": false, "ada\x00@example.com": false,
		strings.Repeat("x", 65) + "@example.com": false, "a@" + strings.Repeat("x", 64) + ".com": false,
	} {
		if got := mail.IsAddress(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestEncodeSubject(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Hello", "50 % off?", "Grüße", "=?utf-8?q?Hello?=", strings.Repeat("=?x?= ", 30) + "x", strings.Repeat("ü", 100)} {
		encoded := mail.EncodeSubject(s)
		if strings.ContainsFunc(encoded, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q is not ASCII: %q", s, encoded)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(encoded); err != nil || got != s {
			t.Errorf("%q came back as %q, %v", s, got, err)
		}
	}
}
