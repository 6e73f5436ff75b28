package s3_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/s3"
	"github.com/apiq/apiq/shared/tenant"
)

// TestEncryptionIsAskedFor by every request that makes an object, and by none
// without a key.
func TestEncryptionIsAskedFor(t *testing.T) {
	t.Parallel()
	const key = "arn:aws:kms:eu-central-1:123456789012:key/1"
	for _, want := range []string{key, ""} {
		var mu sync.Mutex
		var seen []http.Header
		net := tally{instead: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if op := operation(r); op == "PUT" || op == "begin" {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, r.Header.Clone())
			}
			return false
		}}
		s := blob.New(open(t, net.between, &s3.Options{KMSKeyID: want}))
		ctx := tenant.With(t.Context(), "wsp_1")
		for _, body := range []io.Reader{strings.NewReader("small"), large()} {
			if _, err := s.Put(ctx, "a", body); err != nil {
				t.Fatal(err)
			}
		}
		if len(seen) != 2 {
			t.Fatalf("%d requests, want 2", len(seen))
		}
		for _, h := range seen {
			sse, id, bucketKey := h.Get("X-Amz-Server-Side-Encryption"), h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"), h.Get("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled")
			if id != want || (want != "") != (sse == "aws:kms" && bucketKey == "true") {
				t.Errorf("key %q: encryption %q under %q, bucket key %q", want, sse, id, bucketKey)
			}
		}
	}
}

// taker plays S3 without keeping anything, so that what is allocated is the
// driver's and the SDK's.
type taker struct {
	mu      sync.Mutex
	largest int64
}

func (s *taker) RoundTrip(r *http.Request) (*http.Response, error) {
	var n int64
	if r.Body != nil {
		var err error
		if n, err = io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	s.largest = max(s.largest, n)
	s.mu.Unlock()
	body := "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
	if r.URL.Query().Has("uploads") {
		body = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"e"`}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// TestLargestObjectFitsAFunction puts 64 MiB and looks at the memory it took: it
// must be a part's, not the object's.
func TestLargestObjectFitsAFunction(t *testing.T) { // not parallel: it counts the process's allocations
	net := &taker{}
	s := blob.New(s3.New(awss3.New(awss3.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: net},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}), bucket, nil))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	info, err := s.Put(tenant.With(t.Context(), "wsp_1"), "a", io.LimitReader(zeros{}, blob.MaxBytes))
	runtime.ReadMemStats(&after)
	if err != nil || info.Size != blob.MaxBytes {
		t.Fatalf("%d bytes, %v", info.Size, err)
	}
	t.Logf("%d KiB allocated in all, the largest request had %d KiB", (after.TotalAlloc-before.TotalAlloc)>>10, net.largest>>10)
	if took := after.TotalAlloc - before.TotalAlloc; took > 12<<20 {
		t.Errorf("%d MiB allocated for one object of 64 MiB, want at most 12", took>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
