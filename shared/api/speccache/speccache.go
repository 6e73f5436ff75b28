// Package speccache holds the handlers of the cache of specs.
package speccache

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(lib *library.Library) []web.Endpoint {
	h := handlers{library: lib}
	return []web.Endpoint{
		web.Bind("spec-cache-list", http.StatusOK, h.list),
		web.Bind("spec-cache-purge", http.StatusOK, h.purge),
	}
}

type handlers struct{ library *library.Library }

// CacheIn narrows to one URL.
type CacheIn struct {
	URL    string `query:"url"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// PurgeIn names what to forget; without a URL everything.
type PurgeIn struct {
	URL string `query:"url"`
}

// Purged counts what was forgotten.
type Purged struct {
	Purged int `json:"purged"`
}

func (h handlers) list(ctx context.Context, in *CacheIn) (*web.Reply[[]library.Entry], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	entries, next, err := web.Narrow(page, func(limit int, cursor string) ([]library.Entry, string, error) {
		return h.library.List(ctx, limit, cursor)
	}, func(e library.Entry) bool { return in.URL == "" || e.URL == in.URL })
	if err != nil {
		return nil, err
	}
	return web.List(entries, next)
}

func (h handlers) purge(ctx context.Context, in *PurgeIn) (*web.Reply[Purged], error) {
	n, err := h.library.Purge(ctx, in.URL)
	if err != nil {
		return nil, err
	}
	return web.OK(Purged{Purged: n})
}
