package library_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/tenant"
)

func fetch(t *testing.T, h *home, ctx context.Context, req library.Request, how string) library.Result {
	t.Helper()
	res, err := h.Fetch(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	if res.How != how {
		t.Fatalf("came by %s, want %s", res.How, how)
	}
	return res
}

// TestCache follows one URL through its life.
func TestCache(t *testing.T) {
	t.Parallel()
	src := &source{body: petsYAML, etag: `"v1"`}
	url := serve(t, src.ServeHTTP) + "/openapi.yaml"
	h, ctx := newHome(t, library.Options{TTL: time.Hour}), in(t, "wsp_a")
	req := library.Request{URL: url}

	first := fetch(t, h, ctx, req, library.Fetched)
	h.clock.forward(59 * time.Minute)
	fetch(t, h, ctx, req, library.Hit)
	if n, _ := src.counts(); n != 1 {
		t.Fatalf("%d requests within the TTL", n)
	}
	h.clock.forward(time.Minute)
	fetch(t, h, ctx, req, library.Revalidated)
	if n, notMod := src.counts(); n != 2 || notMod != 1 {
		t.Fatalf("%d requests, %d of them 304, after the TTL", n, notMod)
	}
	h.clock.forward(59 * time.Minute)
	fetch(t, h, ctx, req, library.Hit) // the 304 started the time again
	fetch(t, h, ctx, library.Request{URL: url, Revalidate: true}, library.Revalidated)

	src.set(func(s *source) { s.body, s.etag = petsJSON, `"v2"` })
	changed := fetch(t, h, ctx, library.Request{URL: url, Revalidate: true}, library.Fetched)
	if changed.Hash == first.Hash || changed.Document.Len() != 1 {
		t.Error("the change was not taken over")
	}
	if old, err := h.Open(ctx, first.Hash); err != nil || old.Len() != 2 {
		t.Errorf("the old document is gone: %v", err)
	}

	var got []string
	for _, r := range h.records(t, ctx) {
		got = append(got, r.Action+" "+string(r.Level))
	}
	want := "spec.fetch info,spec.cache.hit info,spec.cache.revalidate info,spec.cache.hit info,spec.cache.revalidate info,spec.fetch info"
	if strings.Join(got, ",") != want {
		t.Errorf("records\n%s, want\n%s", strings.Join(got, ","), want)
	}
	if v, err := h.trail.Verify(ctx); err != nil || !v.OK {
		t.Errorf("chain %+v %v", v, err)
	}
}

// TestStale: a source that is down costs nobody the stored document; one that no
// longer has it, or gives something else, is told.
func TestStale(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		fail  func(*source)
		stale apierr.Code
		code  apierr.Code
		level audit.Level
	}{
		{"500", func(s *source) { s.status = 500 }, apierr.SpecUnreachable, "", audit.Error},
		{"429", func(s *source) { s.status = 429 }, apierr.SpecUnreachable, "", audit.Warn},
		{"404", func(s *source) { s.status = 404 }, "", apierr.SpecUnreachable, audit.Warn},
		{"HTML now", func(s *source) { s.body = "<html>" }, "", apierr.SpecInvalid, audit.Warn},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := &source{body: petsYAML}
			req := library.Request{URL: serve(t, src.ServeHTTP)}
			h, ctx := newHome(t, library.Options{TTL: time.Hour}), in(t, "wsp_a")
			first := fetch(t, h, ctx, req, library.Fetched)
			src.set(c.fail)
			h.clock.forward(2 * time.Hour)
			res, err := h.Fetch(ctx, req)
			if c.code != "" {
				wantCode(t, err, c.code)
			} else if err != nil || !res.Stale || res.How != library.Stale || res.StaleCode != c.stale || res.Hash != first.Hash || res.Document == nil {
				t.Fatalf("%+v, %v", res, err)
			}
			recs := h.records(t, ctx)
			last := recs[len(recs)-1]
			if last.Level != c.level || details(t, last)["stale"] == true != (c.code == "") {
				t.Errorf("record %+v %s", last, last.Details)
			}
			src.set(func(s *source) { s.status, s.body = 0, petsYAML })
			fetch(t, h, ctx, req, library.Revalidated) // same bytes: no validator needed
		})
	}
}

