package gallery_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// documents are the vendors' own. Those of the first folder are in $DATA/specs;
// those of the second, in $FIELD, are files of these repositories on GitHub:
//
//	hubspot.json   HubSpot/HubSpot-public-api-spec-collection@99893791 PublicApiSpecs/CRM/Contacts/Rollouts/424/v3/contacts.json
//	pagerduty.json PagerDuty/api-schema@91a06fb3 reference/REST/openapiv3.json
//	asana.yaml     Asana/openapi@fc9f8dcf defs/asana_oas.yaml
//	intercom.yaml  intercom/Intercom-OpenAPI@8889625a descriptions/2.14/api.intercom.io.yaml
//	okta.yaml      okta/okta-management-openapi-spec@fdda229e dist/current/management-minimal.yaml
var documents = map[string]string{
	"stripe": "stripe.yaml.gz", "github": "github.json.gz", "slack": "slack.json.gz", "twilio": "twilio-api.json.gz",
	"xero": "xero-accounting.yaml.gz", "gitea": "gitea.json.gz", "box": "box.json.gz", "square": "square.json.gz",
	"openai": "openai.yaml.gz", "discord": "discord.json.gz", "figma": "figma.yaml.gz", "tmdb": "tmdb.json.gz",
	"spotify": "spotify-fixed.yaml.gz", "docusign": "docusign-esign-v2.json.gz", "klaviyo": "klaviyo.json.gz",
	"hubspot": "hubspot.json", "pagerduty": "pagerduty.json", "asana": "asana.yaml", "intercom": "intercom.yaml", "okta": "okta.yaml",
}

// read finds a document; the test is skipped where its folder is not there.
func read(t *testing.T, vendor string) []byte {
	t.Helper()
	file, folder := documents[vendor], ""
	if strings.HasSuffix(file, ".gz") {
		if folder = os.Getenv("DATA"); folder == "" {
			t.Skip("set DATA to the folder that holds specs/stripe.yaml.gz and others")
		}
		folder = filepath.Join(folder, "specs")
	} else if folder = os.Getenv("FIELD"); folder == "" {
		t.Skipf("set FIELD to a folder that holds %s; see documents in corpus_test.go", file)
	}
	path := filepath.Join(folder, file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s holds no %s", folder, file)
	}
	return spectest.Read(t, path)
}

// shelf keeps what was parsed: the large documents take a second each.
type shelf struct {
	mu   sync.Mutex
	docs map[string]*spec.Document
}

func (s *shelf) open(t *testing.T, vendor string) *spec.Document {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if doc, ok := s.docs[vendor]; ok {
		return doc
	}
	doc, err := spec.Parse(t.Context(), read(t, vendor), nil)
	if err != nil {
		t.Fatalf("%s: %v", vendor, err)
	}
	if s.docs == nil {
		s.docs = map[string]*spec.Document{}
	}
	s.docs[vendor] = doc
	return doc
}

// apis are the connections of one workspace: a check.Resolver, and what planning
// needs.
type apis map[string]*spec.Document

// connect makes a connection of each document, with its id told by the vendor.
func connect(t *testing.T, s *shelf, vendors ...string) apis {
	t.Helper()
	a := apis{}
	for _, v := range vendors {
		a[connectionOf(v)] = s.open(t, v)
	}
	return a
}

func connectionOf(vendor string) string {
	return "con_" + (vendor + strings.Repeat("0", 26))[:26]
}

func (a apis) Connection(_ context.Context, id string) (connection.Connection, error) {
	doc, ok := a[id]
	if !ok {
		return connection.Connection{}, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	c := connection.Connection{ID: id, Name: doc.Info().Title, Title: doc.Info().Title, BaseURL: "https://" + strings.Trim(id[4:], "0") + ".example", AuthType: connection.AuthCustom,
		Auth: connection.AuthView{Set: []string{"headers.x"}}, Status: connection.StatusActive, SpecHash: doc.Info().Hash}
	c.Origins = []string{c.BaseURL}
	return c, nil
}

func (a apis) Spec(_ context.Context, id string) (*spec.Document, error) { return a[id], nil }

func (a apis) List(ctx context.Context, _ int, _ string) ([]connection.Connection, string, error) {
	var all []connection.Connection
	for id := range a {
		c, err := a.Connection(ctx, id)
		if err != nil {
			return nil, "", err
		}
		all = append(all, c)
	}
	return all, "", nil
}

func (a apis) Document(ctx context.Context, id string) (connection.Connection, *spec.Document, error) {
	c, err := a.Connection(ctx, id)
	return c, a[id], err
}
