package hometest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// tagged serves a document with an ETag, as good sources do.
type tagged struct {
	URL               string
	whole, unmodified atomic.Int32 // answers with the document, and without
	document, tag     atomic.Value
	down              atomic.Bool
}

func newTagged(t testing.TB, document string) *tagged {
	t.Helper()
	s := &tagged{}
	s.set(document, `"v1"`)
	s.URL = source(t, func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("ETag", s.tag.Load().(string))
		if r.Header.Get("If-None-Match") == s.tag.Load() {
			s.unmodified.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		s.whole.Add(1)
		text("application/json", s.document.Load().(string))(w, r)
	}) + "/openapi.json"
	return s
}

func (s *tagged) set(document, tag string) { s.document.Store(document); s.tag.Store(tag) }

// testSpecCache: what it lists, that a hit is told, and what a purge forgets.
func testSpecCache(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	src := newTagged(t, ShopDocument())
	type figures struct {
		At                                           time.Time
		FetchMs, ParseMs                             int64
		Bytes, JSONBytes, StoredBytes, PeakHeapBytes int64
	}
	var cost *figures // of the last import, as its connection tells it
	create := func() string {
		var con struct {
			ID       string
			Imported *figures
		}
		p.Must(201, "POST", "/api/apis", Obj{"name": "C", "specUrl": src.URL, "authType": "NONE"}).Into(t, &con)
		cost = con.Imported
		return con.ID
	}
	con := create()
	first := cost
	if size := int64(len(ShopDocument())); first == nil || first.Bytes != size || first.FetchMs < 1 || first.ParseMs < 1 || first.StoredBytes < 1 || first.At.IsZero() {
		t.Fatalf("the import cost %+v", first)
	}
	create()
	if cost == nil || *cost != *first {
		t.Errorf("taken from the cache, it cost %+v, not %+v", cost, first)
	}
	if n := src.whole.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	type cached struct {
		URL, FetchedAt, ETag, SpecHash string
		TTLRemaining                   json.RawMessage
		Bytes                          int64
		Imported                       *figures
	}
	var got []cached
	at := "/api/admin/spec-cache?url=" + url.QueryEscape(src.URL)
	p.Must(200, "GET", at, nil).Into(t, &got)
	if len(got) != 1 || got[0].URL != src.URL || got[0].ETag != `"v1"` || got[0].Bytes != int64(len(ShopDocument())) || !strings.HasPrefix(got[0].SpecHash, "sha256:") || len(got[0].TTLRemaining) == 0 {
		t.Fatalf("%+v", got)
	}
	if got[0].Imported == nil || *got[0].Imported != *first {
		t.Errorf("the cache tells %+v of the import", got[0].Imported)
	}
	p.Must(200, "GET", at+"&limit=1", nil).Into(t, &got)
	if len(got) != 1 {
		t.Errorf("narrowed to one URL, the page of one has %d entries", len(got))
	}
	var purged struct{ Purged int }
	p.Must(200, "DELETE", at, nil).Into(t, &purged)
	if purged.Purged != 1 {
		t.Errorf("purged %d", purged.Purged)
	}
	p.Refused(apierr.NotFound, "DELETE", at, nil)
	create()
	if n := src.whole.Load(); n != 2 {
		t.Errorf("fetched %d times after the purge", n)
	}
	const entries = 4 // this document and three more
	for range entries - 1 {
		p.Connect("Another", NewShop(t).URL)
	}
	p.Must(200, "DELETE", "/api/admin/spec-cache", nil).Into(t, &purged)
	if n := len(items(t, p.Must(200, "GET", "/api/admin/spec-cache", nil))); n != 0 || purged.Purged < entries {
		t.Errorf("%d left of %d", n, purged.Purged)
	}
	// Connections go on without the cache.
	if got := items(t, p.Must(200, "GET", "/api/apis/"+con+"/endpoints?q=order", nil)); len(got) == 0 {
		t.Error("no operation is found without the cache")
	}
	var log []struct{ Action, Level, Outcome string }
	p.Must(200, "GET", "/api/logs?action=spec.&limit=100", nil).Into(t, &log)
	actions := map[string]int{}
	for _, l := range log {
		actions[l.Action]++
	}
	if actions["spec.purge"] < 2 && actions["spec.cache.purge"] < 2 && actions["spec.purged"] < 2 {
		t.Errorf("actions %v", actions)
	}
}
