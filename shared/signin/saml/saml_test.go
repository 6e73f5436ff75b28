package saml_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/saml"
)

// TestSignIn goes the whole way: to a provider of the same library's and back.
func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.save(func(c *saml.Config) {
		c.GroupsAttribute, c.Roles = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1", map[string]route.Role{"makers": route.RoleAuditor}
	})
	response, state := h.answer(h.depart())
	ticket, err := h.Answer(t.Context(), h.workspace, response, state)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Finish(t.Context(), h.workspace, ticket, "another browser's secret"); !errors.Is(err, signin.Elsewhere) {
		t.Errorf("another browser: %v", err)
	}
	if _, err := h.Finish(t.Context(), h.workspace, ticket, h.browser); !errors.Is(err, signin.Expired) {
		t.Errorf("a ticket that was used: %v", err)
	}
	response, state = h.answer(h.depart())
	if ticket, err = h.Answer(t.Context(), h.workspace, response, state); err != nil {
		t.Fatal(err)
	}
	a, err := h.Finish(t.Context(), h.workspace, ticket, h.browser)
	if err != nil || a.ReturnTo != "/workflows" || a.Grant.User.Email != "ada@corp.example" || a.Grant.User.Name != "Ada" || a.Grant.Role != route.RoleAuditor || a.Grant.Workspace.ID != h.workspace {
		t.Fatalf("%+v, %v", a, err)
	}
	p, err := h.people.Authenticate(t.Context(), a.Grant.Token)
	if err != nil || p.Bound() != h.workspace {
		t.Errorf("%+v, %v: the session must be bound to the workspace", p, err)
	}
	// The same person again is the same account, with the role that their groups give now.
	h.session.Groups = []string{"others"}
	response, state = h.answer(h.depart())
	if ticket, err = h.Answer(t.Context(), h.workspace, response, state); err != nil {
		t.Fatal(err)
	}
	b, err := h.Finish(t.Context(), h.workspace, ticket, h.browser)
	if err != nil || b.Grant.User.ID != a.Grant.User.ID || b.Grant.Role != route.RoleUser {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestEncrypted: an assertion for our key, in a response that is signed.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	response, state := h.answer(h.depart())
	if d := document(t, response); d.FindElement("//EncryptedAssertion") == nil || d.FindElement("//EncryptedData") == nil {
		t.Fatalf("the provider did not encrypt, so this tests nothing")
	}
	if _, err := h.Answer(t.Context(), h.workspace, response, state); err != nil {
		t.Error(err)
	}
}

// plain makes the provider sign and not encrypt: what attacks are made of.
func (h *home) plain(t testing.TB) (response, state string) {
	t.Helper()
	h.idp.ServiceProviderProvider = unencrypted{h}
	return h.answer(h.depart())
}

