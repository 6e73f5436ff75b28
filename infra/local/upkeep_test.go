package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/migrate"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// opened is a home without a server, on a data folder.
func opened(t *testing.T, data string) *home {
	t.Helper()
	c, err := boot.Load(map[string]string{"APIQ_DATA": data})
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHome(t.Context(), c, slog.New(slog.DiscardHandler), func(context.Context, *home) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func join(t *testing.T, h *home, email string) context.Context {
	t.Helper()
	g, err := h.people.Register(t.Context(), identity.Registration{Email: email, Name: "Ada", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	return tenant.WithActor(tenant.With(t.Context(), g.Workspace.ID), tenant.Actor{ID: g.User.ID})
}

// TestNight: the jobs, over the real parts, do what their state machines do: a
// drifted spec is taken over, an old key is replaced, yesterday is archived.
func TestNight(t *testing.T) {
	t.Parallel()
	const spec = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://t.example.com"}],"paths":{"/a":{"get":{"operationId":"a","responses":{}}}}}`
	var drifted atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if drifted.Load() {
			_, _ = io.WriteString(w, strings.Replace(spec, `"/a"`, `"/b"`, 1))
			return
		}
		_, _ = io.WriteString(w, spec)
	}))
	t.Cleanup(srv.Close)
	h, start := opened(t, t.TempDir()), time.Now().UTC()
	ctx := join(t, h, "ada@example.com")
	c, err := h.connections.Create(ctx, connection.CreateInput{Name: "t", SpecURL: srv.URL, AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("t0k")}})
	if err != nil {
		t.Fatal(err)
	}
	drifted.Store(true)
	workspace, err := tenant.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	age(t, h, workspace)
	for _, job := range h.nightly() {
		if err := job.Run(t.Context()); err != nil {
			t.Errorf("%s: %v", job.Name, err)
		}
	}
	if got, err := h.connections.Get(ctx, c.ID); err != nil || got.SpecHash == c.SpecHash {
		t.Errorf("the spec is still the old one (%v)", err)
	}
	if key, err := h.sealer.CurrentKey(ctx); err != nil || time.Since(key.CreatedAt) > time.Hour {
		t.Errorf("key %+v, %v", key, err)
	}
	if cred, err := h.connections.Credential(ctx, c.ID); err != nil || cred.Token.Reveal() != "t0k" {
		t.Errorf("credential: %v", err)
	}
	later := func() time.Time { return start.Add(48 * time.Hour) }
	archive := upkeep.NewArchive(identity.NewDirectory(h.store), h.trail, h.blobs, h.store, &upkeep.ArchiveOptions{Now: later})
	if done, err := archive.Run(t.Context(), workspace, start.Format(time.DateOnly)); err != nil || done.Records == 0 {
		t.Errorf("%d records archived, %v", done.Records, err)
	}
	if v, err := h.trail.Verify(ctx); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

// age makes a workspace's current data key a hundred days older.
func age(t *testing.T, h *home, workspace string) {
	t.Helper()
	ctx := tenant.With(t.Context(), workspace)
	info, err := h.sealer.CurrentKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = table.Modify(ctx, h.store, table.Key{PK: "DATAKEY", SK: "key#" + info.ID}, func(key *map[string]any) error {
		(*key)["createdAt"] = info.CreatedAt.Add(-100 * 24 * time.Hour)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOldFolder: a folder from before there was a list of workspaces gets one at
// the first start, and a folder of a newer program is refused.
func TestOldFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := opened(t, data)
	workspace, err := tenant.From(join(t, h, "ada@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	system := tenant.WithSystem(t.Context())
	_, err = table.ModifyItem(system, h.store, table.Key{PK: "WORKSPACE#" + workspace, SK: "0"}, func(i *table.Item) error { i.Index = nil; return nil })
	if err == nil {
		err = h.store.Delete(system, table.Key{PK: "MIGRATION", SK: "0"}, table.Present())
	}
	if err = errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
	h = opened(t, data)
	ids, _, err := identity.NewDirectory(h.store).Workspaces(t.Context(), "", 10)
	if err != nil || len(ids) != 1 || ids[0] != workspace {
		t.Errorf("listed %v, %v", ids, err)
	}
	_, _, err = table.Modify(system, h.store, table.Key{PK: "MIGRATION", SK: "0"}, func(s *map[string]any) error {
		(*s)["version"], (*s)["needs"] = 99, 99
		return nil
	})
	if err = errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
	c, err := boot.Load(map[string]string{"APIQ_DATA": data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openHome(t.Context(), c, slog.New(slog.DiscardHandler), func(context.Context, *home) {}); !errors.Is(err, migrate.ErrNewer) {
		t.Errorf("got %v", err)
	}
}
