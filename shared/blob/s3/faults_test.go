package s3_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/apiq/apiq/infra/awstest/objects"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/blobtest"
	"github.com/apiq/apiq/shared/blob/s3"
	"github.com/apiq/apiq/shared/tenant"
)

// large is a body of three parts.
func large() io.Reader { return strings.NewReader(strings.Repeat("0123456789abcdef", 12<<20/16)) }

// first says whether a request is the SDK's first attempt.
func first(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Amz-Sdk-Request"), "attempt=1")
}

func operation(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case q.Has("uploads"):
		return "begin"
	case q.Has("uploadId"):
		return r.Method + " upload"
	}
	return r.Method
}

// tally counts requests by operation and lets a test answer some of them itself.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	// instead answers, or returns false to let S3 do so.
	instead func(w http.ResponseWriter, r *http.Request, s3 http.Handler) bool
}

func (c *tally) between(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		if c.counts == nil {
			c.counts = map[string]int{}
		}
		c.counts[operation(r)]++
		c.mu.Unlock()
		if c.instead == nil || !c.instead(w, r, s3) {
			s3.ServeHTTP(w, r)
		}
	})
}

func (c *tally) of(operation string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[operation]
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

// TestConformanceThrottled runs the suite while S3 refuses each first attempt.
func TestConformanceThrottled(t *testing.T) {
	t.Parallel()
	throttled := tally{instead: func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !first(r) {
			return false
		}
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return true
	}}
	srv := httptest.NewServer(throttled.between(objects.New(bucket)))
	t.Cleanup(srv.Close)
	blobtest.Run(t, blobtest.Harness{Open: func(*testing.T) blob.Driver { return s3.New(client(srv.URL), bucket, nil) }})
}

// TestThrottledForGood is bounded by the SDK's attempts and says that trying
// again later may help.
func TestThrottledForGood(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"SlowDown":       func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusServiceUnavailable, "SlowDown") },
		"RequestTimeout": func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusBadRequest, "RequestTimeout") },
		"500": func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusInternalServerError, "InternalError")
		},
		"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := tally{instead: func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				answer(w, r)
				return true
			}}
			s := blob.New(open(t, out.between, nil))
			ctx := tenant.With(t.Context(), "wsp_1")
			_, put := s.Put(ctx, "a", strings.NewReader("x"))
			_, create := s.Create(ctx, "a", strings.NewReader("x"))
			_, parts := s.Put(ctx, "a", large())
			_, get := s.ReadAll(ctx, "a", 10)
			_, ranged := s.GetRange(ctx, "a", 0, 1)
			_, list := s.List(ctx, "", "", 1)
			for call, err := range map[string]error{"Put": put, "Create": create, "Put of parts": parts, "Get": get, "GetRange": ranged, "List": list, "Delete": s.Delete(ctx, "a")} {
				if !errors.Is(err, blob.ErrUnavailable) {
					t.Errorf("%s: %v, want ErrUnavailable", call, err)
				}
			}
			for operation, want := range map[string]int{"PUT": 2 * attempts, "begin": attempts, "GET": 3 * attempts, "DELETE": attempts} {
				if got := out.of(operation); got != want {
					t.Errorf("%d requests of %s, want %d", got, operation, want)
				}
			}
		})
	}
}

