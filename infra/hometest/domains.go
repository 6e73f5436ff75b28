package hometest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// newDomain is nobody's yet.
func newDomain() string { return strings.ToLower(rand.Text()[:12]) + ".example" }

// testDomains: a workspace shows a domain to be its own, people of it are sent to the
// workspace's provider, and, where its admin wants that, come in by no other way.
func testDomains(t *testing.T, h *house) {
	name, anyone := newDomain(), Nobody(t, h)
	admin := anyone.joinAs("ada", "ada@"+name, "")
	type domain struct {
		ID, State      string
		Record         struct{ Type, Name, Value string }
		PasswordSignIn bool
	}
	type discovery struct {
		Ways     []struct{ Kind, Name, StartURL string }
		Password bool
	}
	discover := func(email string) (d discovery, raw string) {
		t.Helper()
		a := anyone.Must(200, "POST", "/api/auth/discover", Obj{"email": email})
		a.Into(t, &d)
		return d, string(a.Data)
	}
	for _, bad := range []string{"", "example", "co.uk", "gmail.com", "a b.example", "ada@" + name} {
		admin.Refused(apierr.ValidationFailed, "POST", "/api/admin/domains", Obj{"domain": bad}, "/domain")
	}
	var d domain
	admin.Must(201, "POST", "/api/admin/domains", Obj{"domain": strings.ToUpper(name)}).Into(t, &d)
	if d.ID != name || d.State != "pending" || d.Record.Type != "TXT" || d.Record.Name != "_apiq-challenge."+name || !d.PasswordSignIn {
		t.Fatalf("%+v", d)
	}
	at := "/api/admin/domains/" + name
	admin.Refused(apierr.Conflict, "POST", "/api/admin/domains", Obj{"domain": name})
	admin.Refused(apierr.ValidationFailed, "POST", at+"/verify", nil, "/domain")
	admin.Refused(apierr.Conflict, "PATCH", at, Obj{"passwordSignIn": false})
	h.dns.Set(d.Record.Name, "another="+d.Record.Value, d.Record.Value)
	admin.Must(200, "POST", at+"/verify", nil).Into(t, &d)
	if d.State != "verified" {
		t.Errorf("%+v", d)
	}
	other := Register(t, h, "other")
	other.Must(201, "POST", "/api/admin/domains", Obj{"domain": name}).Into(t, &d)
	h.dns.Set(d.Record.Name, d.Record.Value)
	other.Refused(apierr.Conflict, "POST", at+"/verify", nil)

	// Without a provider there is nowhere to send people to.
	if d, _ := discover("ada@" + name); len(d.Ways) != 0 || !d.Password {
		t.Errorf("%+v", d)
	}
	admin.Refused(apierr.Conflict, "PATCH", at, Obj{"passwordSignIn": false})
	admin.Must(200, "PUT", "/api/admin/providers/okta", Obj{"name": "Corp", "issuer": newProvider(t), "clientId": "apiq", "clientSecret": "s", "enabled": true, "jit": true})
	admin.Must(200, "PUT", "/api/admin/saml", Obj{"metadata": samlMetadata(t), "enabled": true, "jit": true})
	found, known := discover("Ada@" + strings.ToUpper(name))
	if len(found.Ways) != 2 || found.Ways[0].Kind != "oidc" || found.Ways[0].Name != "Corp" || found.Ways[1].Kind != "saml" || !found.Password {
		t.Fatalf("%+v", found)
	}
	if _, unknown := discover("nobody@" + name); unknown != known {
		t.Errorf("an account is told from none: %s and %s", known, unknown)
	}
	if d, _ := discover("ada@mail." + name); len(d.Ways) != 0 || !d.Password {
		t.Errorf("a domain below it: %+v", d)
	}
	for _, w := range found.Ways {
		if to := anyone.Must(http.StatusSeeOther, "GET", w.StartURL, nil).Header.Get("Location"); strings.Contains(to, "/login") || !strings.HasPrefix(to, "http") {
			t.Errorf("%s leads to %s", w.StartURL, to)
		}
	}
	anyone.Refused(apierr.ValidationFailed, "POST", "/api/auth/discover", Obj{"email": "nobody"}, "/email")

	// By the provider only, but for the owner.
	var invite struct{ Token string }
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": "bob@" + name, "role": "USER"}).Into(t, &invite)
	bob := anyone.joinAs("bob", "bob@"+name, invite.Token)
	login := func(p Person) Answer {
		return anyone.Send("POST", "/api/auth/login", Obj{"email": p.Email, "password": password})
	}
	admin.Must(200, "PATCH", at, Obj{"passwordSignIn": false}).Into(t, &d)
	if found, _ := discover("nobody@" + name); d.PasswordSignIn || found.Password {
		t.Errorf("%+v %+v", d, found)
	}
	bob.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	if a := login(bob); a.Status != http.StatusForbidden || len(a.Errors) != 1 || a.Errors[0].Code != "single_sign_on" {
		t.Errorf("%d %s", a.Status, a.Raw)
	}
	if a := login(admin); a.Status != http.StatusOK {
		t.Errorf("the owner is locked out: %s", a.Raw)
	}
	admin.Must(200, "DELETE", at, nil)
	if a := login(bob); a.Status != http.StatusOK {
		t.Errorf("%s", a.Raw)
	}
	if d, _ := discover("bob@" + name); len(d.Ways) != 0 || !d.Password {
		t.Errorf("%+v", d)
	}
	admin.Verified()
}
