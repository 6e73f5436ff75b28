package saml_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"html"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const public = "https://apiq.example"

// pair is a key of a provider's, made once: it is slow to make.
type pair struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

func newPair(cn string) pair {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return pair{key, certificate}
}

var theirs, mallorys = sync.OnceValue(func() pair { return newPair("idp") }), sync.OnceValue(func() pair { return newPair("mallory") })

type home struct {
	*saml.Service
	t         testing.TB
	clock     *fixture.Clock
	people    *identity.Service
	trail     *audit.Trail
	store     *table.Store
	keys      *keypair.Store
	admin     identity.Grant
	ctx       context.Context // an admin's request
	workspace string
	idp       *crewjam.IdentityProvider
	session   *crewjam.Session
	browser   string
}

func (h *home) now() time.Time { return h.clock.Now() }

func (h *home) pass(d time.Duration) {
	h.clock.Pass(d)
	h.idp.Clock = dsig.NewFakeClockAt(h.now())
}

// GetServiceProvider implements crewjam.ServiceProviderProvider.
func (h *home) GetServiceProvider(*http.Request, string) (*crewjam.EntityDescriptor, error) {
	raw, err := h.Metadata(h.t.Context(), h.workspace)
	if err != nil {
		return nil, os.ErrNotExist
	}
	var d crewjam.EntityDescriptor
	return &d, xml.Unmarshal(raw, &d)
}

// GetSession implements crewjam.SessionProvider.
func (h *home) GetSession(http.ResponseWriter, *http.Request, *crewjam.IdpAuthnRequest) *crewjam.Session {
	s := *h.session
	s.CreateTime, s.ExpireTime, s.Index = h.now(), h.now().Add(time.Hour), random(h.t)
	return &s
}

func random(t testing.TB) string {
	t.Helper()
	return rand.Text()
}

func newHome(t testing.TB) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	h := &home{t: t, clock: m.Clock, people: m.People(t, nil), trail: m.Trail, store: m.Store}
	var err error
	if h.admin, err = h.people.Register(t.Context(), identity.Registration{Email: "boss@corp.example", Name: "Boss", Password: fixture.Password}); err != nil {
		t.Fatal(err)
	}
	h.workspace = h.admin.Workspace.ID
	h.ctx = tenant.WithActor(tenant.With(context.Background(), h.workspace), tenant.Actor{ID: h.admin.User.ID})
	h.keys = keypair.New(m.Store, m.Sealer)
	h.Service = saml.New(m.Store, m.Trail, h.keys, h.people, egress.New(nil).Client(nil), &saml.Options{PublicURL: func() string { return public }, Now: h.now})
	h.idp = newIDP(h, theirs(), "https://idp.example")
	h.session = &crewjam.Session{NameID: "ada@corp.example", NameIDFormat: string(crewjam.EmailAddressNameIDFormat), UserCommonName: "Ada", UserEmail: "ada@corp.example", Groups: []string{"makers"}}
	h.save(func(*saml.Config) {})
	return h
}

func newIDP(h *home, p pair, entity string) *crewjam.IdentityProvider {
	return &crewjam.IdentityProvider{Key: p.key, Certificate: p.certificate, MetadataURL: parse(h.t, entity+"/metadata"), SSOURL: parse(h.t, entity+"/sso"), LogoutURL: parse(h.t, entity+"/slo"),
		ServiceProviderProvider: h, SessionProvider: h, SignatureMethod: dsig.RSASHA256SignatureMethod, Clock: dsig.NewFakeClockAt(h.now())}
}

func parse(t testing.TB, text string) url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return *u
}

func (h *home) metadata() string {
	h.t.Helper()
	raw, err := xml.Marshal(h.idp.Metadata())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(raw)
}

func (h *home) save(change func(*saml.Config)) {
	h.t.Helper()
	c := saml.Config{Metadata: h.metadata(), Enabled: true, JIT: true, DefaultRole: route.RoleUser}
	change(&c)
	if _, err := h.Save(h.ctx, c, ""); err != nil {
		h.t.Fatal(err)
	}
}

// depart starts a flow and gives the address that the browser is sent to.
func (h *home) depart() *url.URL {
	h.t.Helper()
	d, err := h.Start(context.Background(), h.workspace, "/workflows", h.browser)
	if err != nil {
		h.t.Fatal(err)
	}
	h.browser = d.Browser
	u := parse(h.t, d.URL)
	return &u
}

var field = regexp.MustCompile(`name="SAMLResponse" value="([^"]*)"`)

// answer is what the provider's page posts back.
func (h *home) answer(to *url.URL) (response, state string) {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.idp.ServeSSO(w, httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, to.String(), http.NoBody))
	m := field.FindStringSubmatch(w.Body.String())
	if m == nil {
		h.t.Fatalf("the provider answered %d: %s", w.Code, w.Body)
	}
	return html.UnescapeString(m[1]), to.Query().Get("RelayState")
}

// document is a response to be altered.
func document(t testing.TB, response string) *etree.Document {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		t.Fatal(err)
	}
	d := etree.NewDocument()
	if err := d.ReadFromBytes(raw); err != nil {
		t.Fatal(err)
	}
	return d
}

func encoded(t testing.TB, d *etree.Document) string {
	t.Helper()
	raw, err := d.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}
