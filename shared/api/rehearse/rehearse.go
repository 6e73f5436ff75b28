// Package rehearse holds the handlers that play workflows without a call.
package rehearse

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(stage *rehearse.Service) []web.Endpoint {
	h := handlers{stage}
	return []web.Endpoint{web.Bind("workflows-rehearse", http.StatusOK, h.rehearse)}
}

type handlers struct{ stage *rehearse.Service }

// In asks for a rehearsal.
type In struct {
	ID   string `path:"id"`
	Body struct {
		Input   json.RawMessage `json:"input,omitempty"`
		Version int64           `json:"version,omitempty" jsonschema:"minimum=1"`
		// Faults are those to play in each call: all where it is left out, none where it
		// is empty.
		Faults []rehearse.Fault `json:"faults,omitempty"`
	}
}

func (h handlers) rehearse(ctx context.Context, in *In) (*web.Reply[rehearse.Report], error) {
	report, err := h.stage.Rehearse(ctx, in.ID, rehearse.Request{Input: in.Body.Input, Version: in.Body.Version, Faults: in.Body.Faults})
	if err != nil {
		return nil, err
	}
	return web.OK(report)
}

// Comparisons binds the route that compares runs.
func Comparisons(c *rehearse.Comparer) []web.Endpoint {
	return []web.Endpoint{web.Bind("executions-compare", http.StatusOK, func(ctx context.Context, in *CompareIn) (*web.Reply[rehearse.Comparison], error) {
		got, err := c.Compare(ctx, in.ID, in.Body.Version)
		if err != nil {
			return nil, err
		}
		return web.OK(got)
	})}
}

// CompareIn names a run and the version that it is compared with, the newest by default.
type CompareIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int64 `json:"version,omitempty" jsonschema:"minimum=1"`
	}
}
