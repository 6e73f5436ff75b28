package effect_test

import (
	"encoding/json"
	"testing"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
)

func op(method, path, id, summary string) *spec.Operation {
	return &spec.Operation{Summary: spec.Summary{ID: id, Method: method, Path: path, Summary: summary}}
}

func TestOf(t *testing.T) {
	t.Parallel()
	keyed := op("POST", "/payments", "pay", "")
	keyed.Parameters = []spec.Parameter{{Name: "X-Idempotency-Key", In: "header"}}
	extension := op("PATCH", "/payments/{id}", "amend", "")
	extension.Extensions = map[string]json.RawMessage{"x-idempotent": json.RawMessage("true")}
	off := op("POST", "/payments", "pay", "")
	off.Extensions = map[string]json.RawMessage{"x-idempotent": json.RawMessage("false")}
	other := op("POST", "/payments", "pay", "")
	other.Parameters = []spec.Parameter{{Name: "X-Request-Id", In: "header"}, {Name: "Idempotency-Key", In: "cookie"}}
	for name, tc := range map[string]struct {
		op   *spec.Operation
		want effect.Class
	}{
		"unknown":            {nil, effect.Unsafe},
		"post":               {op("POST", "/a", "a", ""), effect.Unsafe},
		"patch":              {op("PATCH", "/a", "a", ""), effect.Unsafe},
		"made up":            {op("LAUNCH", "/a", "a", ""), effect.Unsafe},
		"request id":         {other, effect.Unsafe},
		"extension says no":  {off, effect.Unsafe},
		"extension says yes": {extension, effect.Keyed},
		"key header":         {keyed, effect.Keyed},
		"put":                {op("PUT", "/a", "a", ""), effect.Idempotent},
		"delete":             {op("DELETE", "/a", "a", ""), effect.Idempotent},
		"get":                {op("GET", "/a", "a", ""), effect.Safe},
		"head":               {op("head", "/a", "a", ""), effect.Safe},
	} {
		if got := effect.Of(tc.op, ""); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
		if got := effect.Of(tc.op, "").Repeatable(); got != (tc.want != effect.Unsafe) {
			t.Errorf("%s: repeatable %v", name, got)
		}
	}
}

func TestKeyHeaderOfSettings(t *testing.T) {
	t.Parallel()
	const header = "x-request-token"
	declares := op("POST", "/a", "a", "")
	declares.Parameters = []spec.Parameter{{Name: "Idempotency-Key", In: "query"}, {Name: "X-Request-Token", In: "header"}}
	for name, tc := range map[string]struct {
		op     *spec.Operation
		want   effect.Class
		header string
	}{
		"unknown":  {nil, effect.Unsafe, ""},
		"post":     {op("POST", "/a", "a", ""), effect.Keyed, header},
		"patch":    {op("PATCH", "/a", "a", ""), effect.Keyed, header},
		"declared": {declares, effect.Keyed, "X-Request-Token"},
		"put":      {op("PUT", "/a", "a", ""), effect.Idempotent, header},
		"get":      {op("GET", "/a", "a", ""), effect.Safe, header},
	} {
		if got := effect.Of(tc.op, header); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
		if tc.op == nil {
			continue
		}
		if key, in, ok := effect.KeyParameter(tc.op, header); key != tc.header || in != "header" || !ok {
			t.Errorf("%s: the key goes to %s %q", name, in, key)
		}
	}
}

func TestRisk(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		op   *spec.Operation
		want effect.Level
	}{
		{nil, effect.Irreversible},
		// Safe methods read, whatever they are called.
		{op("GET", "/send/payments", "sendPayment", "Send money"), effect.Read},
		{op("DELETE", "/pets/{petId}", "deletePet", ""), effect.Irreversible},
		// Words only count as words, and as what is done.
		{op("POST", "/displays", "createDisplay", "Create a display"), effect.Write},
		{op("POST", "/senders", "createSender", "Create a sender identity"), effect.Write},
		{op("POST", "/repos/{owner}/{repo}/issues", "issues/create", "Create an issue"), effect.Write},
		{op("POST", "/v1/customers", "PostCustomers", "Create a customer"), effect.Write},
		{op("PATCH", "/v1/refund-policies/{id}", "updateRefundPolicy", "Update the refund policy"), effect.Write},
		{op("PUT", "/pets/{id}", "putPet", ""), effect.Write},
		// Money, messages, rights, exposure.
		{op("POST", "/v1/charges", "PostCharges", "Create a charge"), effect.Irreversible},
		{op("POST", "/v1/charges/{charge}/refund", "PostChargesChargeRefund", ""), effect.Irreversible},
		{op("POST", "/v1/payouts", "PostPayouts", ""), effect.Irreversible},
		{op("POST", "/chat.postMessage", "chat_postMessage", "Sends a message to a channel."), effect.Irreversible},
		{op("POST", "/2010/Messages.json", "CreateMessage", "Send a message"), effect.Irreversible},
		{op("POST", "/auth.revoke", "auth_revoke", ""), effect.Irreversible},
		{op("POST", "/subscriptions/{id}/cancel", "cancelSubscription", ""), effect.Irreversible},
		{op("PUT", "/posts/{id}/publish", "publishPost", ""), effect.Irreversible},
		{op("POST", "/accounts/{id}/close", "closeAccount", ""), effect.Irreversible},
		{op("POST", "/v1/payment_intents/{intent}/confirm", "PostPaymentIntentsIntentConfirm", ""), effect.Irreversible},
		{op("POST", "/users/{id}/confirm", "confirmUser", "Confirm an address"), effect.Write},
		{op("POST", "/", "POST /", ""), effect.Write},
		{op("POST", "", "", ""), effect.Write},
	} {
		got, why := effect.Risk(tc.op)
		if got != tc.want || why == "" {
			t.Errorf("%+v: %s (%s), want %s", tc.op, got, why, tc.want)
		}
	}
}
