package grant_test

import (
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
)

// TestGrantsAreSealedAnew: a grant outlives the data key that it was sealed under.
func TestGrantsAreSealedAnew(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, con.ID)
	waiting := h.connect(t, ctx, p, nil) // it has no grant yet
	before, err := h.cons.Credential(ctx, con.ID)
	check(t, err)
	check(t, h.sealer.Rotate(ctx))
	look, tally := secret.Looking(ctx)
	if _, err := h.Reseal(look); err != nil {
		t.Fatal(err)
	}
	old := tally.Values()
	if n, err := h.Reseal(ctx); n != 1 || err != nil {
		t.Errorf("%d sealed anew: %v", n, err)
	}
	if n, err := h.Reseal(ctx); n != 0 || err != nil {
		t.Errorf("%d once more: %v", n, err)
	}
	look, tally = secret.Looking(ctx)
	if _, err := h.Reseal(look); err != nil {
		t.Fatal(err)
	}
	for id := range tally.Values() {
		if old[id] != 0 {
			t.Errorf("something lies under the old key: %v, before %v", tally.Values(), old)
		}
	}
	if len(old) != 1 || len(tally.Values()) != 1 {
		t.Errorf("a grant was not seen: %v, %v", old, tally.Values())
	}
	wrap, err := keyfile.Open(filepath.Join(h.path, "key"))
	check(t, err)
	h.sealer = secret.NewEnvelope(h.store, wrap, nil) // nothing cached
	again, err := h.process().Token(ctx, con, 0)
	if err != nil || !again.Access.Equal(before.Token) {
		t.Errorf("the grant does not open any more: %v", err)
	}
	if got := h.get(t, ctx, waiting.ID); got.Status != connection.StatusNeedsAuthorisation {
		t.Error(got.Status)
	}
}

// TestSSRFAddressesOfProviders: no field of authConfig that takes an address leads past
// the guard, when it is given and when it is used.
func TestSSRFAddressesOfProviders(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	for _, field := range []string{"authorizeUrl", "tokenUrl", "refreshUrl", "deviceUrl", "revokeUrl", "accountUrl"} {
		for _, address := range []string{"https://169.254.169.254/latest", "https://[::ffff:169.254.169.254]/", "https://10.0.0.1/", "https://0x7f.1/", "https://2130706433/", "https://metadata.google.internal/",
			"https://168.63.129.16/", "https://[fd00::1]/", "https://user:pw@login.example.com/", "https://login.example.com:22/", "http://login.example.com/", "file:///etc/passwd", "gopher://x/", "//x/", "x",
			"https://login.example.com/#frag", "https://login.example.com/\r\nX: y"} {
			all := object{"clientId": "app", "authorizeUrl": p.URL + "/a", "tokenUrl": p.URL + "/t"}
			all[field] = address
			raw, err := json.Marshal(all)
			check(t, err)
			var c connection.AuthConfig
			check(t, json.Unmarshal(raw, &c))
			_, err = h.cons.Create(ctx, connection.CreateInput{Name: "API", SpecDocument: doc, AuthType: connection.AuthOAuth, AuthConfig: c})
			e := apierr.From(err)
			if apierr.CodeOf(err) != apierr.ValidationFailed || len(e.Problems) == 0 || e.Problems[0].Path != "/authConfig/"+field {
				t.Errorf("%s %q: %v", field, address, err)
			}
		}
	}
	// One that passed once, and is where the guard does not let anybody now.
	con := h.connect(t, ctx, p, object{"accountUrl": p.URL + "/me"})
	h.consent(t, ctx, p, con.ID)
	asked := len(p.seen)
	h.guard = egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	closed := h.process()
	h.clock.Pass(2 * time.Hour)
	_, err := closed.Token(ctx, con, 0)
	if e := wantCode(t, err, apierr.CredentialsInvalid); !strings.Contains(e.Detail, "not allow") {
		t.Errorf("%q", e.Detail)
	}
	if out, err := closed.Revoke(ctx, con); err != nil || out.Revoked == nil || *out.Revoked {
		t.Errorf("%+v %v", out, err)
	}
	if len(p.seen) != asked || len(p.revoked) != 0 {
		t.Error("it was asked all the same")
	}
}
