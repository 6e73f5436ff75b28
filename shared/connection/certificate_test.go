package connection_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

func certificate(t *testing.T, until time.Time) (certPEM, keyPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "ada", Organization: []string{"Acme"}}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until}
	raw, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	check(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestClientCertificateIsChecked(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	until := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	cert, key := certificate(t, until)
	_, otherKey := certificate(t, until)
	old, oldKey := certificate(t, time.Now().Add(-100*24*365*time.Hour))
	sealedKey := strings.Replace(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", 2)
	for name, c := range map[string]struct {
		given connection.ClientCertificate
		base  string
		want  map[string]string
	}{
		"no key":         {connection.ClientCertificate{Certificate: secret.New(cert)}, "", map[string]string{"/clientCertificate/privateKey": "required"}},
		"no certificate": {connection.ClientCertificate{PrivateKey: secret.New(key)}, "", map[string]string{"/clientCertificate/certificate": "required"}},
		"not PEM":        {connection.ClientCertificate{Certificate: secret.New("x"), PrivateKey: secret.New(key)}, "", map[string]string{"/clientCertificate/certificate": "format"}},
		"other key":      {connection.ClientCertificate{Certificate: secret.New(cert), PrivateKey: secret.New(otherKey)}, "", map[string]string{"/clientCertificate/privateKey": "mismatch"}},
		"encrypted key":  {connection.ClientCertificate{Certificate: secret.New(cert), PrivateKey: secret.New(sealedKey)}, "", map[string]string{"/clientCertificate/privateKey": "format"}},
		"expired":        {connection.ClientCertificate{Certificate: secret.New(old), PrivateKey: secret.New(oldKey)}, "", map[string]string{"/clientCertificate/certificate": "expired"}},
		"too long":       {connection.ClientCertificate{Certificate: secret.New(strings.Repeat(cert, 100)), PrivateKey: secret.New(key)}, "", map[string]string{"/clientCertificate/certificate": "too_long"}},
		"a long chain":   {connection.ClientCertificate{Certificate: secret.New(strings.Repeat(cert, 11)), PrivateKey: secret.New(key)}, "", map[string]string{"/clientCertificate/certificate": "too_many"}},
		"bad authority":  {connection.ClientCertificate{Certificate: secret.New(cert), PrivateKey: secret.New(key), CA: "x"}, "", map[string]string{"/clientCertificate/ca": "format"}},
		"without TLS":    {connection.ClientCertificate{Certificate: secret.New(cert), PrivateKey: secret.New(key)}, "http://plain.example.com", map[string]string{"/clientCertificate": "scheme"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, BaseURL: c.base, AuthType: connection.AuthNone, ClientCertificate: &c.given})
			e := wantCode(t, err, apierr.ValidationFailed)
			if diff := cmp.Diff(c.want, paths(e)); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(e.Error(), "MII") {
				t.Errorf("it quotes what was given: %v", e)
			}
		})
	}
}

// TestClientCertificateIsKept: it is shown but for its key, stays when the credential is
// changed, goes along nowhere else, and can be taken away.
func TestClientCertificateIsKept(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	until := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	certPEM, keyPEM := certificate(t, until)
	given := &connection.ClientCertificate{Certificate: secret.New(certPEM), PrivateKey: secret.New(keyPEM), CA: certPEM}
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, BaseURL: "https://a.example.com", AuthType: connection.AuthNone, ClientCertificate: given})
	check(t, err)
	if v := c.Certificate; v == nil || v.Subject != "CN=ada,O=Acme" || !v.NotAfter.Equal(until) || len(v.Fingerprint) != 64 || !v.OwnCA {
		t.Fatalf("%+v", v)
	}
	holds := func(step string, want bool, kind connection.AuthType) {
		t.Helper()
		cred, err := h.Credential(ctx, c.ID)
		check(t, err)
		if cred.Type != kind || (cred.Certificate != nil) != want {
			t.Errorf("%s: %s, %v", step, cred.Type, cred.Certificate)
		}
		if want && (cred.Certificate.PrivateKey.Reveal() != keyPEM || !slices.Equal(cred.Origins, []string{"https://a.example.com"})) {
			t.Errorf("%s: %v", step, cred.Origins)
		}
		got, err := h.Get(ctx, c.ID)
		check(t, err)
		if (got.Certificate != nil) != want {
			t.Errorf("%s: shown as %+v", step, got.Certificate)
		}
	}
	update := func(in connection.UpdateInput) error { _, err := h.Update(ctx, c.ID, 0, in); return err }
	holds("created", true, connection.AuthNone)
	check(t, update(connection.UpdateInput{AuthType: ptr(connection.AuthBearer), AuthConfig: &connection.AuthConfig{Token: secret.New("t")}}))
	holds("beside a token", true, connection.AuthBearer)
	check(t, update(connection.UpdateInput{Name: ptr("q")}))
	holds("renamed", true, connection.AuthBearer)

	e := wantCode(t, update(connection.UpdateInput{BaseURL: ptr("https://evil.example.com"), AuthConfig: &connection.AuthConfig{Token: secret.New("t")}}), apierr.ValidationFailed)
	if paths(e)["/clientCertificate"] != "required" {
		t.Errorf("the certificate went elsewhere: %v", e)
	}
	e = wantCode(t, update(connection.UpdateInput{BaseURL: ptr("https://evil.example.com"), ClientCertificate: given}), apierr.ValidationFailed)
	if paths(e)["/authConfig"] != "required" {
		t.Errorf("the token went elsewhere: %v", e)
	}
	check(t, update(connection.UpdateInput{AuthType: ptr(connection.AuthNone)}))
	holds("without the token", true, connection.AuthNone)
	if all := h.everything(t); bytes.Contains(all, []byte(keyPEM[40:100])) {
		t.Error("the key stands in the clear")
	}
	check(t, update(connection.UpdateInput{ClientCertificate: &connection.ClientCertificate{}}))
	holds("taken away", false, connection.AuthNone)
}
