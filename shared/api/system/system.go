// Package system holds the handlers of what concerns the service itself: health,
// the published contract and schemas.
package system

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/web"
)

// Check is one part that health looks at; its error says what is wrong.
type Check func(ctx context.Context) error

// Deps are what the handlers of this area need.
type Deps struct {
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
		web.BindRaw("health", "application/json", d.health),
		web.BindRaw("openapi", "application/json", d.contract),
		web.BindRaw("workflow-schema", "application/schema+json", d.schema),
	}
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
