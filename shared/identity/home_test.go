package identity_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const password = fixture.Password

type home struct {
	*identity.Service
	store  *table.Store
	trail  *audit.Trail
	sealer secret.Sealer
	cost   identity.Cost
	now    func() time.Time
	pass   func(time.Duration)
	mail   *post.Post
	sent   pile

	mu   sync.Mutex
	made []identity.Workspace
}

func newHome(t testing.TB) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 1, 5, 9, 0, 0, 500_000_000, time.UTC))
	h := &home{store: m.Store, trail: m.Trail, sealer: m.Sealer, now: m.Now, pass: m.Pass, cost: fixture.CheapPasswords}
	h.mail = post.New(h.store, h.sealer, &post.Options{Now: h.now})
	h.Service = h.another(t)
	return h
}

// another is the service of a second process over the same table.
func (h *home) another(t testing.TB) *identity.Service {
	t.Helper()
	limiter, err := limit.NewLocal(&limit.Options{Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := identity.New(h.store, h.trail, h.sealer, limiter, &identity.Options{Now: h.now, Mail: h.mail, Passwords: h.cost, OnWorkspace: func(ctx context.Context, w identity.Workspace) {
		if in, err := tenant.From(ctx); err != nil || in != w.ID {
			t.Errorf("OnWorkspace in %q, %v", in, err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.made = append(h.made, w)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *home) register(t testing.TB, email, invite string) identity.Grant {
	t.Helper()
	g, err := h.Register(context.Background(), identity.Registration{Email: email, Name: "Ada", Password: password, Invite: invite})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// in is the context of a request of someone's.
func in(t testing.TB, g identity.Grant) context.Context {
	ctx := tenant.With(context.Background(), g.Workspace.ID)
	return tenant.WithActor(ctx, tenant.Actor{ID: g.User.ID, Email: g.User.Email})
}

func wantCode(t *testing.T, err error, want apierr.Code, path string) {
	t.Helper()
	if apierr.CodeOf(err) != want {
		t.Fatalf("%v, want %s", err, want)
	}
	if path != "" && (len(apierr.From(err).Problems) == 0 || apierr.From(err).Problems[0].Path != path) {
		t.Fatalf("problems %v, want %s", apierr.From(err).Problems, path)
	}
}

// disown leaves a workspace as it was before there were owners.
func (h *home) disown(t testing.TB, workspaceID string) {
	t.Helper()
	_, _, err := table.Modify(tenant.WithSystem(t.Context()), h.store, table.Key{PK: "WORKSPACE#" + workspaceID, SK: "0"}, func(w *map[string]any) error {
		delete(*w, "ownerId")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
