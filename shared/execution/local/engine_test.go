package local_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/enginetest"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// opened is an engine that runs over a file.
type opened struct {
	engine *local.Engine
	store  *table.Store
	close  func()
}

func openEngine(t testing.TB, path string, handlers map[string]execution.Handler, opts *local.Options) *opened {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, &sqlite.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if opts == nil {
		opts = &local.Options{}
	}
	opts.Log = slog.New(slog.DiscardHandler)
	store := table.New(db, nil)
	e, err := local.New(store, handlers, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	return &opened{engine: e, store: store, close: func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Harness{Open: func(t *testing.T, handlers enginetest.Handlers) *enginetest.System {
		path := filepath.Join(t.TempDir(), "apiq.db")
		o := openEngine(t, path, handlers, nil)
		t.Cleanup(func() { o.close() })
		return &enginetest.System{Engine: o.engine, Reopen: func() execution.Engine {
			o.close()
			*o = *openEngine(t, path, handlers, nil)
			return o.engine
		}}
	}})
}