// wrapping are the ways to move a signed element to where it is verified but not read,
// XSW1 to XSW8 of Somorovsky et al., "On Breaking SAML". evil is an unsigned copy that
// names somebody else.
func wrapping() map[string]func(d *etree.Document) {
	parts := func(d *etree.Document) (response, assertion, evil *etree.Element) {
		response = d.Root()
		assertion = response.FindElement("./Assertion")
		evil = assertion.Copy()
		evil.CreateAttr("ID", "_evil")
		if s := evil.FindElement("./Signature"); s != nil {
			evil.RemoveChild(s)
		}
		evil.FindElement("./Subject/NameID").SetText("boss@corp.example")
		for _, v := range evil.FindElements(".//AttributeValue") {
			v.SetText("boss@corp.example")
		}
		return response, assertion, evil
	}
	wholeEvil := func(response *etree.Element) *etree.Element {
		e := response.Copy()
		e.CreateAttr("ID", "_evil")
		if s := e.FindElement("./Signature"); s != nil {
			e.RemoveChild(s)
		}
		for _, n := range e.FindElements(".//NameID") {
			n.SetText("boss@corp.example")
		}
		for _, v := range e.FindElements(".//AttributeValue") {
			v.SetText("boss@corp.example")
		}
		return e
	}
	object := func(signature, content *etree.Element) {
		o := signature.CreateElement("ds:Object")
		o.CreateAttr("xmlns:ds", dsig.Namespace)
		o.AddChild(content)
	}
	return map[string]func(d *etree.Document){
		"XSW1: the response signed, below its own signature": func(d *etree.Document) {
			r := d.Root()
			evil := wholeEvil(r)
			original := r.Copy()
			s := original.FindElement("./Signature")
			original.RemoveChild(s)
			s.AddChild(original)
			evil.InsertChildAt(1, s)
			d.SetRoot(evil)
		},
		"XSW2: the response signed, beside its signature": func(d *etree.Document) {
			r := d.Root()
			evil := wholeEvil(r)
			original := r.Copy()
			s := original.FindElement("./Signature")
			original.RemoveChild(s)
			evil.InsertChildAt(1, original)
			evil.InsertChildAt(2, s)
			d.SetRoot(evil)
		},
		"XSW3: the evil assertion before the signed one": func(d *etree.Document) {
			r, a, evil := parts(d)
			r.InsertChildAt(a.Index(), evil)
		},
		"XSW4: the signed assertion inside the evil one": func(d *etree.Document) {
			r, a, evil := parts(d)
			r.RemoveChild(a)
			evil.AddChild(a)
			r.AddChild(evil)
		},
		"XSW5: the evil one signed by what covers the other": func(d *etree.Document) {
			r, a, evil := parts(d)
			s := a.FindElement("./Signature")
			a.RemoveChild(s)
			evil.InsertChildAt(1, s)
			r.InsertChildAt(a.Index(), evil)
		},
		"XSW6: the signed one in the evil one's signature": func(d *etree.Document) {
			r, a, evil := parts(d)
			s := a.FindElement("./Signature")
			a.RemoveChild(s)
			r.RemoveChild(a)
			s.AddChild(a)
			evil.InsertChildAt(1, s)
			r.AddChild(evil)
		},
		"XSW7: the evil one in Extensions": func(d *etree.Document) {
			r, _, evil := parts(d)
			x := etree.NewElement("samlp:Extensions")
			x.AddChild(evil)
			r.InsertChildAt(1, x)
		},
		"XSW8: the signed one in an Object of the evil one": func(d *etree.Document) {
			r, a, evil := parts(d)
			s := a.FindElement("./Signature")
			a.RemoveChild(s)
			r.RemoveChild(a)
			object(s, a)
			evil.InsertChildAt(1, s)
			r.AddChild(evil)
		},
		"the evil one after the signed one": func(d *etree.Document) {
			r, _, evil := parts(d)
			r.AddChild(evil)
		},
		"the evil one with the signed one's id": func(d *etree.Document) {
			r, a, evil := parts(d)
			evil.CreateAttr("ID", a.SelectAttrValue("ID", ""))
			r.InsertChildAt(a.Index(), evil)
		},
	}
}

// TestSignatureWrapping: none of them signs anybody else in.
func TestSignatureWrapping(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, signed := range []string{"the assertion", "the response too"} {
		refused, same := 0, 0
		for name, wrap := range wrapping() {
			response, state := h.plain(t)
			d := document(t, response)
			if signed == "the assertion" {
				if strings.HasPrefix(name, "XSW1") || strings.HasPrefix(name, "XSW2") {
					continue // of signed responses
				}
				if s := d.Root().FindElement("./Signature"); s != nil {
					d.Root().RemoveChild(s)
				}
				if d.FindElement("//Assertion/Signature") == nil {
					t.Fatal("nothing is signed")
				}
			}
			wrap(d)
			ticket, err := h.Answer(t.Context(), h.workspace, encoded(t, d), state)
			if err != nil {
				if !errors.Is(err, signin.Invalid) {
					t.Errorf("%s, %s signed: %v", name, signed, err)
				}
				refused++
				continue
			}
			// Taken at all: then only for whom the provider signed.
			a, err := h.Finish(t.Context(), h.workspace, ticket, h.browser)
			if err != nil || a.Grant.User.Email != "ada@corp.example" {
				t.Errorf("%s, %s signed: signed in %+v, %v", name, signed, a.Grant.User, err)
			}
			same++
		}
		t.Logf("%s signed: %d refused, %d read as what was signed, 0 taken for somebody else", signed, refused, same)
		// One is no attack on who reads only what is signed: an element that nobody asks for.
		if refused < 7 || refused+same < 8 {
			t.Errorf("%s signed: only %d were refused, %d were read as what was signed", signed, refused, same)
		}
	}
}

