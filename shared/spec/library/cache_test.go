package library_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	h, ctx := newHome(t, library.Options{TTL: -1, FetchTimeout: 500 * time.Millisecond}), in(t, "wsp_a")
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

// TestOneFetchForMany: whoever asks while a fetch is under way waits for it.
func TestOneFetchForMany(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	reached, release := make(chan struct{}), make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			close(reached)
		}
		<-release
		_, _ = w.Write([]byte(petsYAML))
	})
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	var wg sync.WaitGroup
	gone, leave := context.WithCancel(ctx)
	errs := make(chan error, 21)
	ask := func(ctx context.Context) {
		wg.Go(func() { _, err := h.Fetch(ctx, library.Request{URL: url}); errs <- err })
	}
	ask(gone)
	<-reached
	for range 20 {
		ask(ctx)
	}
	leave() // the one that started it goes: the others must not notice
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that left got %v", err)
	}
	close(release)
	wg.Wait()
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestLetGo: a caller that asked for it is let go when a document turns out to be
// large, and finds it later without another request.
func TestLetGo(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x", 64<<10)
	big := strings.Replace(petsJSON, `"title":"Pets"`, `"title":"Pets","description":"`+filler+`"`, 1)
	var requests atomic.Int64
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(big[:40<<10]))
		w.(http.Flusher).Flush()
		<-release
		_, _ = w.Write([]byte(big[40<<10:]))
	})
	h, ctx := newHome(t, library.Options{LargeBytes: 32 << 10}), in(t, "wsp_a")
	_, err := h.Fetch(ctx, library.Request{URL: url, LetGo: true})
	if !errors.Is(err, library.ErrLarge) {
		t.Fatalf("got %v", err)
	}
	close(release)
	var stages []library.Progress
	res, err := h.Fetch(ctx, library.Request{URL: url, Progress: func(p library.Progress) { stages = append(stages, p) }})
	if err != nil || res.Document.Len() != 1 || requests.Load() != 1 {
		t.Fatalf("%v after %d requests", err, requests.Load())
	}
	for i := 1; i < len(stages); i++ {
		if stages[i].Percent < stages[i-1].Percent {
			t.Errorf("progress went back: %v", stages)
		}
	}
	fetch(t, h, ctx, library.Request{URL: url, LetGo: true}, library.Hit) // stored: large or not
}

// TestClose ends a fetch under way.
func TestClose(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(reached); <-r.Context().Done() })
	h, ctx := newHome(t, library.Options{FetchTimeout: time.Hour}), in(t, "wsp_a")
	done := make(chan error, 1)
	go func() { _, err := h.Fetch(ctx, library.Request{URL: url}); done <- err }()
	<-reached
	h.Close()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if recs := h.records(t, ctx); len(recs) != 0 {
		t.Errorf("our own end was told as the source's fault: %+v", recs)
	}
	if _, err := h.Fetch(ctx, library.Request{URL: url}); err == nil {
		t.Error("a closed library fetches")
	}
}

// TestReindex: a stored index of another layout is made again without a request.
func TestReindex(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"JSON": petsJSON, "YAML": petsYAML} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{OpenBytes: 1}), in(t, "wsp_a")
			res, err := h.Add(ctx, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			other, err := h.Add(ctx, []byte(strings.Replace(text, "Pets", "Cats", 1))) // pushes the first out of memory
			if err != nil || other.Hash == res.Hash {
				t.Fatal(err)
			}
			name := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".idx.gz"
			if _, err := h.blobs.Put(ctx, name, strings.NewReader(string(gzipped("old layout")))); err != nil {
				t.Fatal(err)
			}
			doc, err := h.Open(ctx, res.Hash)
			if err != nil || doc.Len() != res.Document.Len() || doc.Info().Format != res.Document.Info().Format {
				t.Fatalf("%v", err)
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{OpenBytes: 1}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(petsJSON))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Add(ctx, []byte(petsYAML)); err != nil {
		t.Fatal(err)
	}
	name := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".json.gz"
	if _, err := h.blobs.Put(ctx, name, strings.NewReader(string(gzipped(strings.Replace(petsJSON, "pets", "rats", 1))))); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(ctx, res.Hash); err == nil {
		t.Error("a document that was changed in the store is opened")
	}
	for _, hash := range []string{"", "sha256:", "sha256:../../x", "md5:00", "sha256:" + strings.Repeat("AB", 32)} {
		if _, err := h.Open(ctx, hash); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("open %q: %v", hash, err)
		}
	}
}

func TestStash(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{MaxBytes: 1 << 20}), in(t, "wsp_a")
	for _, text := range []string{petsJSON, petsYAML} {
		hash, err := h.Stash(ctx, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		res, err := h.AddStashed(ctx, hash)
		if err != nil || res.Hash != hash {
			t.Fatalf("%s, %v", res.Hash, err)
		}
	}
	if n := h.objects(t, ctx); n != 2+3 { // a JSON document needs no source beside it
		t.Errorf("%d objects", n)
	}
	bad, err := h.Stash(ctx, []byte("<html>"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.AddStashed(ctx, bad)
	wantCode(t, err, apierr.SpecInvalid)
	if n := h.objects(t, ctx); n != 5 {
		t.Errorf("an unusable stash stays: %d objects", n)
	}
	_, err = h.AddStashed(ctx, bad)
	wantCode(t, err, apierr.NotFound)
	_, err = h.Stash(ctx, make([]byte, 1<<20+1))
	wantCode(t, err, apierr.SpecTooLarge)
}

// TestCorpus imports real documents from a server, as they lie on disk: packed.
func TestCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on real documents")
	}
	files := http.FileServer(http.Dir(filepath.Join(data, "specs")))
	url := serve(t, files.ServeHTTP)
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	for file, want := range map[string]struct {
		ops    int
		format string
	}{
		"slack.json.gz": {174, "2.0"}, "github.json.gz": {1223, "3.0.3"}, "stripe.yaml.gz": {494, "3.0.0"}, "museum.yaml.gz": {8, "3.1.0"},
	} {
		res, err := h.Fetch(ctx, library.Request{URL: url + "/" + file})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if info := res.Document.Info(); res.Document.Len() != want.ops || info.SpecVersion != want.format {
			t.Errorf("%s: %d operations of %s", file, res.Document.Len(), info.SpecVersion)
		}
	}
}
