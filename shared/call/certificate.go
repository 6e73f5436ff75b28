package call

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
)

// maxCertificates bounds how many connections' own clients are kept; the least recently
// used gives up its idle connections.
const maxCertificates = 64

// senders are the two clients that requests leave by.
type senders struct{ pooled, fresh client }

func (s *senders) close() {
	s.pooled.Close()
	s.fresh.Close()
}

// certified keeps the clients of connections with a client certificate. A TLS
// connection speaks for whoever's certificate it was made with, so that none is ever
// shared: the key is the whole of what it is made with, the workspace included.
type certified struct {
	guard *egress.Guard
	mu    sync.Mutex
	byKey *lru.Cache[[sha256.Size]byte, *senders]
}

func newCertified(guard *egress.Guard) *certified {
	cache, err := lru.NewWithEvict(maxCertificates, func(_ [sha256.Size]byte, s *senders) { s.close() })
	if err != nil { // only for a size below one
		panic(err)
	}
	return &certified{guard: guard, byKey: cache}
}

// of gives the clients of a credential with a certificate; nil for one without.
// CREDENTIALS_INVALID where it is of no use.
func (c *certified) of(workspace, conID string, cred connection.Credential) (*senders, error) {
	cert := cred.Certificate
	if cert == nil || c == nil { // a rehearsal makes no connections
		return nil, nil
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q", workspace, conID, cert.Certificate.Reveal(), cert.PrivateKey.Reveal(), cert.CA, cred.Origins))
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.byKey.Get(key); ok {
		return s, nil
	}
	pair, err := tls.X509KeyPair([]byte(cert.Certificate.Reveal()), []byte(cert.PrivateKey.Reveal()))
	if err != nil { // the cause could quote the key
		return nil, apierr.New(apierr.CredentialsInvalid, "The connection's client certificate cannot be used: give it again.")
	}
	own := &egress.Certificate{Pair: pair, Origins: cred.Origins}
	if cert.CA != "" {
		own.Roots = x509.NewCertPool()
		own.Roots.AppendCertsFromPEM([]byte(cert.CA))
	}
	s := &senders{
		pooled: c.guard.Client(&egress.ClientOptions{HeaderTimeout: -1, Certificate: own}),
		fresh:  c.guard.Client(&egress.ClientOptions{HeaderTimeout: -1, Fresh: true, Certificate: own}),
	}
	c.byKey.Add(key, s)
	return s, nil
}

func (c *certified) close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey.Purge()
}
