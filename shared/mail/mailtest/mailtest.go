// Package mailtest is the one conformance suite of mail: every mail.Sender runs it.
package mailtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/mail"
)

// Box is one sender and what it has sent.
type Box struct {
	Sender mail.Sender
	// Sent are the messages that were sent so far, in any order. It is nil where
	// nobody can look: the suite then only sends.
	Sent func(t *testing.T) []mail.Message
	// To is an address that may be sent to, also with "+tag" before its "@".
	// Defaults to ada@example.com.
	To string
}

// Harness says how to reach one kind of sender.
type Harness struct {
	// Open returns a box that is empty.
	Open func(t *testing.T) Box
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, *box){
		"Sends": testSends, "Refuses": testRefuses, "Largest": testLargest, "Twice": testTwice,
		"Concurrent": testConcurrent, "Cancelled": testCancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &box{Box: h.Open(t)}
			if b.To == "" {
				b.To = "ada@example.com"
			}
			test(t, b)
		})
	}
}

type box struct{ Box }

// to are n different addresses that may be sent to.
func (b *box) to(n int) []string {
	local, domain, _ := strings.Cut(b.To, "@")
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s+%d@%s", local, i+1, domain)
	}
	return all
}

func (b *box) message() mail.Message {
	return mail.Message{To: b.to(1), Subject: "APIQ conformance", Text: "One line.\n"}
}

// expect compares what was sent with what should have been, line ends aside.
func (b *box) expect(t *testing.T, want ...mail.Message) {
	t.Helper()
	if b.Sent == nil {
		return
	}
	got := b.Sent(t)
	for _, list := range [][]mail.Message{got, want} {
		for i := range list {
			list[i].Text, list[i].HTML = lines(list[i].Text), lines(list[i].HTML)
		}
		slices.SortFunc(list, func(a, b mail.Message) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages were sent, want %d", len(got), len(want))
	}
	for i := range got {
		if fmt.Sprintf("%q", got[i]) != fmt.Sprintf("%q", want[i]) {
			t.Errorf("sent %.300q\nwant %.300q", got[i], want[i])
		}
	}
}

// lines have one kind of end, and the last has none: by SMTP it always gets one.
func lines(s string) string {
	return strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}

func testSends(t *testing.T, b *box) {
	all := []mail.Message{
		{To: b.to(1), Subject: "Plain", Text: "One line."},
		{ID: "inv_0197-x", To: b.to(1), Subject: "With an id", Text: "Two\nlines\n"},
		{To: b.to(3), Subject: "To several", Text: "a\r\nb\r\n", HTML: "<p>a</p>\n<p>b</p>"},
		{To: b.to(1), Subject: "Grüße, Οδυσσέα — 日本 🎉", Text: "Übergröße 🎉\n", HTML: "<b>Ω</b>"},
		{To: b.to(1), Subject: strings.Repeat("subject ", 24) + "end", Text: "A long subject."},
		{To: b.to(1), Subject: "=?utf-8?q?not_encoded?=", Text: "A subject that looks encoded."},
		{To: b.to(1), Subject: "Lines", Text: strings.Repeat("long ", 1000) + "\n.\n..\nFrom here\n \ntrailing \n=3D\n--\n", HTML: strings.Repeat("x", 5000)},
		{To: b.to(1), Subject: "Header: injected", Text: "To: eve@example.com\n\nBcc: eve@example.com\n--boundary--\n"},
		{To: b.to(mail.MaxTo), Subject: "To many", Text: "x"},
	}
	for _, m := range all {
		if err := b.Sender.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", m.Subject, err)
		}
	}
	b.expect(t, all...)
}

