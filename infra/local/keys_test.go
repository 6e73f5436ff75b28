package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/upkeep"
)

func command(t *testing.T, args ...string) (int, string) {
	t.Helper()
	status, out, errs := apiq(t, args...)
	return status, out + errs
}

// until asks again until what it gives fits, for at most a minute.
func until(t *testing.T, what string, fits func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !fits(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
		time.Sleep(20 * time.Millisecond) // between two questions to another process's background
	}
}

// secretive has a connection with a credential, and calls with it.
func secretive(t *testing.T, p hometest.Person) (call func()) {
	t.Helper()
	shop := hometest.NewShop(t)
	var con struct{ ID string }
	p.Must(201, "POST", "/api/apis", hometest.Obj{"name": "Shop", "specUrl": shop.URL + "/openapi.json", "authType": "BEARER",
		"authConfig": hometest.Obj{"token": "tok-0123456789"}}).Into(t, &con)
	return func() {
		t.Helper()
		p.Must(200, "POST", "/api/apis/"+con.ID+"/test", nil)
	}
}

// TestKeysOfServer: rotated over HTTP, swept in the background, and nobody notices.
func TestKeysOfServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p := hometest.Register(t, s, "ada")
	call := secretive(t, p)
	call()
	var before, after upkeep.KeyStatus
	p.Must(200, "GET", "/api/admin/keys", nil).Into(t, &before)
	p.Must(202, "POST", "/api/admin/keys/rotate", nil).Into(t, &after)
	if len(before.Keys) != 1 || len(after.Keys) != 2 || after.Keys[1].ID != before.Keys[0].ID || after.Sweep == nil {
		t.Fatalf("%+v\n%+v", before, after)
	}
	until(t, "the sweep", func() bool {
		p.Must(200, "GET", "/api/admin/keys", nil).Into(t, &after)
		return after.Sweep.State == upkeep.SweepDone
	})
	if *after.Keys[0].Values < 1 || *after.Keys[1].Values != 0 {
		t.Errorf("%+v", after)
	}
	call()
	raw := p.Must(200, "GET", "/api/admin/keys", nil).Raw
	if bytes.Contains(raw, []byte("wrapped\"")) || bytes.Contains(raw, []byte("tok-0123456789")) {
		t.Errorf("%s", raw)
	}
	if status, said := command(t, "keys", "status", "--data", data); status != 1 || !strings.Contains(said, "--server") {
		t.Errorf("a folder in use: %d %s", status, said)
	}
	if status, said := command(t, "keys", "status", "--server", s.URL(), "--token", p.Token); status != 0 || strings.Count(said, "data key ") != 2 || !strings.Contains(said, "sweep: done") {
		t.Errorf("%d %s", status, said)
	}
	if status, said := command(t, "keys", "rotate", "--server", s.URL(), "--token", p.Token); status != 0 || strings.Count(said, "data key ") != 3 {
		t.Errorf("%d %s", status, said)
	}
	for _, args := range [][]string{{"--server", "x", "--token", "t"}, {"--server", s.URL()}, {"--master", "--server", s.URL(), "--token", "t"}} {
		if status, said := command(t, append([]string{"keys", "rotate"}, args...)...); status != 2 {
			t.Errorf("%v: %d %s", args, status, said)
		}
	}

	// Another master key beside the running server: it wraps the data keys under it.
	if status, said := command(t, "keys", "rotate", "--master", "--data", data); status != 0 || !strings.Contains(said, "within a minute") {
		t.Fatalf("%d %s", status, said)
	}
	call()
	p.Must(202, "POST", "/api/admin/keys/rotate", nil) // which also wakes who follows
	until(t, "the new master key", func() bool {
		p.Must(200, "GET", "/api/admin/keys", nil).Into(t, &after)
		for _, k := range after.Keys {
			if k.Master != after.Master {
				return false
			}
		}
		return after.Master != before.Master
	})
	call()
	p.Verified()
	s.stop()
	if status, said := command(t, "keys", "prune", "--data", data); status != 0 || !strings.Contains(said, "1 older master keys") {
		t.Errorf("%d %s", status, said)
	}
	p = p.At(startBare(t, data, nil))
	p.Verified()
}

// TestKeysOfFolder: the same without a server.
func TestKeysOfFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p := hometest.Register(t, s, "ada")
	secretive(t, p)()
	s.stop()
	if status, said := command(t, "keys", "status", "--data", data); status != 0 || !strings.Contains(said, p.Workspace) || strings.Count(said, "data key ") != 2 {
		t.Errorf("%d %s", status, said)
	}
	if status, said := command(t, "keys", "rotate", "--data", data); status != 0 || !strings.Contains(said, "2 workspaces have a new data key") {
		t.Errorf("%d %s", status, said)
	}
	if status, said := command(t, "keys", "rotate", "--master", "--data", data); status != 0 || !strings.Contains(said, "4 data keys are wrapped") {
		t.Errorf("%d %s", status, said)
	}
	file := filepath.Join(data, "master.key")
	both, err := os.ReadFile(file)
	if err != nil || len(both) != 64 {
		t.Fatalf("%d bytes, %v", len(both), err)
	}
	if status, said := command(t, "keys", "prune", "--data", data); status != 0 {
		t.Errorf("%d %s", status, said)
	}
	if one, err := os.ReadFile(file); err != nil || !bytes.Equal(one, both[32:]) {
		t.Errorf("%d bytes, %v", len(one), err)
	}
	h, err := openHome(t.Context(), boot.Config{Data: data}, slog.New(slog.NewTextHandler(io.Discard, nil)), func(context.Context, *home) {})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if left, err := h.rotation.BehindEverywhere(t.Context()); err != nil || left != 0 {
		t.Errorf("%d, %v", left, err)
	}
	if status, said := command(t, "keys", "prune", "--data", t.TempDir()); status != 1 || !strings.Contains(said, "no data folder") {
		t.Errorf("%d %s", status, said)
	}
}
