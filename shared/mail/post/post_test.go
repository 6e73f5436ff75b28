package post_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// box is a sender that keeps what it is given, and fails as it is told to.
type box struct {
	mu    sync.Mutex
	sent  []mail.Message
	tries int
	fail  error
}

func (b *box) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	if b.fail != nil {
		return fmt.Errorf("box: %w", b.fail)
	}
	if err := m.Check(); err != nil {
		return err
	}
	b.sent = append(b.sent, m)
	return nil
}

func (b *box) set(err error) { b.mu.Lock(); defer b.mu.Unlock(); b.fail = err }

func (b *box) seen() (sent []mail.Message, tries int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sent), b.tries
}

type home struct {
	*post.Post
	store  *table.Store
	sealer secret.Sealer
	path   string
	at     time.Time
	rung   []string
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{path: filepath.Join(t.TempDir(), "t.db"), at: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	db, err := sqlite.Open(t.Context(), h.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := func() time.Time { return h.at }
	h.store = table.New(db, &table.Options{Now: now})
	wrap, err := keyfile.OpenOrCreate(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	h.sealer = secret.NewEnvelope(h.store, wrap, nil)
	h.Post = post.New(h.store, h.sealer, &post.Options{URL: "https://apiq.example/", Now: now, Log: slog.New(slog.DiscardHandler),
		Ring: func(_ context.Context, messageID string) { h.rung = append(h.rung, messageID) }})
	return h
}

// queue queues a letter as a change of a workspace would.
func (h *home) queue(t *testing.T, to string) post.Parcel {
	t.Helper()
	ctx := tenant.With(t.Context(), "wsp_1")
	p, err := h.Pack(ctx, "wsp_1", to, letter.Verify("Ada", h.Link("/verify#tkt_canary"), time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Transact(ctx, []table.Op{p.Op}); err != nil {
		t.Fatal(err)
	}
	h.Ring(ctx, p)
	return p
}

func (h *home) left(t *testing.T) int {
	t.Helper()
	page, err := h.store.Query(tenant.WithSystem(t.Context()), table.Query{Index: table.Index1, PK: "MAILDUE"})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), &box{}
	p := h.queue(t, "ada@example.com")
	if !slices.Equal(h.rung, []string{p.ID}) {
		t.Errorf("rung for %v", h.rung)
	}
	for range 2 { // the second time there is nothing left
		if err := h.Deliver(t.Context(), b, p.ID); err != nil {
			t.Fatal(err)
		}
	}
	sent, _ := b.seen()
	if len(sent) != 1 || sent[0].ID != p.ID || sent[0].Owner != "wsp_1" || !slices.Equal(sent[0].To, []string{"ada@example.com"}) ||
		!bytes.Contains([]byte(sent[0].Text), []byte("https://apiq.example/verify#tkt_canary")) || h.left(t) != 0 {
		t.Errorf("%+v, %d left", sent, h.left(t))
	}
}

// TestSealed: the link in a message is nowhere in the table's bytes.
func TestSealed(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.queue(t, "ada@example.com")
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(h.path + suffix)
		if err != nil && suffix == "" {
			t.Fatal(err)
		}
		for _, word := range []string{"canary", "ada@example.com"} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%q stands in the table", word)
			}
		}
		if suffix == "-wal" && !bytes.Contains(raw, []byte("MAILDUE")) {
			t.Error("the search does not see the table")
		}
	}
}

// TestNobody: a message to nobody, or to what is no address for mail, goes the whole way and is dropped.
func TestNobody(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), &box{}
	for _, to := range []string{"", "root@localhost"} {
		p := h.queue(t, to)
		if err := h.Deliver(t.Context(), b, p.ID); err != nil || h.left(t) != 0 {
			t.Errorf("%q: %v, %d left", to, err, h.left(t))
		}
	}
	if _, tries := b.seen(); tries != 0 {
		t.Errorf("%d sent to nobody", tries)
	}
}

// TestRefused: what a service will never send is dropped.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{mail.ErrRefused, mail.ErrInvalid} {
		h, b := newHome(t), &box{fail: fault}
		p := h.queue(t, "ada@example.com")
		if err := h.Deliver(t.Context(), b, p.ID); err != nil || h.left(t) != 0 {
			t.Errorf("%v: %v, %d left", fault, err, h.left(t))
		}
	}
}

// TestUnavailable: it is tried after 1, 2, 4, … minutes, at most an hour apart, for a day.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), &box{fail: mail.ErrUnavailable}
	h.queue(t, "ada@example.com")
	began := h.at
	var at []time.Duration
	for tries := 0; h.at.Sub(began) < 25*time.Hour; h.at = h.at.Add(time.Minute) {
		if err := h.Sweep(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if _, n := b.seen(); n != tries {
			tries, at = n, append(at, h.at.Sub(began)/time.Minute)
		}
	}
	if want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123}; !slices.Equal(at[:len(want)], want) {
		t.Errorf("tried after %v minutes, want %v", at, want)
	}
	if last := at[len(at)-1]; last > 24*60 || last < 23*60 || len(at) != 29 {
		t.Errorf("%d tries, the last after %d minutes", len(at), last)
	}
	if n := h.left(t); n != 0 {
		t.Errorf("%d left after a day", n)
	}
	h.queue(t, "ada@example.com")
	b.set(nil)
	if err := h.Sweep(t.Context(), b); err != nil || h.left(t) != 0 {
		t.Errorf("%v, %d left", err, h.left(t))
	}
	if sent, _ := b.seen(); len(sent) != 1 {
		t.Errorf("%d sent, want the one that is not a day old", len(sent))
	}
}

// TestOnce: of many who deliver one message at once, one sends it.
func TestOnce(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), &box{}
	p := h.queue(t, "ada@example.com")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := h.Deliver(context.Background(), b, p.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sent, _ := b.seen(); len(sent) != 1 {
		t.Errorf("sent %d times", len(sent))
	}
}

// told is a sender that tells of each message.
type told chan string

func (c told) Send(ctx context.Context, m mail.Message) error {
	select {
	case c <- m.ID:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestRun: what was left before the start goes first, then what is asked for, at once.
func TestRun(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := post.New(h.store, h.sealer, nil)
	queue := func() post.Parcel {
		parcel, err := p.Pack(t.Context(), "", "ada@example.com", letter.Verify("Ada", p.Link("/verify#x"), time.Hour))
		if err == nil {
			err = h.store.Transact(tenant.WithSystem(t.Context()), []table.Op{parcel.Op})
		}
		if err != nil {
			t.Fatal(err)
		}
		return parcel
	}
	left := queue()
	h.at = time.Now().Add(time.Hour) // of the table; the post has the machine's
	ctx, stop := context.WithCancel(t.Context())
	sent, done := make(told), make(chan error, 1)
	go func() { done <- p.Run(ctx, sent) }()
	if got := <-sent; got != left.ID {
		t.Errorf("%s was sent first, want what was left, %s", got, left.ID)
	}
	asked := queue()
	p.Ring(t.Context(), asked)
	if got := <-sent; got != asked.ID {
		t.Errorf("%s was sent, want what was asked for, %s", got, asked.ID)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
