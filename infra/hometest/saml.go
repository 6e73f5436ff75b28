package hometest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// samlMetadata is a provider's that nobody runs: how answers are judged is tested in
// shared/signin/saml.
func samlMetadata(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/metadata"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + base64.StdEncoding.EncodeToString(der) + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>`
}

// testSAML: the way to a provider and back, as a browser goes it. Only the provider's
// answer may come from another site's page.
func testSAML(t *testing.T, h *house) {
	admin, nobody := Register(t, h, "admin"), Nobody(t, h)
	at := "/api/auth/saml/" + admin.Workspace
	to := func(a Answer) *url.URL {
		t.Helper()
		u, err := url.Parse(a.Header.Get("Location"))
		if err != nil || a.Status != http.StatusSeeOther {
			t.Fatalf("%d to %q: %s", a.Status, a.Header.Get("Location"), a.Raw)
		}
		return u
	}
	if u := to(nobody.Send("GET", at+"/start", nil)); u.Path != "/login" || u.Query().Get("error") != "not_configured" {
		t.Errorf("not configured: %s", u)
	}
	nobody.Refused(apierr.NotFound, "GET", at+"/metadata", nil)
	admin.Refused(apierr.ValidationFailed, "PUT", "/api/admin/saml", Obj{"enabled": true}, "/metadata")
	admin.Must(http.StatusOK, "PUT", "/api/admin/saml", Obj{"metadata": samlMetadata(t), "enabled": true, "jit": true})
	var set struct {
		EntityID, ACSURL string
		Configured       bool
		Provider         struct{ EntityID string }
	}
	admin.Must(http.StatusOK, "GET", "/api/admin/saml", nil).Into(t, &set)
	if !set.Configured || set.Provider.EntityID != "https://idp.example/metadata" || !strings.HasSuffix(set.ACSURL, at+"/acs") {
		t.Errorf("%+v", set)
	}
	if a := nobody.plain(nobody.request("GET", at+"/metadata", nil)); a.Status != http.StatusOK || !strings.Contains(string(a.Raw), set.EntityID) || !strings.Contains(string(a.Raw), set.ACSURL) || !strings.Contains(string(a.Raw), at+"/slo") {
		t.Errorf("our metadata: %d %s", a.Status, a.Raw)
	}
	begun := nobody.Send("GET", at+"/start?returnTo=/workflows", nil)
	u := to(begun)
	if u.Host != "idp.example" || u.Query().Get("SAMLRequest") == "" || u.Query().Get("RelayState") == "" || !strings.Contains(begun.Header.Get("Set-Cookie"), "apiq_signin=") || !strings.Contains(begun.Header.Get("Set-Cookie"), "HttpOnly") {
		t.Errorf("%s, %s", u, begun.Header.Get("Set-Cookie"))
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://idp.example", "Sec-Fetch-Site", "cross-site"}
	body := url.Values{"SAMLResponse": {"PHg+"}, "RelayState": {u.Query().Get("RelayState")}}.Encode()
	for _, want := range []string{"invalid_answer", "expired"} { // it is used up
		if u := to(nobody.Send("POST", at+"/acs", body, form...)); u.Path != "/login" || u.Query().Get("error") != want || u.Query().Get("workspace") != admin.Workspace {
			t.Errorf("%s, want %s", u, want)
		}
	}
	for _, a := range []Answer{nobody.Send("GET", at+"/slo?SAMLRequest=PHg%2B", nil), nobody.Send("POST", at+"/slo", url.Values{"SAMLRequest": {"PHg+"}}.Encode(), form...)} {
		if u := to(a); u.Path != "/login" || u.Query().Get("error") != "invalid_answer" {
			t.Errorf("a sign-out that is not signed: %s", u)
		}
	}
	for _, path := range []string{"/logout?ticket=x", "/slo?SAMLResponse=PHg%2B"} {
		if u := to(nobody.Send("GET", at+path, nil)); u.Path != "/login" || u.Query().Get("signedOut") != "1" {
			t.Errorf("%s: %s", path, u)
		}
	}
	if u := to(nobody.Send("GET", at+"/finish?ticket=x", nil)); u.Query().Get("error") != "expired" {
		t.Errorf("no ticket: %s", u)
	}
	if a := nobody.Send("POST", "/api/auth/login", Obj{"email": "x@example.com", "password": "x"}, "Origin", "https://idp.example", "Sec-Fetch-Site", "cross-site"); a.Status != http.StatusForbidden {
		t.Errorf("another route is open to other sites: %d", a.Status)
	}
	if a := nobody.Send("POST", at+"/acs", "SAMLResponse="+strings.Repeat("A", 700<<10), form...); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", a.Status)
	}
	admin.Must(http.StatusOK, "DELETE", "/api/admin/saml", nil)
	if u := to(nobody.Send("GET", at+"/start", nil)); u.Query().Get("error") != "not_configured" {
		t.Errorf("removed: %s", u)
	}
}
