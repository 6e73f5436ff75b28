package connection_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	create := connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone}
	key := func(header string) connection.Settings {
		return connection.Settings{IdempotencyKey: &connection.KeySetting{Header: header}}
	}
	for name, c := range map[string]struct {
		in   connection.Settings
		want map[string]string
	}{
		"slower than a request in a minute and a half": {connection.Settings{RequestsPerSecond: 0.009}, map[string]string{"/settings/requestsPerSecond": "range"}},
		"backwards":             {connection.Settings{RequestsPerSecond: -1, MaxInFlight: -1}, map[string]string{"/settings/requestsPerSecond": "range", "/settings/maxInFlight": "range"}},
		"no number":             {connection.Settings{RequestsPerSecond: math.NaN()}, map[string]string{"/settings/requestsPerSecond": "range"}},
		"too many at once":      {connection.Settings{MaxInFlight: 65}, map[string]string{"/settings/maxInFlight": "range"}},
		"no header":             {key(""), map[string]string{"/settings/idempotencyKey/header": "required"}},
		"a header that is none": {key("a b"), map[string]string{"/settings/idempotencyKey/header": "format"}},
		"the credential's":      {key("authorization"), map[string]string{"/settings/idempotencyKey/header": "not_allowed"}},
		"no expression":         {connection.Settings{ExpiredWhen: "401"}, map[string]string{"/settings/expiredWhen": "expression"}},
		"half an expression":    {connection.Settings{ExpiredWhen: "{% $response.status = %}"}, map[string]string{"/settings/expiredWhen": "expression"}},
		"of the context":        {connection.Settings{ExpiredWhen: "{% status = 401 %}"}, map[string]string{"/settings/expiredWhen": "no_context"}},
		"of a run":              {connection.Settings{ExpiredWhen: "{% $input.a = $response.status %}"}, map[string]string{"/settings/expiredWhen": "unknown_name"}},
		"too long":              {connection.Settings{ExpiredWhen: "{% '" + strings.Repeat("x", 2048) + "' %}"}, map[string]string{"/settings/expiredWhen": "too_long"}},
	} {
		create := create
		create.Settings = c.in
		_, err := h.Create(ctx, create)
		if diff := cmp.Diff(c.want, paths(wantCode(t, err, apierr.ValidationFailed))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	create.Settings = connection.Settings{RequestsPerSecond: 0.5, MaxInFlight: 2, IdempotencyKey: &connection.KeySetting{Header: "Idempotency-Key"},
		ExpiredWhen: "{% $response.status = 403 and $response.body.error = 'expired' %}"}
	c, err := h.Create(ctx, create)
	check(t, err)
	got, err := h.Get(ctx, c.ID)
	check(t, err)
	if diff := cmp.Diff(create.Settings, got.Settings); diff != "" {
		t.Error(diff)
	}
	if e, err := h.Endpoint(ctx, c.ID, "listPets"); err != nil || e.KeyHeader != "Idempotency-Key" {
		t.Errorf("%+v %v", e.KeyHeader, err)
	}
	up, err := h.Update(ctx, c.ID, 0, connection.UpdateInput{Name: ptr("q")})
	check(t, err)
	if up.Settings.MaxInFlight != 2 {
		t.Errorf("%+v: what is not given stays", up.Settings)
	}
	up, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{Settings: &connection.Settings{}})
	check(t, err)
	if raw, err := json.Marshal(up); err != nil || up.Settings != (connection.Settings{}) || strings.Contains(string(raw), `"settings"`) {
		t.Errorf("%+v %v: new settings replace all", up.Settings, err)
	}
	_, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{Settings: &connection.Settings{MaxInFlight: 100}})
	wantCode(t, err, apierr.ValidationFailed)
}
