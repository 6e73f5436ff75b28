package saml

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ProviderID is what a sign-in by SAML is called in the trail.
const ProviderID = "saml"

const ticketLife = time.Minute

// Fetcher reads an address that somebody chose: the guard's client.
type Fetcher interface {
	Do(req *http.Request) (*http.Response, error)
}

// People takes in whom an assertion names.
type People interface {
	SignInExternal(ctx context.Context, e identity.External) (identity.Grant, error)
	// EndedOutside ends what a provider says has ended.
	EndedOutside(ctx context.Context, n identity.Notice) (int, error)
}

// Options of a Service.
type Options struct {
	// PublicURL tells where browsers reach the product. Defaults to nowhere: flows are refused.
	PublicURL func() string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service is the service provider, of each workspace its own.
type Service struct {
	store     *table.Store
	trail     *audit.Trail
	keys      *keypair.Store
	people    People
	fetcher   Fetcher
	publicURL func() string
	now       func() time.Time
}

// New makes the service. What it is made of is required.
func New(store *table.Store, trail *audit.Trail, keys *keypair.Store, people People, fetcher Fetcher, o *Options) *Service {
	s := &Service{store: store, trail: trail, keys: keys, people: people, fetcher: fetcher, publicURL: func() string { return "" }, now: time.Now}
	if o != nil {
		if o.PublicURL != nil {
			s.publicURL = o.PublicURL
		}
		if o.Now != nil {
			s.now = o.Now
		}
	}
	return s
}

// Addresses are what the provider must be told of us.
type Addresses struct {
	EntityID string `json:"entityId"`
	ACS      string `json:"acsUrl"`
	Metadata string `json:"metadataUrl"`
	Start    string `json:"startUrl"`
	// SLO is where it speaks of sign-outs (single logout service).
	SLO string `json:"sloUrl"`
}

// Addresses of a workspace.
func (s *Service) Addresses(workspace string) Addresses {
	base := s.publicURL() + "/api/auth/saml/" + workspace
	return Addresses{EntityID: base + "/metadata", ACS: base + "/acs", Metadata: base + "/metadata", Start: base + "/start", SLO: base + "/slo"}
}

// provider is the service provider that a workspace is to its identity provider.
func (s *Service) provider(ctx context.Context, workspace string, idp *crewjam.EntityDescriptor) (*crewjam.ServiceProvider, error) {
	pair, err := s.keys.Get(ctx)
	if err != nil {
		return nil, err
	}
	at := s.Addresses(workspace)
	acs, err := url.Parse(at.ACS)
	if err != nil {
		return nil, err
	}
	slo, err := url.Parse(at.SLO)
	if err != nil {
		return nil, err
	}
	sp := &crewjam.ServiceProvider{EntityID: at.EntityID, Key: pair.Key, Certificate: pair.Certificate, AcsURL: *acs, IDPMetadata: idp,
		AuthnNameIDFormat: crewjam.UnspecifiedNameIDFormat, AssertionConsumerServiceBindings: []string{crewjam.HTTPPostBinding},
		MetadataOmitValidUntil: true, RejectSHA1Signatures: true, RejectUnknownConditions: true, RequireSignedResponseForCBC: true,
		// Certificates in metadata only carry keys: who vouches for them is the admin who pasted them.
		IgnoreCertificateExpiry: true, LimitRelayStateLength: true,
		// What is said of sign-outs is always signed (SAML 2.0 profiles, 4.4.3.5 and 4.4.4.2).
		SloURL: *slo, LogoutBindings: []string{crewjam.HTTPRedirectBinding, crewjam.HTTPPostBinding}, LogoutSignatureMethod: dsig.RSASHA256SignatureMethod,
		Clock: dsig.NewFakeClockAt(s.now())}
	if idp != nil && len(idp.IDPSSODescriptors) > 0 {
		if wants := idp.IDPSSODescriptors[0].WantAuthnRequestsSigned; wants != nil && *wants {
			sp.SignatureMethod = dsig.RSASHA256SignatureMethod
		}
	}
	return sp, nil
}

// Metadata are ours for a workspace's provider. A workspace that there is not has the
// same form: the key is made with the first configuration, so here there must be one.
func (s *Service) Metadata(ctx context.Context, workspace string) ([]byte, error) {
	if !id.Is(workspace, id.Workspace) || s.publicURL() == "" {
		return nil, notThere()
	}
	ctx = tenant.With(ctx, workspace)
	if _, err := s.Config(ctx); err != nil {
		return nil, notFound(err)
	}
	sp, err := s.provider(ctx, workspace, nil)
	if err != nil {
		return nil, err
	}
	return xml.MarshalIndent(sp.Metadata(), "", "  ")
}

func notThere() error {
	return apierr.New(apierr.NotFound, "SAML is not configured for this workspace.")
}

func notFound(err error) error {
	if errors.Is(err, table.ErrNotFound) {
		return notThere()
	}
	return err
}

// flowRecord is a flow that waits, under the hash of its relay state.
type flowRecord struct {
	Request   string    `json:"request"` // the id of the AuthnRequest
	Browser   string    `json:"browser"` // the hash of the cookie's secret
	ReturnTo  string    `json:"returnTo"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// ticketRecord is what an answer proved, until the browser fetches it.
type ticketRecord struct {
	External  identity.External `json:"external"`
	Browser   string            `json:"browser"`
	ReturnTo  string            `json:"returnTo"`
	ExpiresAt time.Time         `json:"expiresAt"`
}

func flowKey(state string) table.Key { return table.Key{PK: "SAMLFLOW#" + hashed(state), SK: "0"} }
func ticketKey(ticket string) table.Key {
	return table.Key{PK: "SAMLTICKET#" + hashed(ticket), SK: "0"}
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func random() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Start begins a flow. browser is the secret that the browser has of another flow.
func (s *Service) Start(ctx context.Context, workspace, returnTo, browser string) (signin.Departure, error) {
	ctx, _, idp, err := s.enabled(ctx, workspace)
	if err != nil {
		return signin.Departure{}, err
	}
	sp, err := s.provider(ctx, workspace, idp)
	if err != nil {
		return signin.Departure{}, err
	}
	request, err := sp.MakeAuthenticationRequest(sp.GetSSOBindingLocation(crewjam.HTTPRedirectBinding), crewjam.HTTPRedirectBinding, crewjam.HTTPPostBinding)
	if err != nil {
		return signin.Departure{}, err
	}
	if len(browser) != len(random()) {
		browser = random()
	}
	state := random()
	to, err := request.Redirect(state, sp)
	if err != nil {
		return signin.Departure{}, err
	}
	rec := flowRecord{Request: request.ID, Browser: hashed(browser), ReturnTo: signin.Path(returnTo), ExpiresAt: s.now().Add(signin.FlowLife).UTC()}
	item, err := table.JSONItem(flowKey(state), rec)
	if err != nil {
		return signin.Departure{}, err
	}
	item.ExpiresAt = rec.ExpiresAt
	_, err = s.store.Put(ctx, item, table.Absent())
	return signin.Departure{URL: to.String(), Browser: browser}, err
}

// enabled reads a workspace's configuration, for who is not signed in.
func (s *Service) enabled(ctx context.Context, workspace string) (context.Context, Config, *crewjam.EntityDescriptor, error) {
	if !id.Is(workspace, id.Workspace) || s.publicURL() == "" {
		return ctx, Config{}, nil, signin.Missing
	}
	ctx = tenant.With(ctx, workspace)
	c, err := s.Config(ctx)
	if errors.Is(err, table.ErrNotFound) || err == nil && !c.Enabled {
		return ctx, Config{}, nil, signin.Missing
	}
	if err != nil {
		return ctx, Config{}, nil, err
	}
	idp, message := readMetadata(c.Metadata)
	if message != "" {
		return ctx, Config{}, nil, signin.Missing
	}
	return ctx, c, idp, nil
}

// Answer takes what the provider's page posted, and gives the ticket that the browser
// fetches its sign-in with. The flow is used up, whatever comes of it.
func (s *Service) Answer(ctx context.Context, workspace, response, state string) (ticket string, err error) {
	ctx, c, idp, err := s.enabled(ctx, workspace)
	if err != nil {
		return "", err
	}
	flow, err := take[flowRecord](ctx, s, flowKey(state), state)
	if err != nil {
		return "", err
	}
	if !flow.ExpiresAt.After(s.now()) {
		return "", signin.Expired
	}
	sp, err := s.provider(ctx, workspace, idp)
	if err != nil {
		return "", err
	}
	person, err := s.judge(ctx, sp, response, flow.Request)
	if err != nil {
		return "", errors.Join(err, s.noteRefused(ctx, err))
	}
	e := c.external(person)
	e.Workspace = workspace
	if at := sloLocation(sp); at != "" {
		e.Ending = &identity.Ending{URL: at, NameID: &person.name}
	}
	rec := ticketRecord{External: e, Browser: flow.Browser, ReturnTo: flow.ReturnTo, ExpiresAt: s.now().Add(ticketLife).UTC()}
	ticket = random()
	item, err := table.JSONItem(ticketKey(ticket), rec)
	if err != nil {
		return "", err
	}
	item.ExpiresAt = rec.ExpiresAt
	_, err = s.store.Put(ctx, item, table.Absent())
	return ticket, err
}

// noteRefused tells the workspace of an answer to one of its flows that did not stand up
// to its checks. Nobody is named in it: what it says is not believed.
func (s *Service) noteRefused(ctx context.Context, why error) error {
	var failure signin.Failure
	if !errors.As(why, &failure) {
		return nil // our own fault
	}
	return s.trail.Commit(ctx, nil, audit.Entry{Action: "user.login", Outcome: audit.Refused, Level: audit.Warn, Code: string(apierr.Forbidden), Message: "through saml: " + string(failure)})
}

// Finish signs the browser in that started the flow.
func (s *Service) Finish(ctx context.Context, workspace, ticket, browser string) (signin.Arrival, error) {
	ctx, _, _, err := s.enabled(ctx, workspace)
	if err != nil {
		return signin.Arrival{}, err
	}
	rec, err := take[ticketRecord](ctx, s, ticketKey(ticket), ticket)
	switch {
	case err != nil:
		return signin.Arrival{}, err
	case !rec.ExpiresAt.After(s.now()):
		return signin.Arrival{}, signin.Expired
	case browser == "" || !hmac.Equal([]byte(hashed(browser)), []byte(rec.Browser)):
		return signin.Arrival{}, signin.Elsewhere
	}
	grant, err := s.people.SignInExternal(ctx, rec.External)
	return signin.Arrival{Grant: grant, ReturnTo: rec.ReturnTo}, err
}

// take reads a record and uses it up, in one: of two that bring the same one is served.
func take[T any](ctx context.Context, s *Service, key table.Key, text string) (T, error) {
	var none T
	if text == "" || len(text) > maxText {
		return none, signin.Expired
	}
	rec, version, err := table.GetJSON[T](ctx, s.store, key)
	if errors.Is(err, table.ErrNotFound) {
		return none, signin.Expired
	}
	if err != nil {
		return none, err
	}
	err = s.store.Delete(ctx, key, table.IfVersion(version))
	if errors.Is(err, table.ErrCondition) {
		return none, signin.Expired
	}
	return rec, err
}
