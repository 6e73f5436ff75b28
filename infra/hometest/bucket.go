package hometest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// bucket is a service that takes objects as S3 does, and gives them back.
type bucket struct {
	URL string

	mu   sync.Mutex
	kept map[string][]byte
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{kept: map[string][]byte{}}
	srv := httptest.NewServer(b)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	b.URL = srv.URL
	return b
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIATHEIRS/"):
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodPut:
		b.kept[r.URL.Path] = body
	case b.kept[r.URL.Path] == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write(b.kept[r.URL.Path])
	}
}

// records is what the objects hold.
func (b *bucket) records() (all []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, packed := range b.kept {
		if !strings.HasSuffix(name, ".ndjson.gz") {
			continue
		}
		if r, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
			plain, _ := io.ReadAll(r) // what does not unpack is not what is looked for
			all = append(all, plain...)
		}
	}
	return all
}

// testBuckets: records of the trail come into a bucket that a workspace names, under
// the workspace's credentials.
func testBuckets(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	b := newBucket(t)
	const secretKey = "canary-of-a-secret-access-key"
	body := Obj{"type": "s3", "bucket": "audit", "prefix": "apiq", "region": "eu-central-1", "endpoint": b.URL, "accessKeyId": "AKIAOTHERS", "secretAccessKey": secretKey, "fromStart": true}
	p.Refused(apierr.CredentialsInvalid, "POST", "/api/admin/audit/sinks", body, "/bucket")
	body["accessKeyId"] = "AKIATHEIRS"
	var made struct{ ID, Bucket, Prefix, Secret, State string }
	p.Must(http.StatusCreated, "POST", "/api/admin/audit/sinks", body).Into(t, &made)
	if made.Bucket != "audit" || made.Prefix != "apiq/" || made.Secret != "" || made.State != "waiting" {
		t.Errorf("%+v", made)
	}
	p.poll("its first object", func() bool { return bytes.Contains(b.records(), []byte(made.ID)) })
	for _, path := range []string{"/api/admin/audit/sinks", "/api/logs?limit=100"} {
		if got := p.Must(http.StatusOK, "GET", path, nil); strings.Contains(string(got.Raw), secretKey) {
			t.Errorf("%s tells the secret: %s", path, got.Raw)
		}
	}
	p.Must(http.StatusOK, "DELETE", "/api/admin/audit/sinks/"+made.ID, nil)
}
