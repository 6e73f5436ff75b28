package mail

import (
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// address is the form of HTML's e-mail fields (HTML Living Standard, "Valid e-mail
// address"), with a dot in the domain: narrower than RFC 5322, without quotes,
// comments, names and literals, and with nothing that could end a header.
var address = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$")

// maxAddress is the longest address (RFC 5321, 4.5.3.1.3, without its brackets).
const maxAddress = 254

var messageID = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// Check says what is wrong with a message: ErrInvalid, with the field's name and
// never its content, which may hold a link that signs in. Every Sender calls it first.
func (m Message) Check() error {
	switch {
	case len(m.ID) > MaxID || !messageID.MatchString(m.ID):
		return invalid("the id is not of its form")
	case len(m.Owner) > MaxID || !messageID.MatchString(m.Owner):
		return invalid("the owner is not of its form")
	case len(m.To) == 0 || len(m.To) > MaxTo:
		return invalid("%d recipients are not 1 to %d", len(m.To), MaxTo)
	case m.Subject == "" || len(m.Subject) > MaxSubject:
		return invalid("a subject of %d bytes is not 1 to %d", len(m.Subject), MaxSubject)
	case !clean(m.Subject, "") || strings.TrimSpace(m.Subject) != m.Subject: // headers lose the space at their ends
		return invalid("the subject is not one line of text")
	case strings.TrimSpace(m.Text) == "":
		return invalid("the text is empty")
	case len(m.Text)+len(m.HTML) > MaxBytes:
		return invalid("%d bytes of text and HTML, at most %d", len(m.Text)+len(m.HTML), MaxBytes)
	case !clean(m.Text, "\r\n\t"):
		return invalid("the text has bytes that are no text")
	case !clean(m.HTML, "\r\n\t"):
		return invalid("the HTML has bytes that are no text")
	}
	for i, to := range m.To {
		if !IsAddress(to) {
			return invalid("recipient %d is not an address", i+1)
		}
	}
	return nil
}

// IsAddress says whether s is a plain address that mail can be sent to or from.
func IsAddress(s string) bool {
	if len(s) > maxAddress || !address.MatchString(s) {
		return false
	}
	a, err := netmail.ParseAddress(s) // dots that lead, end or follow each other
	return err == nil && a.Address == s
}

// clean says whether s is UTF-8 without control characters but those allowed.
func clean(s, allowed string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(allowed, r)
	})
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
