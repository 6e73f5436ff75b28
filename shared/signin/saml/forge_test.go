package saml_test

import (
	"net/http"
	"testing"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/apiq/apiq/shared/audit"
)

func auditEntry() audit.Entry { return audit.Entry{Action: "t"} }

// unencrypted tells the provider of no key to encrypt for.
type unencrypted struct{ *home }

// GetServiceProvider implements crewjam.ServiceProviderProvider.
func (u unencrypted) GetServiceProvider(r *http.Request, id string) (*crewjam.EntityDescriptor, error) {
	d, err := u.home.GetServiceProvider(r, id)
	if err == nil {
		for i := range d.SPSSODescriptors {
			d.SPSSODescriptors[i].KeyDescriptors = nil
		}
	}
	return d, err
}

// unsign takes all signatures out.
func unsign(d *etree.Document) {
	for _, s := range d.FindElements("//Signature") {
		s.Parent().RemoveChild(s)
	}
}

// resign signs the whole response anew, and it alone.
func resign(t testing.TB, d *etree.Document, p pair, method string) {
	t.Helper()
	unsign(d)
	ctx, err := dsig.NewSigningContext(p.key, [][]byte{p.certificate.Raw})
	if err != nil {
		t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(method); err != nil {
		t.Fatal(err)
	}
	signed, err := ctx.SignEnveloped(d.Root())
	if err != nil {
		t.Fatal(err)
	}
	// The schema has the signature after the issuer.
	s := signed.Child[len(signed.Child)-1] // put there without a parent
	signed.Child = signed.Child[:len(signed.Child)-1]
	at := 0
	if issuer := signed.FindElement("./Issuer"); issuer != nil {
		at = issuer.Index() + 1
	}
	signed.InsertChildAt(at, s)
	d.SetRoot(signed)
}
