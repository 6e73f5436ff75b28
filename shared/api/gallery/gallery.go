// Package gallery holds the handlers of the templates that come with the product.
package gallery

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Endpoints binds the routes of this area.
func Endpoints(templates *gallery.Service) []web.Endpoint {
	h := handlers{templates}
	return []web.Endpoint{
		web.Bind("templates-list", http.StatusOK, h.list),
		web.Bind("templates-use", http.StatusCreated, h.use),
	}
}

type handlers struct{ templates *gallery.Service }

func (h handlers) list(ctx context.Context, _ *web.None) (*web.Reply[[]gallery.Card], error) {
	all, err := h.templates.List(ctx)
	if err != nil {
		return nil, err
	}
	return web.List(all, "")
}

// UseIn names a template, and a connection for each of its slots.
type UseIn struct {
	ID   string `path:"id"`
	Body struct {
		// Connections are ids of connections, by slot.
		Connections map[string]string `json:"connections" jsonschema:"required"`
	}
}

func (h handlers) use(ctx context.Context, in *UseIn) (*web.Reply[workflow.Workflow], error) {
	w, err := h.templates.Use(ctx, in.ID, in.Body.Connections)
	if err != nil {
		return nil, err
	}
	return web.Created(w, w.Version)
}
