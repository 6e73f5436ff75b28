package library_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/spec/library"
)

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.Bytes()
}

func brotlied(s string) []byte {
	var b bytes.Buffer
	z := brotli.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.Bytes()
}

// bomb unpacks to n bytes of JSON that never ends.
func bomb(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, `{"openapi":"3.0.0","x":"`)
	_, _ = io.CopyN(z, zeros{}, int64(n))
	_ = z.Close()
	return b.Bytes()
}

// broken flips bits in the middle.
func broken(b []byte) []byte {
	for i := len(b) / 2; i < len(b)/2+8; i++ {
		b[i] ^= 0xff
	}
	return b
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func body(b []byte, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = w.Write(b)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "internal names of theirs", code) }
}

// TestRefused: each way a source can fail has its code, its level, and leaves
// nothing stored.
func TestRefused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		handler http.HandlerFunc
		code    apierr.Code
		level   audit.Level
		problem string // code of the first problem
	}{
		{"404", status(404), apierr.SpecUnreachable, audit.Warn, ""},
		{"401", status(401), apierr.SpecUnreachable, audit.Warn, ""},
		{"500", status(500), apierr.SpecUnreachable, audit.Error, ""},
		{"503", status(503), apierr.SpecUnreachable, audit.Error, ""},
		{"204", status(204), apierr.SpecUnreachable, audit.Warn, ""},
		{"304 unasked", status(304), apierr.SpecUnreachable, audit.Warn, ""},
		{"bad JSON", body([]byte(`{"openapi": "3.0.0", "info": {`)), apierr.SpecInvalid, audit.Warn, "json_syntax"},
		{"bad YAML", body([]byte("openapi: 3.0.0\ninfo: [a: b: c\n\t- x")), apierr.SpecInvalid, audit.Warn, "yaml_syntax"},
		{"HTML", body([]byte("<!DOCTYPE html><html><body>Sign in</body></html>"), "Content-Type", "text/html"), apierr.SpecInvalid, audit.Warn, "html"},
		{"empty", body(nil), apierr.SpecInvalid, audit.Warn, "empty"},
		{"no paths", body([]byte(`{"hello":"world"}`)), apierr.SpecInvalid, audit.Warn, "*"},
		{"a list", body([]byte(`[1,2,3]`)), apierr.SpecInvalid, audit.Warn, "*"},
		{"gzip bomb as file", body(bomb(8 << 20)), apierr.SpecTooLarge, audit.Warn, ""},
		{"gzip bomb as coding", body(bomb(8<<20), "Content-Encoding", "gzip"), apierr.SpecTooLarge, audit.Warn, ""},
		{"brotli bomb", body(brotlied(strings.Repeat("0", 8<<20)), "Content-Encoding", "br"), apierr.SpecTooLarge, audit.Warn, ""},
		{"bomb in a bomb", body(gzipped(string(bomb(8<<20))), "Content-Encoding", "gzip"), apierr.SpecTooLarge, audit.Warn, ""},
		{"gzip three times", body(gzipped(string(gzipped(string(gzipped(petsJSON))))), "Content-Encoding", "gzip"), apierr.SpecInvalid, audit.Warn, "gzip"},
		{"too long, said so", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999999")
			_, _ = w.Write([]byte("{"))
		}, apierr.SpecTooLarge, audit.Warn, ""},
		{"not gzip", body([]byte(petsJSON), "Content-Encoding", "gzip"), apierr.SpecInvalid, audit.Warn, "packing"},
		{"broken gzip", body(broken(gzipped(petsJSON)), "Content-Encoding", "gzip"), apierr.SpecInvalid, audit.Warn, "packing"},
		{"unknown coding", body([]byte("x"), "Content-Encoding", "zstd"), apierr.SpecInvalid, audit.Warn, "content_encoding"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write([]byte(petsJSON))
		}, apierr.SpecUnreachable, audit.Error, ""},
		{"hang up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, apierr.SpecUnreachable, audit.Error, ""},
		{"redirect to a private address", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/spec.json", http.StatusFound)
		}, apierr.EgressBlocked, audit.Warn, ""},
		{"redirect to metadata", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
		}, apierr.EgressBlocked, audit.Warn, ""},
		{"redirect to a file", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}, apierr.EgressBlocked, audit.Warn, ""},
		{"redirect loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusFound)
		}, apierr.SpecUnreachable, audit.Warn, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{MaxBytes: 4 << 20}), in(t, "wsp_a")
			url := serve(t, c.handler) + "/spec.json?access_token=CANARY-1234567890"
			_, err := h.Fetch(ctx, library.Request{URL: url})
			e := wantCode(t, err, c.code)
			if c.code == apierr.SpecUnreachable && e.Detail != "Spec unreachable, see logs" {
				t.Errorf("detail %q", e.Detail)
			}
			if c.problem != "" && (len(e.Problems) == 0 || c.problem != "*" && e.Problems[0].Code != c.problem) {
				t.Errorf("problems %+v, want first %s", e.Problems, c.problem)
			}
			recs := h.records(t, ctx)
			if len(recs) != 1 || recs[0].Level != c.level || recs[0].Outcome != audit.Failed || recs[0].Code != string(c.code) {
				t.Fatalf("records %+v", recs)
			}
			d := details(t, recs[0])
			if !strings.HasSuffix(d["url"].(string), "access_token=***") || d["code"] != string(c.code) || d["reason"] == "" {
				t.Errorf("details %v", d)
			}
			if all := fmt.Sprint(recs, string(recs[0].Details), h.log.String(), e.Detail, e.Problems); strings.Contains(all, "CANARY") || strings.Contains(all, "names of theirs") {
				t.Errorf("credential or foreign body told: %s", all)
			}
			if n := h.objects(t, ctx); n != 0 {
				t.Errorf("%d objects stored", n)
			}
			if list, _, err := h.List(ctx, 10, ""); err != nil || len(list) != 0 {
				t.Errorf("cache has %v, %v", list, err)
			}
		})
	}
}

