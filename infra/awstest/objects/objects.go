// Package objects is S3 for tests: gofakes3 in memory, behind a strict layer that
// refuses what S3 refuses where gofakes3 would let it pass. It keeps nothing on
// disk, and knows one region and no permissions.
package objects

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// New returns an S3 with these buckets; more are made with CreateBucket. Clients
// must address buckets by path (s3.Options.UsePathStyle).
func New(buckets ...string) http.Handler {
	backend := s3mem.New()
	for _, b := range buckets {
		if err := backend.CreateBucket(b); err != nil {
			panic(fmt.Sprintf("objects: bucket %s: %v", b, err)) // named twice
		}
	}
	fake := gofakes3.New(backend, gofakes3.WithoutVersioning())
	return &strict{next: fake.Server(), sums: map[string]string{}, parts: map[string]map[int]part{}}
}

// Start serves New on loopback until the test ends and returns its address.
func Start(t testing.TB, buckets ...string) (endpoint string) {
	t.Helper()
	srv := httptest.NewServer(New(buckets...))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}