func TestStaleWhenGone(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	var slow atomic.Bool
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if slow.Load() {
			<-block
		}
		_, _ = w.Write([]byte(petsJSON))
	})
	t.Cleanup(func() { close(block) })
	h, ctx := newHome(t, library.Options{TTL: -1, FetchTimeout: 1500 * time.Millisecond}), in(t, "wsp_a")
	fetch(t, h, ctx, library.Request{URL: url}, library.Fetched)
	slow.Store(true)
	res := fetch(t, h, ctx, library.Request{URL: url}, library.Stale)
	if res.StaleCode != apierr.SpecTimeout {
		t.Errorf("stale for %s", res.StaleCode)
	}
}

func TestTenantsApart(t *testing.T) {
	t.Parallel()
	src := &source{body: petsYAML}
	req := library.Request{URL: serve(t, src.ServeHTTP)}
	h := newHome(t, library.Options{})
	a, b := in(t, "wsp_a"), in(t, "wsp_b")
	res := fetch(t, h, a, req, library.Fetched)
	if _, err := h.Open(b, res.Hash); apierr.CodeOf(err) != apierr.NotFound {
		t.Errorf("another workspace opens the document: %v", err)
	}
	if list, _, _ := h.List(b, 10, ""); len(list) != 0 {
		t.Errorf("another workspace lists %v", list)
	}
	_, err := h.Purge(b, req.URL)
	wantCode(t, err, apierr.NotFound)
	fetch(t, h, b, req, library.Fetched) // no hit across the border
	if _, err := h.Fetch(t.Context(), req); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("without a workspace: %v", err)
	}
}

func TestListAndPurge(t *testing.T) {
	t.Parallel()
	src := &source{body: petsYAML, etag: `"v1"`}
	base := serve(t, src.ServeHTTP)
	h, ctx := newHome(t, library.Options{TTL: time.Hour}), in(t, "wsp_a")
	for i := range 45 {
		fetch(t, h, ctx, library.Request{URL: fmt.Sprintf("%s/%d?key=hidden", base, i)}, library.Fetched)
	}
	h.clock.forward(10 * time.Minute)
	seen, cursor := 0, ""
	for {
		list, next, err := h.List(ctx, 20, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			seen++
			if e.TTLRemaining != 50*60 || e.ETag != `"v1"` || e.Bytes != int64(len(petsYAML)) || !strings.HasSuffix(e.URL, "?key=***") || e.Operations != 2 {
				t.Fatalf("entry %+v", e)
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if seen != 45 {
		t.Errorf("listed %d", seen)
	}
	if _, _, err := h.List(ctx, 20, "nonsense"); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Errorf("a forged cursor gives %v", err)
	}
	before := len(h.records(t, ctx))
	for _, url := range []string{base + "/0?key=hidden", base + "/1?key=***"} { // as fetched, as shown
		if n, err := h.Purge(ctx, url); err != nil || n != 1 {
			t.Fatalf("purge %s: %d, %v", url, n, err)
		}
	}
	if n, err := h.Purge(ctx, ""); err != nil || n != 43 {
		t.Fatalf("purge of all: %d, %v", n, err)
	}
	recs := h.records(t, ctx)[before:]
	if len(recs) != 3 || recs[2].Action != "spec.cache.purge" || details(t, recs[2])["count"] != 43.0 || strings.Contains(string(recs[0].Details), "hidden") {
		t.Errorf("records %+v", recs)
	}
	if list, _, _ := h.List(ctx, 20, ""); len(list) != 0 {
		t.Errorf("after the purge: %v", list)
	}
	n, _ := src.counts()
	fetch(t, h, ctx, library.Request{URL: base + "/0?key=hidden"}, library.Fetched)
	if m, _ := src.counts(); m != n+1 {
		t.Error("the purged document was not fetched again")
	}
}
