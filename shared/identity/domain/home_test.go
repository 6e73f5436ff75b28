package domain_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/domain"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/tenant"
)

const password = fixture.Password

// zone is a resolver in memory, strict about the names that it is asked for.
type zone struct {
	t       testing.TB
	mu      sync.Mutex
	records map[string][]string
	down    error
	asked   int
}

func (z *zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked++
	if !strings.HasPrefix(name, "_apiq-challenge.") || !strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		z.t.Errorf("asked for %q", name)
	}
	if z.down != nil {
		return nil, z.down
	}
	values, ok := z.records[strings.TrimSuffix(name, ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return values, nil
}

func (z *zone) set(r domain.Record, values ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.records[r.Name] = values; len(values) == 0 {
		delete(z.records, r.Name)
	}
}

type home struct {
	*domain.Service
	zone     *zone
	people   *identity.Service
	trail    *audit.Trail
	queue    *post.Post
	provider bool
	now      func() time.Time
	pass     func(time.Duration)
}

func newHome(t testing.TB) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	h := &home{zone: &zone{t: t, records: map[string][]string{}}, trail: m.Trail, now: m.Now, pass: m.Pass}
	h.queue = post.New(m.Store, m.Sealer, &post.Options{Now: h.now, URL: "https://apiq.example"})
	h.people = m.People(t, &identity.Options{Mail: h.queue})
	h.Service = domain.New(m.Store, h.trail, h.people, h.queue, h.zone, &domain.Options{Now: h.now,
		Providers: func(context.Context) (bool, error) { return h.provider, nil }})
	return h
}

func (h *home) register(t testing.TB, email, invite string) identity.Grant {
	t.Helper()
	g, err := h.people.Register(t.Context(), identity.Registration{Email: email, Name: "Ada", Password: password, Invite: invite})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func in(t testing.TB, g identity.Grant) context.Context {
	return tenant.WithActor(tenant.With(t.Context(), g.Workspace.ID), tenant.Actor{ID: g.User.ID, Email: g.User.Email})
}

// held is a domain that a workspace has shown to be its own.
func (h *home) held(t testing.TB, ctx context.Context, name string) domain.Domain {
	t.Helper()
	d, err := h.Claim(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	h.zone.set(d.Record, d.Record.Value)
	if d, err = h.Verify(ctx, name); err != nil || d.State != domain.Verified {
		t.Fatalf("%+v, %v", d, err)
	}
	return d
}

// pile keeps what is sent.
type pile struct{ all []mail.Message }

func (p *pile) Send(_ context.Context, m mail.Message) error {
	p.all = append(p.all, m)
	return m.Check()
}

func (h *home) letters(t testing.TB) []string {
	t.Helper()
	var p pile
	if err := h.queue.Sweep(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, m := range p.all {
		if !strings.HasPrefix(m.Subject, "Confirm") {
			subjects = append(subjects, m.To[0]+": "+m.Subject)
		}
	}
	return subjects
}

// confirm lets the one address be confirmed whose letter waits.
func (h *home) confirm(t testing.TB) {
	t.Helper()
	var p pile
	if err := h.queue.Sweep(t.Context(), &p); err != nil || len(p.all) != 1 {
		t.Fatal(len(p.all), err)
	}
	_, token, _ := strings.Cut(p.all[0].Text, "#")
	token, _, _ = strings.Cut(token, "\n")
	if _, err := h.people.ConfirmEmail(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}

var errDown = errors.Join(errors.New("no answer"), &net.DNSError{Err: "server misbehaving", IsTemporary: true})
