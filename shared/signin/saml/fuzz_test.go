package saml

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/apiq/apiq/shared/signin"
)

// FuzzMetadata: whatever an admin pastes is read or refused with a sentence.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{"", "<", "<a/>", `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><IDPSSODescriptor/></EntityDescriptor>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "<a><!-- b --></a>", strings.Repeat("<a>", 100), `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		idp, message := readMetadata(text)
		if (message == "") != (idp != nil) {
			t.Fatalf("%q: %v, %q", text, idp, message)
		}
	})
}

// FuzzResponse: nothing that a browser brings is taken without a signature.
func FuzzResponse(f *testing.F) {
	s := &Service{now: time.Now}
	acs, err := url.Parse("https://apiq.example/acs")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "<", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0" Destination="https://apiq.example/acs" InResponseTo="id-1"/>`,
		`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:EncryptedAssertion/><saml:Assertion/></samlp:Response>`,
		`<a xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Signature><ds:SignedInfo><ds:Reference URI="#a"/></ds:SignedInfo></ds:Signature></a>`, "<a>&lt;<!---->b</a>", "<?xml version='1.0'?><a/>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sp := &crewjam.ServiceProvider{EntityID: "https://apiq.example/metadata", AcsURL: *acs, IDPMetadata: &crewjam.EntityDescriptor{EntityID: "https://idp.example"}, RejectSHA1Signatures: true}
		p, err := s.judge(context.Background(), sp, base64.StdEncoding.EncodeToString([]byte(text)), "id-1")
		if err == nil {
			t.Fatalf("%q signs %+v in", text, p)
		}
		if !errors.Is(err, signin.Invalid) && !errors.Is(err, signin.Denied) {
			t.Fatalf("%q: %v", text, err)
		}
		if plainXML([]byte(text), false) == nil && strings.Contains(text, "<!") && !strings.Contains(text, "CDATA") && wellFormed(text) {
			t.Fatalf("%q was let near the parser", text)
		}
	})
}

// FuzzLogoutRequest: nothing that a browser brings ends a session without a signature.
func FuzzLogoutRequest(f *testing.F) {
	slo, err := url.Parse("https://apiq.example/slo")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "<", "fVFNS8NAEL0L", `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0" Destination="https://apiq.example/slo"/>`,
		`<a xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Signature><ds:SignedInfo><ds:Reference URI="#a"/></ds:SignedInfo></ds:Signature></a>`} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, post bool) {
		sp := &crewjam.ServiceProvider{EntityID: "https://apiq.example/metadata", SloURL: *slo, IDPMetadata: &crewjam.EntityDescriptor{EntityID: "https://idp.example"}, RejectSHA1Signatures: true}
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/slo", RawQuery: url.Values{"SAMLRequest": {text}}.Encode()}}
		if post {
			r = &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/slo"}, PostForm: url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(text))}}}
			r.Form = r.PostForm
		}
		if request, err := wish(sp, r); err == nil {
			t.Fatalf("%q ends %+v", text, request)
		}
	})
}

// wellFormed says that the text is a document: in one that is not, <! may be anything.
func wellFormed(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return err.Error() == "EOF"
		}
	}
}
