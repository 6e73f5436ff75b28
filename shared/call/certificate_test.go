package call_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

// authority issues certificates for a test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t, cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))}
}

func (a *authority) issue(name string, server bool) (certPEM, keyPEM string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if server {
		tmpl.ExtKeyUsage, tmpl.IPAddresses = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	raw, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// strict is a server that wants a client certificate, and notes whose it was shown.
type strict struct {
	*httptest.Server
	mu     sync.Mutex
	shown  []string
	dialed int
}

func (a *authority) serve(want tls.ClientAuthType, h http.HandlerFunc) *strict {
	a.t.Helper()
	s := &strict{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := ""
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		s.mu.Lock()
		s.shown = append(s.shown, name)
		s.mu.Unlock()
		h(w, r)
	}))
	certPEM, keyPEM := a.issue("server", true)
	pair, err := tls.X509KeyPair([]byte(certPEM), []byte(keyPEM))
	if err != nil {
		a.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: want, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelError)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.dialed++
			s.mu.Unlock()
		}
	}
	s.StartTLS()
	a.t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func (s *strict) seen() ([]string, int) { s.mu.Lock(); defer s.mu.Unlock(); return s.shown, s.dialed }

func (a *authority) certificate(name string) *connection.ClientCertificate {
	certPEM, keyPEM := a.issue(name, false)
	return &connection.ClientCertificate{Certificate: secret.New(certPEM), PrivateKey: secret.New(keyPEM), CA: a.pem}
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	for name, c := range map[string]struct {
		cred         connection.Credential
		failed, says string
		shown        string
	}{
		"with no other credential": {cred: connection.Credential{Type: connection.AuthNone, Certificate: ours.certificate("ada")}, shown: "ada"},
		"beside a token":           {cred: connection.Credential{Type: connection.AuthBearer, Token: secret.New("tok"), Certificate: ours.certificate("bob")}, shown: "bob"},
		"beside a signature":       {cred: func() connection.Credential { c := signed()["HMAC"]; c.Certificate = ours.certificate("eve"); return c }(), shown: "eve"},
		"of another authority": {cred: func() connection.Credential {
			c := theirs.certificate("mallory")
			c.CA = ours.pem
			return connection.Credential{Type: connection.AuthNone, Certificate: c}
		}(), failed: call.ErrHTTPNetwork, says: "client certificate"},
		"a server of another authority": {cred: func() connection.Credential {
			c := ours.certificate("ada")
			c.CA = theirs.pem
			return connection.Credential{Type: connection.AuthNone, Certificate: c}
		}(), failed: call.ErrHTTPNetwork, says: "no secure connection"},
		"a server that the system does not know": {cred: func() connection.Credential {
			c := ours.certificate("ada")
			c.CA = ""
			return connection.Credential{Type: connection.AuthNone, Certificate: c}
		}(), failed: call.ErrHTTPNetwork, says: "no secure connection"},
		"a key of another certificate": {cred: func() connection.Credential {
			c := ours.certificate("ada")
			c.PrivateKey = ours.certificate("bob").PrivateKey
			return connection.Credential{Type: connection.AuthNone, Certificate: c}
		}(), failed: call.ErrReauthorize},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ours.serve(tls.RequireAndVerifyClientCert, reply(200, `{"ok":true}`))
			k := newKit(t, s.URL, func(k *kit) {
				k.cred, k.conn.AuthType, k.conn.Certificate, k.opts.Attempts = c.cred, c.cred.Type, &connection.CertificateView{}, 1
			})
			for i := range 2 {
				task := k.task("list")
				task.Path = string(rune('a' + i))
				if _, failed := k.handle(task); failed != c.failed {
					t.Fatalf("%q, want %q", failed, c.failed)
				}
			}
			shown, dialed := s.seen()
			kept, _ := json.Marshal(k.steps())
			if c.failed != "" {
				if len(shown) != 0 || !strings.Contains(string(kept), c.says) {
					t.Errorf("%d requests; %s", len(shown), kept)
				}
				return
			}
			if len(shown) != 2 || shown[0] != c.shown || shown[1] != c.shown || dialed != 1 {
				t.Errorf("shown %v over %d connections", shown, dialed)
			}
			if strings.Contains(string(kept), "PRIVATE KEY") {
				t.Error("the key stands in the record")
			}
		})
	}
}

// TestCertificateIsShownToItsOriginOnly: a redirect elsewhere shows nothing, and trusts
// nobody but the public authorities.
func TestCertificateIsShownToItsOriginOnly(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	plain := newAPI(t, reply(200, `{"ok":true}`))
	other := a.serve(tls.RequestClientCert, reply(200, `{"ok":true}`))
	s := a.serve(tls.RequireAndVerifyClientCert, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/x", http.StatusFound)
	})
	k := newKit(t, s.URL, func(k *kit) {
		k.cred, k.conn.Certificate, k.opts.Attempts = connection.Credential{Type: connection.AuthNone, Certificate: a.certificate("ada")}, &connection.CertificateView{}, 1
	})
	if _, failed := k.handle(k.task("list")); failed != call.ErrHTTPNetwork {
		t.Errorf("%q: the other origin was trusted by the connection's own authority", failed)
	}
	if shown, _ := other.seen(); len(shown) != 0 {
		t.Errorf("%v reached the other origin", shown)
	}
	// A base URL that the certificate is not bound to does without it.
	k.conn.BaseURL = plain.URL
	k.cred.Origins = []string{s.URL}
	task := k.task("list")
	task.Path = "b"
	if _, failed := k.handle(task); failed != "" || plain.count() != 1 {
		t.Errorf("%q %d", failed, plain.count())
	}
}

// TestConnectionsShareNoTLS: the same API reached by two connections, each under its own
// name; one given another certificate uses the old connection no more.
func TestConnectionsShareNoTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := a.serve(tls.RequireAndVerifyClientCert, reply(200, `{"ok":true}`))
	k := newKit(t, s.URL, func(k *kit) { k.conn.Certificate = &connection.CertificateView{} })
	for i, name := range []string{"ada", "bob", "ada"} {
		k.cred = connection.Credential{Type: connection.AuthNone, Certificate: a.certificate(name)}
		task := k.task("list")
		task.Path = string(rune('a' + i))
		if _, failed := k.handle(task); failed != "" {
			t.Fatal(failed)
		}
	}
	if shown, dialed := s.seen(); strings.Join(shown, " ") != "ada bob ada" || dialed != 3 {
		t.Errorf("%v over %d connections", shown, dialed)
	}
}