// lose lets S3 do the first attempt of an operation, and cuts its answer off.
func lose(what string) *tally {
	return &tally{instead: func(_ http.ResponseWriter, r *http.Request, s3 http.Handler) bool {
		if operation(r) == what && first(r) {
			s3.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		return false
	}}
}

// TestAnswerLost: the SDK's second attempt is refused because of the first one's
// own object. Put must know it again, and tell it from another's.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lost string
		body func() io.Reader
		size int64
	}{
		"whole":    {"PUT", func() io.Reader { return strings.NewReader("mine") }, 4},
		"in parts": {"POST upload", large, 12 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := lose(c.lost)
			s := blob.New(open(t, net.between, nil))
			ctx := tenant.With(t.Context(), "wsp_1")
			info, err := s.Create(ctx, "a", c.body())
			if err != nil || info.Size != c.size || info.CreatedAt.IsZero() {
				t.Fatalf("the answer to a Create was lost: %+v, %v", info, err)
			}
			if got := net.of(c.lost); got != 2 {
				t.Fatalf("%d attempts, want 2: the test tests nothing", got)
			}
			if _, err := s.Create(ctx, "a", c.body()); !errors.Is(err, blob.ErrExists) {
				t.Errorf("another Create, of the same bytes: %v, want ErrExists", err)
			}
			if info, err = s.Put(ctx, "b", c.body()); err != nil || info.Size != c.size {
				t.Errorf("the answer to a Put was lost: %+v, %v", info, err)
			}
			if got, err := s.ReadAll(ctx, "b", blob.MaxBytes); err != nil || int64(len(got)) != c.size {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// TestAnswerLostAndReplaced: an upload is complete, its answer lost, and another
// writer has replaced the object since. Whether ours ever stood is not known.
func TestAnswerLostAndReplaced(t *testing.T) {
	t.Parallel()
	var s *blob.Store
	ctx := tenant.With(t.Context(), "wsp_1")
	net := tally{instead: func(_ http.ResponseWriter, r *http.Request, s3 http.Handler) bool {
		if operation(r) != "POST upload" || !first(r) {
			return false
		}
		s3.ServeHTTP(httptest.NewRecorder(), r)
		if _, err := s.Put(ctx, "a", strings.NewReader("theirs")); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	}}
	s = blob.New(open(t, net.between, nil))
	if _, err := s.Put(ctx, "a", large()); !errors.Is(err, blob.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if got, err := s.ReadAll(ctx, "a", 10); err != nil || string(got) != "theirs" {
		t.Errorf("it holds %q, %v", got, err)
	}
}

// TestExistsButUnseen: refused, and S3 is out when Put looks whose object it is.
// Neither success nor ErrExists may be claimed.
func TestExistsButUnseen(t *testing.T) {
	t.Parallel()
	net := tally{instead: func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return r.Method == http.MethodHead
	}}
	s := blob.New(open(t, net.between, nil))
	ctx := tenant.With(t.Context(), "wsp_1")
	if _, err := s.Create(ctx, "a", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx, "a", strings.NewReader("y")); !errors.Is(err, blob.ErrUnavailable) || errors.Is(err, blob.ErrExists) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}

// TestConflict: another writer is at the same name, and S3 does not say who wins.
func TestConflict(t *testing.T) {
	t.Parallel()
	conflicts := func(n int) *tally {
		var mu sync.Mutex
		return &tally{instead: func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("If-None-Match") == "" || n == 0 {
				return false
			}
			n--
			refuse(w, http.StatusConflict, "ConditionalRequestConflict")
			return true
		}}
	}
	ctx := tenant.With(t.Context(), "wsp_1")
	for name, c := range map[string]struct {
		conflicts int
		taken     bool
		body      func() io.Reader
		want      error
	}{
		"passes":                   {3, false, func() io.Reader { return strings.NewReader("x") }, nil},
		"passes, name taken":       {3, true, func() io.Reader { return strings.NewReader("x") }, blob.ErrExists},
		"stays, name taken":        {99, true, func() io.Reader { return strings.NewReader("x") }, blob.ErrExists},
		"stays, name free":         {99, false, func() io.Reader { return strings.NewReader("x") }, blob.ErrUnavailable},
		"in parts, name taken":     {1, true, large, blob.ErrExists},
		"in parts, free again":     {1, false, large, blob.ErrUnavailable},
		"in parts, nobody is busy": {0, false, large, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := conflicts(c.conflicts)
			s := blob.New(open(t, net.between, nil))
			if c.taken {
				if _, err := s.Put(ctx, "a", strings.NewReader("theirs")); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Create(ctx, "a", c.body()); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if begun, aborted := net.of("begin"), net.of("DELETE upload"); c.want != nil && begun != aborted {
				t.Errorf("%d uploads begun, %d aborted", begun, aborted)
			}
		})
	}
}

// TestPartsAreFreed: whatever ends an upload in the middle, its parts go.
func TestPartsAreFreed(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	net := tally{}
	s := blob.New(open(t, net.between, nil))
	ctx := tenant.With(t.Context(), "wsp_1")
	if _, err := s.Put(ctx, "a", strings.NewReader("before")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, "a", io.MultiReader(large(), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%v, want the body's error", err)
	}
	if begun, aborted := net.of("begin"), net.of("DELETE upload"); begun != 1 || aborted != 1 {
		t.Errorf("%d uploads begun, %d aborted, want 1 and 1", begun, aborted)
	}
	if got, err := s.ReadAll(ctx, "a", 10); err != nil || string(got) != "before" {
		t.Errorf("it holds %q, %v", got, err)
	}
}

// TestDamagedRead: neither a body that is cut nor one that is altered may end as
// if it were whole.
func TestDamagedRead(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 100_000)
	for name, alter := range map[string]func(w http.ResponseWriter, b []byte){
		"cut":     func(w http.ResponseWriter, b []byte) { _, _ = w.Write(b[:len(b)/2]); panic(http.ErrAbortHandler) },
		"altered": func(w http.ResponseWriter, b []byte) { b[7] ^= 1; _, _ = w.Write(b) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := tally{instead: func(w http.ResponseWriter, r *http.Request, s3 http.Handler) bool {
				if r.Method != http.MethodGet {
					return false
				}
				rec := httptest.NewRecorder()
				s3.ServeHTTP(rec, r)
				for k, v := range rec.Header() {
					w.Header()[k] = v
				}
				alter(w, rec.Body.Bytes())
				return true
			}}
			s := blob.New(open(t, net.between, nil))
			ctx := tenant.With(t.Context(), "wsp_1")
			if _, err := s.Put(ctx, "a", strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if got, err := s.ReadAll(ctx, "a", blob.MaxBytes); err == nil || errors.Is(err, blob.ErrNotFound) {
				t.Errorf("%d bytes, %v, want an error", len(got), err)
			}
		})
	}
}

func TestMissingBucketIsNoMissingObject(t *testing.T) {
	t.Parallel()
	s := blob.New(s3.New(client(objects.Start(t)), bucket, nil))
	ctx := tenant.With(t.Context(), "wsp_1")
	if _, err := s.ReadAll(ctx, "a", 10); err == nil || errors.Is(err, blob.ErrNotFound) {
		t.Errorf("ReadAll: %v, want an error that is not ErrNotFound", err)
	}
}