// TestRefused: answers that are wrong in one point, each after a good one of the same kind.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	edit := func(change func(d *etree.Document)) func(string) string {
		return func(response string) string {
			d := document(t, response)
			change(d)
			return encoded(t, d)
		}
	}
	text := func(change func(string) string) func(string) string {
		return func(response string) string {
			raw, err := base64.StdEncoding.DecodeString(response)
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString([]byte(change(string(raw))))
		}
	}
	for name, forge := range map[string]func(string) string{
		"nothing":   func(string) string { return "" },
		"no base64": func(string) string { return "%%%" },
		"no XML":    func(string) string { return base64.StdEncoding.EncodeToString([]byte("<")) },
		"unsigned":  edit(func(d *etree.Document) { unsign(d) }),
		"a comment": text(func(s string) string {
			return strings.Replace(s, "ada@corp.example<", "ada@corp.example<!-- -->.evil<", 1)
		}),
		"a comment that changes nothing": text(func(s string) string { return strings.Replace(s, "ada@corp.example<", "ada@corp<!---->.example<", 1) }),
		"a DTD":                          text(func(s string) string { return `<!DOCTYPE x [<!ENTITY a "b">]>` + s }),
		"a bomb": text(func(s string) string {
			return `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + strings.Replace(s, "Ada<", "&b;<", 1)
		}),
		"a stylesheet": text(func(s string) string { return `<?xml-stylesheet href="x"?>` + s }),
		"too deep": text(func(s string) string {
			return strings.Replace(s, "<saml:Subject>", strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100)+"<saml:Subject>", 1)
		}),
		"too large":        text(func(s string) string { return s + strings.Repeat(" ", 300<<10) }),
		"another name":     text(func(s string) string { return strings.ReplaceAll(s, "ada@corp.example", "boss@corp.example") }),
		"another audience": text(func(s string) string { return strings.ReplaceAll(s, h.workspace+"/metadata", "other/metadata") }),
		"no audience": edit(func(d *etree.Document) {
			for _, e := range d.FindElements("//AudienceRestriction") {
				e.Parent().RemoveChild(e)
			}
		}),
		"its signature's value emptied": edit(func(d *etree.Document) {
			for _, e := range d.FindElements("//SignatureValue") {
				e.SetText("")
			}
		}),
		"SHA-1":         edit(func(d *etree.Document) { resign(t, d, theirs(), dsig.RSASHA1SignatureMethod) }),
		"Mallory's key": edit(func(d *etree.Document) { resign(t, d, mallorys(), dsig.RSASHA256SignatureMethod) }),
	} {
		response, state := h.plain(t)
		if _, err := h.Answer(t.Context(), h.workspace, forge(response), state); !errors.Is(err, signin.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		// It is used up, whatever came of it.
		if _, err := h.Answer(t.Context(), h.workspace, response, state); !errors.Is(err, signin.Expired) {
			t.Errorf("%s: its flow goes on: %v", name, err)
		}
	}
	// Signed by the provider itself, and still not for here, or not for now.
	for name, change := range map[string]func(d *etree.Document){
		"another audience": func(d *etree.Document) { d.FindElement("//Audience").SetText("https://other.example") },
		"another recipient": func(d *etree.Document) {
			d.FindElement("//SubjectConfirmationData").CreateAttr("Recipient", "https://other.example/acs")
		},
		"another destination": func(d *etree.Document) { d.Root().CreateAttr("Destination", "https://other.example/acs") },
		"another request": func(d *etree.Document) {
			d.Root().CreateAttr("InResponseTo", "id-other")
			d.FindElement("//SubjectConfirmationData").CreateAttr("InResponseTo", "id-other")
		},
		"no request": func(d *etree.Document) {
			d.Root().RemoveAttr("InResponseTo")
			d.FindElement("//SubjectConfirmationData").RemoveAttr("InResponseTo")
		},
		"another issuer": func(d *etree.Document) {
			for _, e := range d.FindElements("//Issuer") {
				e.SetText("https://other.example/metadata")
			}
		},
		"over": func(d *etree.Document) {
			d.FindElement("//Conditions").CreateAttr("NotOnOrAfter", h.now().Add(-2*time.Minute).Format(time.RFC3339))
		},
		"confirmed too late": func(d *etree.Document) {
			d.FindElement("//SubjectConfirmationData").CreateAttr("NotOnOrAfter", h.now().Add(-2*time.Minute).Format(time.RFC3339))
		},
		"not yet": func(d *etree.Document) {
			d.FindElement("//Conditions").CreateAttr("NotBefore", h.now().Add(3*time.Minute).Format(time.RFC3339))
		},
		"issued long ago": func(d *etree.Document) {
			d.Root().CreateAttr("IssueInstant", h.now().Add(-time.Hour).Format(time.RFC3339))
		},
		"nobody": func(d *etree.Document) { d.FindElement("//NameID").SetText("") },
		"a condition of its own": func(d *etree.Document) {
			d.FindElement("//Conditions").CreateElement("saml:Condition").CreateAttr("x", "y")
		},
		"two assertions, one unsigned": func(d *etree.Document) {},
	} {
		response, state := h.plain(t)
		d := document(t, response)
		change(d)
		resign(t, d, theirs(), dsig.RSASHA256SignatureMethod)
		_, err := h.Answer(t.Context(), h.workspace, encoded(t, d), state)
		if name == "two assertions, one unsigned" { // the pattern of all others: nothing is changed, only signed anew
			if err != nil {
				t.Errorf("the pattern of all these is not taken itself: %v", err)
			}
			continue
		}
		if !errors.Is(err, signin.Invalid) {
			t.Errorf("signed, %s: %v", name, err)
		}
	}
}

// TestReplay: an assertion that was used is not taken for another request, nor twice at once.
func TestReplay(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	response, state := h.plain(t)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = h.Answer(context.Background(), h.workspace, response, state) })
	}
	wg.Wait()
	taken := 0
	for _, err := range errs {
		if err == nil {
			taken++
		} else if !errors.Is(err, signin.Expired) {
			t.Error(err)
		}
	}
	if taken != 1 {
		t.Errorf("taken %d times", taken)
	}
	// The same assertion, signed by the provider as an answer to a new request.
	to := h.depart()
	fresh, freshState := h.answer(to)
	used, d := document(t, response).FindElement("//Assertion").SelectAttrValue("ID", ""), document(t, fresh)
	d.FindElement("//Assertion").CreateAttr("ID", used)
	resign(t, d, theirs(), dsig.RSASHA256SignatureMethod)
	if _, err := h.Answer(t.Context(), h.workspace, encoded(t, d), freshState); !errors.Is(err, crewjam.ErrAssertionReplayed) || !errors.Is(err, signin.Invalid) {
		t.Errorf("the same assertion again: %v", err)
	}
	response, state = h.plain(t)
	h.pass(11 * time.Minute)
	if _, err := h.Answer(t.Context(), h.workspace, response, state); !errors.Is(err, signin.Expired) {
		t.Errorf("after 11 minutes: %v", err)
	}
	response, _ = h.plain(t)
	_, other := h.plain(t)
	if _, err := h.Answer(t.Context(), h.workspace, response, other); !errors.Is(err, signin.Invalid) {
		t.Errorf("the answer to another flow: %v", err)
	}
	if _, err := h.Answer(t.Context(), h.workspace, response, "made up"); !errors.Is(err, signin.Expired) {
		t.Errorf("no flow: %v", err)
	}
	response, state = h.plain(t)
	ticket, err := h.Answer(t.Context(), h.workspace, response, state)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(2 * time.Minute)
	if _, err := h.Finish(t.Context(), h.workspace, ticket, h.browser); !errors.Is(err, signin.Expired) {
		t.Errorf("an old ticket: %v", err)
	}
}

// TestAttributes: where the address, the name and the groups come from.
func TestAttributes(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	come := func(change func(*saml.Config)) (identity.Grant, error) {
		h.save(change)
		response, state := h.plain(t)
		ticket, err := h.Answer(t.Context(), h.workspace, response, state)
		if err != nil {
			t.Fatal(err)
		}
		a, err := h.Finish(t.Context(), h.workspace, ticket, h.browser)
		return a.Grant, err
	}
	h.session = &crewjam.Session{NameID: "x1", NameIDFormat: string(crewjam.PersistentNameIDFormat), UserEmail: "one@corp.example", CustomAttributes: []crewjam.Attribute{
		{Name: "urn:x:mail", Values: []crewjam.AttributeValue{{Type: "xs:string", Value: "Two@corp.example"}}}, {Name: "urn:x:name", Values: []crewjam.AttributeValue{{Type: "xs:string", Value: "Grace"}}},
		{Name: "urn:x:groups", Values: []crewjam.AttributeValue{{Type: "xs:string", Value: "a"}, {Type: "xs:string", Value: "b"}}}}}
	g, err := come(func(c *saml.Config) {
		c.EmailAttribute, c.NameAttribute, c.GroupsAttribute = "urn:x:mail", "urn:x:name", "urn:x:groups"
		c.Roles = map[string]route.Role{"a": route.RoleAuditor, "b": route.RoleAdmin}
	})
	if err != nil || g.User.Email != "two@corp.example" || g.User.Name != "Grace" || g.Role != route.RoleAdmin {
		t.Errorf("%+v, %v", g, err)
	}
	h.session.NameID = "x2"
	var refused identity.Refusal
	if _, err := come(func(c *saml.Config) { c.EmailAttribute = "urn:x:none" }); !errors.As(err, &refused) || refused != identity.RefusedEmail {
		t.Errorf("no address: %v", err)
	}
	if _, err := come(func(c *saml.Config) { c.Domains = []string{"other.example"} }); !errors.As(err, &refused) || refused != identity.RefusedDomain {
		t.Errorf("another domain: %v", err)
	}
	if _, err := come(func(c *saml.Config) { c.JIT = false }); !errors.As(err, &refused) || refused != identity.RefusedUnknown {
		t.Errorf("a stranger: %v", err)
	}
	// The directory's people are found by their address.
	seat, err := h.people.PlanSeat(h.ctx, "three@corp.example", "Three", route.RoleAuditor, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.trail.Commit(h.ctx, seat.Ops, auditEntry()); err != nil {
		t.Fatal(err)
	}
	h.session = &crewjam.Session{NameID: "x3", NameIDFormat: string(crewjam.TransientNameIDFormat), UserEmail: "three@corp.example"}
	for range 2 {
		h.session.NameID += "x" // transient: another one each time
		if g, err = come(func(c *saml.Config) { c.JIT = false }); err != nil || g.User.ID != seat.Member.ID || g.Role != route.RoleAuditor {
			t.Errorf("%+v, %v", g, err)
		}
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	good := h.metadata()
	for name, c := range map[string]struct {
		config saml.Config
		path   string
	}{
		"no metadata of a provider": {saml.Config{Metadata: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`}, "/metadata"},
		"no XML":                    {saml.Config{Metadata: "hello"}, "/metadata"},
		"a DTD":                     {saml.Config{Metadata: `<!DOCTYPE x []>` + good}, "/metadata"},
		"too large":                 {saml.Config{Metadata: good + strings.Repeat(" ", 300<<10) + "<!-- -->"}, "/metadata"},
		"plain http":                {saml.Config{Metadata: strings.ReplaceAll(good, "https://idp.example/sso", "http://idp.example/sso")}, "/metadata"},
		"no certificate":            {saml.Config{Metadata: strings.ReplaceAll(good, "X509Certificate", "X509Nothing")}, "/metadata"},
		"a domain":                  {saml.Config{Metadata: good, Domains: []string{"example"}}, "/domains"},
		"a role":                    {saml.Config{Metadata: good, Roles: map[string]route.Role{"x": "OWNER"}}, "/roles"},
		"the default":               {saml.Config{Metadata: good, DefaultRole: "OWNER"}, "/defaultRole"},
		"an attribute":              {saml.Config{Metadata: good, EmailAttribute: strings.Repeat("x", 300)}, "/emailAttribute"},
	} {
		_, err := h.Save(h.ctx, c.config, "")
		if e := apierr.From(err); e.Code != apierr.ValidationFailed || e.Problems[0].Path != c.path {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, address := range []string{"http://idp.example/metadata", "ftp://x", "https://127.0.0.1:1/", "https://169.254.169.254/latest", "::"} {
		if _, err := h.Save(h.ctx, saml.Config{}, address); apierr.CodeOf(err) != apierr.ValidationFailed && apierr.CodeOf(err) != apierr.EgressBlocked {
			t.Errorf("%s: %v", address, err)
		}
	}
	h.save(func(c *saml.Config) { c.Enabled = false })
	if _, err := h.Start(t.Context(), h.workspace, "/", ""); !errors.Is(err, signin.Missing) {
		t.Errorf("switched off: %v", err)
	}
	if err := h.Remove(h.ctx); err != nil {
		t.Error(err)
	}
	if err := h.Remove(h.ctx); apierr.CodeOf(err) != apierr.NotFound {
		t.Errorf("removed twice: %v", err)
	}
	for _, workspace := range []string{h.workspace, "wsp_none", "", "../x"} {
		if _, err := h.Metadata(t.Context(), workspace); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%q: %v", workspace, err)
		}
		if _, err := h.Start(t.Context(), workspace, "/", ""); !errors.Is(err, signin.Missing) {
			t.Errorf("%q: %v", workspace, err)
		}
	}
}