func TestNotDialled(t *testing.T) {
	t.Parallel()
	var reached bool
	url := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	h := newHome(t, library.Options{}, "192.0.2.0/24") // loopback is not excepted
	_, err := h.Fetch(in(t, "wsp_a"), library.Request{URL: url})
	wantCode(t, err, apierr.EgressBlocked)
	if reached {
		t.Error("the server was reached")
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	_, err := h.Fetch(ctx, library.Request{URL: srv.URL})
	wantCode(t, err, apierr.SpecUnreachable)
	if d := details(t, h.records(t, ctx)[0]); d["reason"] != "connection refused" {
		t.Errorf("details %v", d)
	}
}

// TestTimeout: a server that never begins, one that never ends, and one that
// packs without end, all end with the fetch's own limit.
func TestTimeout(t *testing.T) {
	t.Parallel()
	cases := map[string]http.HandlerFunc{
		"slow header": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"slow body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"openapi":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"drip": func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
					_, _ = io.WriteString(w, " ")
					w.(http.Flusher).Flush()
				}
			}
		},
		"slow gzip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(gzipped(petsJSON)[:30])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{FetchTimeout: 150 * time.Millisecond}), in(t, "wsp_a")
			_, err := h.Fetch(ctx, library.Request{URL: serve(t, handler)})
			wantCode(t, err, apierr.SpecTimeout)
			if recs := h.records(t, ctx); len(recs) != 1 || recs[0].Level != audit.Error {
				t.Errorf("records %+v", recs)
			}
		})
	}
}

// TestEndless: a body without end and without a pause ends at the size limit.
func TestEndless(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, zeros{}) })
	h := newHome(t, library.Options{MaxBytes: 1 << 20})
	_, err := h.Fetch(in(t, "wsp_a"), library.Request{URL: url})
	wantCode(t, err, apierr.SpecTooLarge)
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	moved := serve(t, body([]byte(petsJSON)))
	cases := map[string]struct {
		handler http.HandlerFunc
		ops     int
	}{
		"JSON":             {body([]byte(petsJSON)), 1},
		"YAML":             {body([]byte(petsYAML), "Content-Type", "text/plain"), 2},
		"byte order mark":  {body([]byte("\xef\xbb\xbf" + petsJSON)), 1},
		"gzip coding":      {body(gzipped(petsYAML), "Content-Encoding", "gzip"), 2},
		"brotli coding":    {body(brotlied(petsYAML), "Content-Encoding", "br"), 2},
		"gzip file":        {body(gzipped(petsJSON), "Content-Type", "application/gzip"), 1},
		"gzip file, gzip":  {body(gzipped(string(gzipped(petsJSON))), "Content-Encoding", "gzip"), 1},
		"redirect":         {http.RedirectHandler(moved, http.StatusMovedPermanently).ServeHTTP, 1},
		"wrong type":       {body([]byte(petsJSON), "Content-Type", "text/html"), 1},
		"circular $ref":    {body([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/N"}}}}}}}},"components":{"schemas":{"N":{"type":"object","properties":{"next":{"$ref":"#/components/schemas/N"}}}}}}`)), 1},
		"circular, no end": {body([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"#/components/parameters/P"}],"responses":{}}}},"components":{"parameters":{"P":{"$ref":"#/components/parameters/Q"},"Q":{"$ref":"#/components/parameters/P"}}}}`)), 1},
		"remote $ref":      {body([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"http://10.0.0.1/p.json"}],"responses":{}}}}}`)), 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
			res, err := h.Fetch(ctx, library.Request{URL: serve(t, c.handler)})
			if err != nil {
				t.Fatal(err)
			}
			if res.Document.Len() != c.ops || res.How != library.Fetched || res.Hash != res.Document.Info().Hash {
				t.Errorf("%d operations, %+v", res.Document.Len(), res)
			}
			// A library that has nothing in memory reads the same from its store.
			again, err := h.Open(ctx, res.Hash)
			if err != nil || again.Len() != c.ops {
				t.Errorf("open: %v", err)
			}
		})
	}
}
