package saml

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	crewjam "github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/table"
)

// Bounds of a configuration.
const (
	maxMetadata  = 256 << 10
	maxText      = 255
	maxDomains   = 50
	maxRoles     = 50
	fetchTimeout = 10 * time.Second
)

// Config is a workspace's identity provider.
type Config struct {
	// Metadata is the provider's, as XML.
	Metadata string `json:"metadata"`
	Enabled  bool   `json:"enabled"`
	// The attributes that hold what is needed. Empty: those that providers usually send.
	EmailAttribute  string `json:"emailAttribute"`
	NameAttribute   string `json:"nameAttribute"`
	GroupsAttribute string `json:"groupsAttribute"`
	// Roles give a value of the groups' attribute its role; of several the one that may
	// do most counts. Empty: no mapping, a member's role stays.
	Roles       map[string]route.Role `json:"roles"`
	DefaultRole route.Role            `json:"defaultRole"`
	// JIT makes the account of a person who has none.
	JIT       bool      `json:"jit"`
	Domains   []string  `json:"domains"`
	UpdatedAt time.Time `json:"updatedAt"`
	Version   int64     `json:"-"`
}

// Config reads the one of the workspace in the context; table.ErrNotFound for none.
func (s *Service) Config(ctx context.Context) (Config, error) {
	c, version, err := table.GetJSON[Config](ctx, s.store, signin.SAMLKey())
	c.Version = version
	return c, err
}

// Configured is Config for who may find none.
func (s *Service) Configured(ctx context.Context) (Config, bool, error) {
	c, err := s.Config(ctx)
	if errors.Is(err, table.ErrNotFound) {
		return Config{}, false, nil
	}
	return c, err == nil, err
}

// Save makes or changes it. Where metadataURL is given, the metadata is fetched from
// there, once, through the guard; without both the one that is there stays.
func (s *Service) Save(ctx context.Context, c Config, metadataURL string) (Config, error) {
	before, err := s.Config(ctx)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Config{}, err
	}
	if metadataURL != "" {
		if c.Metadata, err = s.fetch(ctx, metadataURL); err != nil {
			return Config{}, err
		}
	}
	c.Metadata = cmp.Or(strings.TrimSpace(c.Metadata), before.Metadata)
	idp, faults := c.normal()
	if len(faults) > 0 {
		return Config{}, apierr.New(apierr.ValidationFailed, strings.TrimPrefix(faults[0].Path, "/")+": "+faults[0].Message).With(faults...)
	}
	c.UpdatedAt = s.now().UTC()
	item, err := table.JSONItem(signin.SAMLKey(), c)
	if err != nil {
		return Config{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Unchanged(before.Version))}, audit.Entry{Action: "saml.update", Resource: idp.EntityID,
		Details: map[string]any{"enabled": c.Enabled, "jit": c.JIT, "domains": c.Domains, "roles": c.Roles, "defaultRole": c.DefaultRole, "groups": c.GroupsAttribute}})
	c.Version = before.Version + 1
	return c, err
}

// Remove ends the sign-in. Accounts that came by it stay.
func (s *Service) Remove(ctx context.Context) error {
	err := s.trail.Commit(ctx, []table.Op{table.Delete(signin.SAMLKey(), table.Present())}, audit.Entry{Action: "saml.delete"})
	if errors.Is(err, table.ErrCondition) {
		return apierr.New(apierr.NotFound, "SAML is not configured here.")
	}
	return err
}

// normal brings a configuration into its one form and lists what is wrong with it.
func (c *Config) normal() (*crewjam.EntityDescriptor, []apierr.Problem) {
	var faults []apierr.Problem
	bad := func(path, code, message string) {
		faults = append(faults, apierr.Problem{Path: path, Code: code, Message: message})
	}
	idp, message := readMetadata(c.Metadata)
	if message != "" {
		bad("/metadata", "metadata", message)
	}
	for path, text := range map[string]*string{"/emailAttribute": &c.EmailAttribute, "/nameAttribute": &c.NameAttribute, "/groupsAttribute": &c.GroupsAttribute} {
		*text = strings.TrimSpace(*text)
		if len(*text) > maxText || !utf8.ValidString(*text) || strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' }) {
			bad(path, "length", "May have at most 255 bytes, in one line.")
		}
	}
	c.DefaultRole = cmp.Or(c.DefaultRole, route.RoleUser)
	if !slices.Contains(route.Roles(), c.DefaultRole) {
		bad("/defaultRole", "enum", "Must be USER, ADMIN or AUDITOR.")
	}
	if c.Roles == nil {
		c.Roles = map[string]route.Role{}
	}
	for _, value := range slices.Sorted(maps.Keys(c.Roles)) {
		if value == "" || len(value) > maxText || len(c.Roles) > maxRoles || !slices.Contains(route.Roles(), c.Roles[value]) {
			bad("/roles", "enum", "At most 50 groups, each with a role: USER, ADMIN or AUDITOR.")
			break
		}
	}
	domains := []string{}
	for _, d := range c.Domains {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "@/ *:") || len(d) > 253 || len(c.Domains) > maxDomains {
			bad("/domains", "domains", "Give at most 50 domains such as example.com.")
			break
		}
		domains = append(domains, d)
	}
	c.Domains = domains
	slices.SortStableFunc(faults, func(a, b apierr.Problem) int { return strings.Compare(a.Path, b.Path) })
	return idp, faults
}

