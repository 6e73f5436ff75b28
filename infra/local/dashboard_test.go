package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDashboardHandler(t *testing.T) {
	t.Parallel()
	built := fstest.MapFS{
		"index.html":      {Data: []byte("<!doctype html>app")},
		"favicon.svg":     {Data: []byte("<svg/>")},
		"assets/a-1.js":   {Data: []byte("js")},
		"assets/a-1.css":  {Data: []byte("css")},
		"assets/f.woff2":  {Data: []byte("font")},
		"assets/unknown~": {Data: []byte("?")},
	}
	const immutable = "public, max-age=31536000, immutable"
	for name, c := range map[string]struct {
		files               fstest.MapFS
		method, path        string
		status              int
		media, cache, holds string
	}{
		"a change":          {built, "POST", "/", 405, "text/plain; charset=utf-8", "", ""},
		"a missing asset":   {built, "GET", "/assets/gone-2.js", 404, "text/plain; charset=utf-8", "", ""},
		"assets themselves": {built, "GET", "/assets/", 200, "text/html; charset=utf-8", "no-cache", "app"},
		"above the root":    {built, "GET", "/assets/../../etc/passwd", 200, "text/html; charset=utf-8", "no-cache", "app"},
		"not built":         {fstest.MapFS{".gitkeep": {}}, "GET", "/", 404, "text/plain; charset=utf-8", "", "make dashboard"},
		"the root":          {built, "GET", "/", 200, "text/html; charset=utf-8", "no-cache", "app"},
		"a page of the app": {built, "GET", "/connections/con_1/endpoints/pets.list", 200, "text/html; charset=utf-8", "no-cache", "app"},
		"an icon":           {built, "GET", "/favicon.svg", 200, "image/svg+xml", "no-cache", "<svg/>"},
		"a script":          {built, "GET", "/assets/a-1.js", 200, "text/javascript; charset=utf-8", immutable, "js"},
		"a style":           {built, "HEAD", "/assets/a-1.css", 200, "text/css; charset=utf-8", immutable, ""},
		"a font":            {built, "GET", "/assets/f.woff2", 200, "font/woff2", immutable, "font"},
		"an unknown kind":   {built, "GET", "/assets/unknown~", 200, "application/octet-stream", immutable, "?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), c.method, "http://apiq.test/", http.NoBody)
			r.URL.Path = c.path
			w := httptest.NewRecorder()
			dashboardHandler(c.files).ServeHTTP(w, r)
			h := w.Header()
			if w.Code != c.status || h.Get("Content-Type") != c.media || h.Get("Cache-Control") != c.cache || !strings.Contains(w.Body.String(), c.holds) {
				t.Errorf("%d %v %q", w.Code, h, w.Body.String())
			}
			if h.Get("Content-Security-Policy") != contentSecurityPolicy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

// TestPolicyStrict: nothing inline, nothing from elsewhere, no frame.
func TestPolicyStrict(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(contentSecurityPolicy, bad) {
			t.Errorf("the policy allows %s", bad)
		}
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(contentSecurityPolicy, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
}
