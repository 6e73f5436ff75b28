// Package system holds the handlers of what concerns the service itself: the
// spec cache, counts, health, the published contract.
package system

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/web"
)

// Check is one part that health looks at; its error says what is wrong.
type Check func(ctx context.Context) error

// Deps are what the handlers of this area need.
type Deps struct {
	Library *library.Library
	Stats   *stats.Service
	// Checks by name. One that fails makes the service down.
	Checks  map[string]Check
	Version string
	// Contract is the published OpenAPI document, Schema the workflow's.
	Contract func() ([]byte, error)
	Schema   func() []byte
}

// Endpoints binds the routes of this area.
func Endpoints(d Deps) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("spec-cache-list", http.StatusOK, d.cache),
		web.Bind("spec-cache-purge", http.StatusOK, d.purge),
		web.Bind("stats", http.StatusOK, d.stats),
		web.BindRaw("health", "application/json", d.health),
		web.BindRaw("openapi", "application/json", d.contract),
		web.BindRaw("workflow-schema", "application/schema+json", d.schema),
	}
}

func (d Deps) cache(ctx context.Context, in *CacheIn) (*web.Reply[[]library.Entry], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	entries, next, err := web.Narrow(page, func(limit int, cursor string) ([]library.Entry, string, error) {
		return d.Library.List(ctx, limit, cursor)
	}, func(e library.Entry) bool { return in.URL == "" || e.URL == in.URL })
	if err != nil {
		return nil, err
	}
	return web.List(entries, next)
}

func (d Deps) purge(ctx context.Context, in *PurgeIn) (*web.Reply[Purged], error) {
	n, err := d.Library.Purge(ctx, in.URL)
	if err != nil {
		return nil, err
	}
	return web.OK(Purged{Purged: n})
}

func (d Deps) stats(ctx context.Context, _ *web.None) (*web.Reply[stats.Stats], error) {
	s, err := d.Stats.Get(ctx)
	if err != nil {
		return nil, err
	}
	return web.OK(s)
}

// health answers 503 only when the service is down, in the same form.
func (d Deps) health(w http.ResponseWriter, r *http.Request, _ *web.None) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	h := Health{Status: "ok", Checks: map[string]string{}, Version: d.Version}
	for name, check := range d.Checks {
		h.Checks[name] = "ok"
		if err := check(ctx); err != nil {
			h.Checks[name], h.Status = "failed", "down"
		}
	}
	status := http.StatusOK
	if h.Status == "down" {
		status = http.StatusServiceUnavailable
	}
	return web.WriteData(w, status, h)
}

func (d Deps) contract(w http.ResponseWriter, _ *http.Request, _ *web.None) error {
	raw, err := d.Contract()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
	return nil
}

func (d Deps) schema(w http.ResponseWriter, _ *http.Request, _ *web.None) error {
	w.Header().Set("Content-Type", "application/schema+json")
	_, _ = w.Write(d.Schema())
	return nil
}