// readMetadata reads what a provider says of itself; the message says what is wrong.
func readMetadata(text string) (*crewjam.EntityDescriptor, string) {
	if text == "" {
		return nil, "Paste the metadata XML of your identity provider, or give the address that has it."
	}
	if len(text) > maxMetadata {
		return nil, "The metadata may have at most 256 KiB: give those of the one provider, not of a federation."
	}
	if err := plainXML([]byte(text), true); err != nil {
		return nil, "This is no plain XML document."
	}
	idp, err := samlsp.ParseMetadata([]byte(text))
	switch {
	case err != nil:
		return nil, "This is no metadata of one SAML 2.0 identity provider."
	case idp.EntityID == "" || len(idp.EntityID) > 1024 || len(idp.IDPSSODescriptors) == 0:
		return nil, "The metadata name no identity provider: there is no IDPSSODescriptor in them."
	}
	sp := &crewjam.ServiceProvider{IDPMetadata: idp}
	to, err := url.Parse(sp.GetSSOBindingLocation(crewjam.HTTPRedirectBinding))
	if err != nil || to.Host == "" || to.Scheme != "https" && !loopback(to) {
		return nil, "The metadata have no SingleSignOnService with the HTTP-Redirect binding and an https address."
	}
	if len(certificates(idp)) == 0 {
		return nil, "The metadata have no certificate that the provider signs with."
	}
	return idp, ""
}

func loopback(u *url.URL) bool {
	host := u.Hostname()
	return u.Scheme == "http" && (host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1")
}

// certificates are those that the provider signs with.
func certificates(idp *crewjam.EntityDescriptor) []*x509.Certificate {
	var out []*x509.Certificate
	for _, d := range idp.IDPSSODescriptors {
		for _, k := range d.KeyDescriptors {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, c := range k.KeyInfo.X509Data.X509Certificates {
				raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
				if err != nil {
					continue
				}
				if certificate, err := x509.ParseCertificate(raw); err == nil {
					out = append(out, certificate)
				}
			}
		}
	}
	return out
}

// Certificate is what an admin is told of one.
type Certificate struct {
	Subject  string    `json:"subject"`
	NotAfter time.Time `json:"notAfter"`
}

// Provider is what the metadata say, for an admin to see.
type Provider struct {
	EntityID     string        `json:"entityId"`
	SignInURL    string        `json:"signInUrl"`
	Certificates []Certificate `json:"certificates"`
}

// Provider reads the configuration's metadata.
func (c Config) Provider() Provider {
	idp, message := readMetadata(c.Metadata)
	if message != "" {
		return Provider{Certificates: []Certificate{}}
	}
	p := Provider{EntityID: idp.EntityID, SignInURL: (&crewjam.ServiceProvider{IDPMetadata: idp}).GetSSOBindingLocation(crewjam.HTTPRedirectBinding), Certificates: []Certificate{}}
	for _, c := range certificates(idp) {
		p.Certificates = append(p.Certificates, Certificate{Subject: c.Subject.String(), NotAfter: c.NotAfter})
	}
	return p
}

// fetch reads metadata from an address that an admin gives.
func (s *Service) fetch(ctx context.Context, address string) (string, error) {
	refused := func(message string) error {
		return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/metadataUrl", Code: "unreachable", Message: message})
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil || req.URL.Scheme != "https" && !loopback(req.URL) {
		return "", refused("Give an https address of the provider's metadata.")
	}
	res, err := s.fetcher.Do(req)
	if err != nil {
		if apierr.CodeOf(err) == apierr.EgressBlocked {
			return "", err
		}
		return "", refused("The address does not answer. Download the metadata there yourself, and paste them.")
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxMetadata+1))
	if err != nil || res.StatusCode != http.StatusOK || len(raw) > maxMetadata {
		return "", refused("The address does not give metadata of at most 256 KiB.")
	}
	return string(raw), nil
}

// Bounds of a document, whatever its bytes.
const (
	maxDepth    = 64
	maxElements = 5000
)

var errXML = errors.New("saml: not a plain XML document")

// plainXML refuses what no provider needs and attacks are made of: DTDs and what they
// bring, processing instructions, and, in messages, comments, which cut a text in two for
// readers that take only its first part.
func plainXML(raw []byte, comments bool) error {
	if !utf8.Valid(raw) {
		return errXML
	}
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.Strict = true
	depth, elements := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(errXML, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth, elements = depth+1, elements+1
			if depth > maxDepth || elements > maxElements || len(t.Attr) > maxDepth {
				return errXML
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errXML
		case xml.Comment:
			if !comments {
				return errXML
			}
		case xml.ProcInst:
			if t.Target != "xml" || elements > 0 {
				return errXML
			}
		}
	}
	if depth != 0 || elements == 0 {
		return errXML
	}
	return nil
}
