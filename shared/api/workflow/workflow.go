// Package workflow holds the handlers of stored workflows.
package workflow

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Endpoints binds the routes of this area.
func Endpoints(flows *workflow.Service) []web.Endpoint {
	h := handlers{flows: flows}
	return []web.Endpoint{
		web.Bind("workflows-list", http.StatusOK, h.list),
		web.Bind("workflows-create", http.StatusCreated, h.create),
		web.Bind("workflows-get", http.StatusOK, h.get),
		web.Bind("workflows-update", http.StatusOK, h.update),
		web.Bind("workflows-access", http.StatusOK, h.share),
		web.Bind("workflows-delete", http.StatusOK, h.remove),
		web.Bind("workflows-versions", http.StatusOK, h.versions),
		web.Bind("workflows-rollback", http.StatusOK, h.rollback),
	}
}

type handlers struct{ flows *workflow.Service }

func (h handlers) list(ctx context.Context, in *ListIn) (*web.Reply[[]workflow.Workflow], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	status := workflow.Status(in.Status)
	if status != "" && !status.Valid() {
		return nil, apierr.New(apierr.ValidationFailed, "There is no such status.").
			With(apierr.Problem{Path: "query.status", Code: "enum", Message: "Use DRAFT, ACTIVE or INACTIVE, or leave it out."})
	}
	whose, err := access.ParseWhose(in.Owner)
	if err != nil {
		return nil, err
	}
	all, next, err := web.Narrow(page, func(limit int, cursor string) ([]workflow.Workflow, string, error) {
		return h.flows.List(ctx, limit, cursor)
	}, func(w workflow.Workflow) bool {
		return (status == "" || w.Status == status) && whose.Fits(ctx, w.Sharing)
	})
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func (h handlers) create(ctx context.Context, in *CreateIn) (*web.Reply[workflow.Workflow], error) {
	w, err := h.flows.Create(ctx, workflow.Input(in.Body))
	if err != nil {
		return nil, err
	}
	return web.Created(w, w.Version)
}

func (h handlers) get(ctx context.Context, in *IDIn) (*web.Reply[workflow.Workflow], error) {
	return reply(h.flows.Get(ctx, in.ID))
}

func (h handlers) update(ctx context.Context, in *UpdateIn) (*web.Reply[workflow.Workflow], error) {
	return reply(h.flows.Update(ctx, in.ID, in.IfMatch, workflow.Input{Name: in.Body.Name, Description: in.Body.Description, Status: in.Body.Status, Definition: in.Body.Definition}))
}

func (h handlers) share(ctx context.Context, in *AccessIn) (*web.Reply[workflow.Workflow], error) {
	return reply(h.flows.SetAccess(ctx, in.ID, in.IfMatch, in.Body))
}

func (h handlers) remove(ctx context.Context, in *DeleteIn) (*web.Reply[web.None], error) {
	if err := h.flows.Delete(ctx, in.ID, in.IfMatch); err != nil {
		return nil, err
	}
	return web.OK(web.None{})
}

func (h handlers) versions(ctx context.Context, in *VersionsIn) (*web.Reply[[]Version], error) {
	if in.Version > 0 {
		v, err := h.flows.Version(ctx, in.ID, in.Version)
		if err != nil {
			return nil, err
		}
		return web.List([]Version{{VersionInfo: v.VersionInfo, Definition: v.Definition}}, "")
	}
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := h.flows.Versions(ctx, in.ID, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	out := make([]Version, len(all))
	for i, v := range all {
		out[i] = Version{VersionInfo: v}
	}
	return web.List(out, next)
}

func (h handlers) rollback(ctx context.Context, in *RollbackIn) (*web.Reply[workflow.Workflow], error) {
	return reply(h.flows.Rollback(ctx, in.ID, in.IfMatch, in.Body.Version))
}

func reply(w workflow.Workflow, err error) (*web.Reply[workflow.Workflow], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[workflow.Workflow]{Data: w, Version: w.Version}, nil
}