func testRefuses(t *testing.T, b *box) {
	for name, change := range map[string]func(*mail.Message){
		"no recipient":           func(m *mail.Message) { m.To = nil },
		"too many recipients":    func(m *mail.Message) { m.To = b.to(mail.MaxTo + 1) },
		"an empty address":       func(m *mail.Message) { m.To = []string{""} },
		"a name":                 func(m *mail.Message) { m.To = []string{"Ada <ada@example.com>"} },
		"two in one":             func(m *mail.Message) { m.To = []string{"ada@example.com,eve@example.com"} },
		"no domain":              func(m *mail.Message) { m.To = []string{"ada"} },
		"no dot in the domain":   func(m *mail.Message) { m.To = []string{"ada@localhost"} },
		"two dots":               func(m *mail.Message) { m.To = []string{"a..b@example.com"} },
		"a quoted part":          func(m *mail.Message) { m.To = []string{`"a b"@example.com`} },
		"an address literal":     func(m *mail.Message) { m.To = []string{"ada@[192.0.2.1]"} },
		"a long address":         func(m *mail.Message) { m.To = []string{"a@" + strings.Repeat("x.", 130) + "com"} },
		"a header in an address": func(m *mail.Message) { m.To = []string{"ada@example.com\r\nBcc: eve@example.com"} },
		"a line after it":        func(m *mail.Message) { m.To = []string{"ada@example.com\n"} },
		"the second one wrong":   func(m *mail.Message) { m.To = append(m.To, "eve") },
		"no subject":             func(m *mail.Message) { m.Subject = " " },
		"an empty subject":       func(m *mail.Message) { m.Subject = "" },
		"space at its end":       func(m *mail.Message) { m.Subject = "x " },
		"a long subject":         func(m *mail.Message) { m.Subject = strings.Repeat("x", mail.MaxSubject+1) },
		"a header by CRLF":       func(m *mail.Message) { m.Subject = "x\r\nBcc: eve@example.com" },
		"a header by LF":         func(m *mail.Message) { m.Subject = "x\nBcc: eve@example.com" },
		"a header by CR":         func(m *mail.Message) { m.Subject = "x\rBcc: eve@example.com" },
		"a header by NEL":        func(m *mail.Message) { m.Subject = "x\u0085Bcc: eve@example.com" },
		"a subject with NUL":     func(m *mail.Message) { m.Subject = "x\x00" },
		"a subject not UTF-8":    func(m *mail.Message) { m.Subject = "x\xff" },
		"a header by the id":     func(m *mail.Message) { m.ID = "x\r\nBcc: eve@example.com" },
		"a line after the id":    func(m *mail.Message) { m.ID = "x\n" },
		"a path in the id":       func(m *mail.Message) { m.ID = "../x" },
		"a long id":              func(m *mail.Message) { m.ID = strings.Repeat("x", mail.MaxID+1) },
		"no text":                func(m *mail.Message) { m.Text, m.HTML = "\n", "<p>x</p>" },
		"text with NUL":          func(m *mail.Message) { m.Text = "x\x00" },
		"text not UTF-8":         func(m *mail.Message) { m.Text = "\xc3\x28" },
		"HTML not UTF-8":         func(m *mail.Message) { m.HTML = "\xff" },
		"too large together":     func(m *mail.Message) { m.HTML = strings.Repeat("x", mail.MaxBytes+1-len(m.Text)) },
	} {
		m := b.message()
		change(&m)
		err := b.Sender.Send(t.Context(), m)
		if !errors.Is(err, mail.ErrInvalid) || errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "eve@") {
			t.Errorf("%s: the error quotes the message: %v", name, err)
		}
	}
	b.expect(t)
}

func testLargest(t *testing.T, b *box) {
	m := b.message()
	m.Subject = strings.Repeat("s", mail.MaxSubject)
	m.Text = strings.Repeat("é", mail.MaxBytes/4)
	m.HTML = strings.Repeat("h", mail.MaxBytes-len(m.Text))
	if err := b.Sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	b.expect(t, m)
}

// testTwice sends one message twice: nobody remembers the first.
func testTwice(t *testing.T, b *box) {
	m := b.message()
	m.ID = "twice"
	for range 2 {
		if err := b.Sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	b.expect(t, m, m)
}

func testConcurrent(t *testing.T, b *box) {
	const n = 8
	var wg sync.WaitGroup
	want := make([]mail.Message, n)
	for i := range n {
		want[i] = b.message()
		want[i].Subject = fmt.Sprint("Message ", i)
		wg.Go(func() {
			if err := b.Sender.Send(t.Context(), want[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	b.expect(t, want...)
}

func testCancelled(t *testing.T, b *box) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Sender.Send(ctx, b.message()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	b.expect(t)
}
