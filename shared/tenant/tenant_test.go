package tenant_test

import (
	"context"
	"errors"
	"testing"

	"github.com/apiq/apiq/shared/tenant"
)

func TestFrom(t *testing.T) {
	t.Parallel()
	none := t.Context()
	for name, ctx := range map[string]context.Context{"nothing": none, "empty": tenant.With(none, ""), "emptied": tenant.With(tenant.With(none, "wsp_1"), "")} {
		if w, err := tenant.From(ctx); w != "" || !errors.Is(err, tenant.ErrNone) {
			t.Errorf("%s: %q %v", name, w, err)
		}
	}
	for want, ctx := range map[string]context.Context{"wsp_1": tenant.With(none, "wsp_1"), "wsp_2": tenant.With(tenant.With(none, "wsp_1"), "wsp_2"), tenant.System: tenant.WithSystem(none)} {
		if w, err := tenant.From(ctx); w != want || err != nil {
			t.Errorf("%q %v, want %q", w, err, want)
		}
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	if a := tenant.ActorFrom(t.Context()); a != (tenant.Actor{ID: "system"}) {
		t.Errorf("nobody is %+v", a)
	}
	ada := tenant.Actor{ID: "usr_1", Email: "ada@example.com", Role: "ADMIN", SessionID: "ses_1", RequestID: "req_1", IP: "127.0.0.1"}
	if a := tenant.ActorFrom(tenant.With(tenant.WithActor(t.Context(), ada), "wsp_1")); a != ada {
		t.Errorf("%+v", a)
	}
}
