package execution

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/web"
)

func (h handlers) retryAll(ctx context.Context, in *RetryAllIn) (*web.Reply[execution.Many], error) {
	got, err := h.runs.RetryAll(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return web.OK(got)
}

func (h handlers) export(w http.ResponseWriter, r *http.Request, in *IDIn) error {
	run, err := h.runs.File(r.Context(), in.ID)
	if err != nil {
		return err
	}
	f := File{File: run}
	switch v, err := h.flows.Version(r.Context(), run.Run.WorkflowID, run.Run.Version); {
	case err == nil:
		f.Workflow = &Document{ID: v.WorkflowID, Version: run.Run.Version, Definition: v.Definition}
	case apierr.CodeOf(err) != apierr.NotFound:
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+run.Run.ID+`.json"`)
	return json.NewEncoder(w).Encode(f)
}

func (h handlers) remove(ctx context.Context, in *IDIn) (*web.Reply[web.None], error) {
	if err := h.runs.Delete(ctx, in.ID); err != nil {
		return nil, err
	}
	return web.OK(web.None{})
}
