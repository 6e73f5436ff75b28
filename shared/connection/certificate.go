package connection

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/secret"
)

const (
	maxPEM   = 32 << 10
	maxChain = 10
)

// ClientCertificate is what a connection shows in the TLS handshake (mutual TLS), beside
// whatever its auth type sends. It is write-only; an empty one takes it away.
type ClientCertificate struct {
	// Certificate is the certificate and what it was issued by, in PEM, the own one first.
	Certificate secret.Secret `json:"certificate,omitzero"`
	// PrivateKey is its key in PEM, not encrypted.
	PrivateKey secret.Secret `json:"privateKey,omitzero"`
	// CA is whom the API's own certificate must be issued by, in PEM, where that is not
	// one of the public authorities.
	CA string `json:"ca,omitempty" jsonschema:"maxLength=32768"`
}

func (c *ClientCertificate) empty() bool {
	return c == nil || c.Certificate.IsZero() && c.PrivateKey.IsZero() && c.CA == ""
}

// CertificateView is what may be shown of a client certificate.
type CertificateView struct {
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	// NotAfter is when it expires.
	NotAfter time.Time `json:"notAfter"`
	// Fingerprint is its SHA-256, in hexadecimal.
	Fingerprint string `json:"fingerprint"`
	// OwnCA says that the API's certificate must be issued by an authority that was given.
	OwnCA bool `json:"ownCa,omitempty"`
}

// sealedCertificate is a client certificate inside the sealed credential.
type sealedCertificate struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"privateKey"`
	CA          string `json:"ca,omitempty"`
}

// check tells what is wrong with it, and what may be shown of it.
func (c *ClientCertificate) check(now time.Time, p *problems) *CertificateView {
	if c.empty() {
		return nil
	}
	before := len(*p)
	const path = "/clientCertificate"
	for _, f := range []struct{ at, text, missing string }{
		{path + "/certificate", c.Certificate.Reveal(), "Give the certificate, in PEM."},
		{path + "/privateKey", c.PrivateKey.Reveal(), "Give the certificate's private key, in PEM."},
		{path + "/ca", c.CA, ""},
	} {
		switch {
		case f.text == "" && f.missing != "":
			p.add(f.at, "required", "%s", f.missing)
		case len(f.text) > maxPEM:
			p.add(f.at, "too_long", "At most %d bytes.", maxPEM)
		}
	}
	if len(*p) > before {
		return nil
	}
	if encrypted(c.PrivateKey.Reveal()) {
		p.add(path+"/privateKey", "format", "The private key is encrypted. Take its passphrase off first (openssl pkey -in FILE); it is encrypted here before it is stored.")
		return nil
	}
	pair, err := tls.X509KeyPair([]byte(c.Certificate.Reveal()), []byte(c.PrivateKey.Reveal()))
	switch {
	case err != nil && certificates(c.Certificate.Reveal()) == 0:
		p.add(path+"/certificate", "format", "This is not a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----.")
		return nil
	case err != nil: // the cause could quote the key
		p.add(path+"/privateKey", "mismatch", "This is not the private key of the certificate, in PEM.")
		return nil
	case len(pair.Certificate) > maxChain:
		p.add(path+"/certificate", "too_many", "At most %d certificates.", maxChain)
		return nil
	case pair.Leaf == nil || !now.Before(pair.Leaf.NotAfter):
		p.add(path+"/certificate", "expired", "The certificate has expired: get a new one.")
		return nil
	}
	if c.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(c.CA)) {
		p.add(path+"/ca", "format", "These are not certificates in PEM.")
		return nil
	}
	sum := sha256.Sum256(pair.Leaf.Raw)
	return &CertificateView{Subject: clip(pair.Leaf.Subject.String(), maxField), Issuer: clip(pair.Leaf.Issuer.String(), maxField),
		NotAfter: pair.Leaf.NotAfter.UTC(), Fingerprint: hex.EncodeToString(sum[:]), OwnCA: c.CA != ""}
}

// certificates counts those in a text of PEM blocks.
func certificates(text string) (n int) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			n++
		}
	}
	return n
}

func encrypted(key string) bool {
	for block, rest := pem.Decode([]byte(key)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || slices.Contains([]string{"4,ENCRYPTED"}, strings.TrimSpace(block.Headers["Proc-Type"])) {
			return true
		}
	}
	return false
}

func (c *ClientCertificate) seal() *sealedCertificate {
	if c.empty() {
		return nil
	}
	return &sealedCertificate{Certificate: c.Certificate.Reveal(), PrivateKey: c.PrivateKey.Reveal(), CA: c.CA}
}

func (c *sealedCertificate) open() *ClientCertificate {
	if c == nil {
		return nil
	}
	return &ClientCertificate{Certificate: secret.New(c.Certificate), PrivateKey: secret.New(c.PrivateKey), CA: c.CA}
}

// withCertificate puts a certificate beside a credential, or takes it away; nil for
// neither.
func (o *opened) withCertificate(t AuthType, c *sealedCertificate) *opened {
	if o == nil {
		if c == nil {
			return nil
		}
		o = &opened{Type: t}
	}
	o.Certificate = c
	if c == nil && o.Type == AuthNone {
		return nil
	}
	return o
}
