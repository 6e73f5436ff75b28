package outbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/mailtest"
	"github.com/apiq/apiq/shared/mail/outbox"
)

func open(t testing.TB, path string, opts *outbox.Options) *outbox.Outbox {
	t.Helper()
	b, err := outbox.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func list(t testing.TB, b *outbox.Outbox, before string, limit int) []outbox.Entry {
	t.Helper()
	entries, err := b.List(t.Context(), before, limit)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestConformance(t *testing.T) {
	t.Parallel()
	mailtest.Run(t, mailtest.Harness{Open: func(t *testing.T) mailtest.Box {
		b := open(t, t.TempDir(), nil)
		return mailtest.Box{Sender: b, Sent: func(t *testing.T) []mail.Message {
			var all []mail.Message
			for _, e := range list(t, b, "", 1000) {
				if e.Damaged {
					t.Errorf("%s is damaged", e.Name)
				}
				all = append(all, e.Message)
			}
			return all
		}}
	}})
}

// clock goes on a second with each look.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func send(t testing.TB, b *outbox.Outbox, subject string) {
	t.Helper()
	if err := b.Send(t.Context(), mail.Message{To: []string{"ada@example.com"}, Subject: subject, Text: "x"}); err != nil {
		t.Fatal(err)
	}
}

func subjects(entries []outbox.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Message.Subject)
	}
	return fmt.Sprint(all)
}

func TestList(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	c := &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))}
	b := open(t, path, &outbox.Options{Now: c.now, Keep: 4})
	if got := list(t, b, "", 10); len(got) != 0 {
		t.Errorf("an empty folder lists %v", got)
	}
	for i := range 6 {
		send(t, b, fmt.Sprint(i))
	}
	all := list(t, b, "", 10)
	if got := subjects(all); got != "[5 4 3 2]" {
		t.Errorf("the newest four: %s", got)
	}
	for i := 1; i < len(all); i++ {
		if !all[i].SentAt.Before(all[i-1].SentAt) || all[i].SentAt.Location() != time.UTC {
			t.Errorf("%v is listed after %v", all[i].SentAt, all[i-1].SentAt)
		}
	}
	if got := subjects(list(t, b, "", 2)) + subjects(list(t, b, all[1].Name, 2)) + subjects(list(t, b, all[3].Name, 2)); got != "[5 4][3 2][]" {
		t.Errorf("by two: %s", got)
	}

	// What is not a message of ours is neither shown nor removed; what should be one
	// and is not is shown as damaged.
	name := all[0].Name
	for file, content := range map[string]string{
		"notes.txt": "mine", "20260301.eml": "no time", "." + name: "half", name[:len(name)-5] + "x.eml": "not\x00a message",
	} {
		if err := os.WriteFile(filepath.Join(path, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(path, name[:len(name)-5]+"y.eml")); err != nil {
		t.Fatal(err)
	}
	all = list(t, b, "", 10)
	damaged := 0
	for _, e := range all {
		if e.Damaged {
			damaged++
			if e.Message.Subject != "" || e.Message.Text != "" {
				t.Errorf("%s shows %+v", e.Name, e.Message)
			}
		}
	}
	if len(all) != 6 || damaged != 2 {
		t.Errorf("%d listed, %d damaged, want 6 and 2", len(all), damaged)
	}
	c.mu.Lock()
	c.at = c.at.Add(2 * time.Hour)
	c.mu.Unlock()
	send(t, b, "later")
	for file, want := range map[string]bool{"notes.txt": true, "20260301.eml": true, "." + name: false} {
		if _, err := os.Lstat(filepath.Join(path, file)); (err == nil) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestModesAndNames(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "outbox")
	b := open(t, path, &outbox.Options{Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC) }})
	send(t, b, "a")
	send(t, b, "b") // at the same moment
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
		if !d.IsDir() && (!strings.HasPrefix(d.Name(), "20260301T120000.000000005Z-") || !strings.HasSuffix(d.Name(), ".eml")) {
			t.Errorf("a file is named %s", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"apiq", "APIQ <apiq@example.com>", "a@example.com\r\nBcc: eve@example.com"} {
		if b, err := outbox.Open(t.TempDir(), &outbox.Options{From: from}); err == nil {
			b.Close()
			t.Errorf("the sender %q was taken", from)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := outbox.Open(file, nil); err == nil {
		b.Close()
		t.Error("a file was taken for a folder")
	}
}

// TestFolderGone: what the disk refuses may work later.
func TestFolderGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "outbox")
	b := open(t, path, nil)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	err := b.Send(t.Context(), mail.Message{To: []string{"ada@example.com"}, Subject: "x", Text: "x"})
	if !errors.Is(err, mail.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}

// FuzzCompose sends what Check lets through: it must come back as it was, and
// nothing of it may become a header.
func FuzzCompose(f *testing.F) {
	f.Add("inv_1", "ada@example.com", "Subject", "text", "<p>html</p>")
	f.Add("", "o'neil+x@example.co.uk", "=?utf-8?q?a?= =?", "\n.\n--\r\n", "")
	f.Add("", "a@b.cc", strings.Repeat("ü ", 60), "=\n =20\t\n", "\t \n")
	b, err := outbox.Open(f.TempDir(), &outbox.Options{Keep: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { b.Close() })
	var one sync.Mutex
	f.Fuzz(func(t *testing.T, id, to, subject, text, html string) {
		one.Lock()
		defer one.Unlock()
		m := mail.Message{ID: id, To: []string{to}, Subject: subject, Text: text, HTML: html}
		err := b.Send(t.Context(), m)
		if checked := m.Check(); (err == nil) != (checked == nil) {
			t.Fatalf("Send: %v, Check: %v", err, checked)
		}
		if err != nil {
			return
		}
		got := list(t, b, "", 1)
		if len(got) != 1 || got[0].Damaged {
			t.Fatalf("%q is kept as %+v", m, got)
		}
		m.Text, m.HTML = lines(m.Text), lines(m.HTML)
		if g := got[0].Message; fmt.Sprintf("%q", g) != fmt.Sprintf("%q", m) {
			t.Fatalf("%q came back as %q", m, g)
		}
	})
}

// lines are ended by CRLF on the wire, whatever ended them before.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}
