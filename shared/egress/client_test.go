package egress_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/egress"
)

func loopback(redirects int) *egress.Guard {
	return egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, MaxRedirects: redirects})
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func do(t *testing.T, c *egress.Client, method, url, body string, header http.Header) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text), nil
}

func TestSSRFGuardedDialReachesNobody(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	s := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	c := egress.New(nil).Client(nil)
	defer c.Close()
	_, _, err := do(t, c, "GET", s.URL, "", nil)
	wantBlocked(t, err, "loopback URL")
	// The transport by itself, past CheckURL, as after a name look-up.
	_, err = egress.New(nil).Transport().RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", s.URL, nil))
	wantBlocked(t, err, "loopback dial")
	if n := hits.Load(); n != 0 {
		t.Fatalf("%d requests arrived", n)
	}
}

func TestSSRFRedirectHopsAreChecked(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"http://169.254.169.254/latest/meta-data/", "http://[::1]:8080/", "file:///etc/passwd", "http://user:pw@127.0.0.1/",
		"gopher://127.0.0.1/", "http://0x7f000001/", "//10.0.0.1/x", "http://127.0.0.1:22/", "http://metadata.google.internal/", "http://%zz/"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{target}
			w.WriteHeader(http.StatusFound)
		})
		_, _, err := do(t, loopback(0).Client(nil), "GET", s.URL, "", nil)
		wantBlocked(t, err, target)
	}
}

func TestRedirectDowngradeIsRefused(t *testing.T) {
	t.Parallel()
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached over http") })
	s := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(s.Close)
	c := loopback(0).Client(nil)
	c.TransportForTest().TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	_, _, err := do(t, c, "GET", s.URL, "", nil)
	wantBlocked(t, err, "downgrade")
}

func TestRedirectsEnd(t *testing.T) {
	t.Parallel()
	loop := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) })
	var n atomic.Int32
	endless := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	})
	for _, s := range []*httptest.Server{loop, endless} {
		if _, _, err := do(t, loopback(3).Client(nil), "GET", s.URL+"/", "", nil); !errors.Is(err, egress.ErrRedirects) {
			t.Errorf("want ErrRedirects, got %v", err)
		}
	}
	if n.Load() != 4 {
		t.Errorf("%d requests, want the first and 3 more", n.Load())
	}
	resp, _, err := do(t, loopback(-1).Client(nil), "GET", loop.URL, "", nil)
	if err != nil || resp.StatusCode != http.StatusFound {
		t.Errorf("redirects off: %v %v", resp, err)
	}
}

// TestSwitchedProtocolEnds: the body of a 101 is the connection itself, and reading
// it would end with nobody's context.
func TestSwitchedProtocolEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Upgrade", "chaos")
		w.Header().Set("Connection", "Upgrade")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})
	if _, _, err := do(t, loopback(0).Client(nil), "GET", s.URL, "", nil); !errors.Is(err, egress.ErrProtocol) {
		t.Errorf("want ErrProtocol, got %v", err)
	}
}

func TestRedirectRewritesMethod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		status int
		want   string
	}{
		{"POST", 301, "GET "}, {"POST", 302, "GET "}, {"POST", 303, "GET "}, {"POST", 307, "POST body"}, {"POST", 308, "POST body"},
		{"PUT", 302, "PUT body"}, {"PUT", 303, "GET "}, {"DELETE", 303, "GET "}, {"PATCH", 308, "PATCH body"},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				w.Header().Set("Location", "/next")
				w.WriteHeader(c.status)
				return
			}
			text, _ := io.ReadAll(r.Body)
			if len(text) == 0 && r.Header.Get("Content-Type") != "" {
				t.Error("content type without content")
			}
			_, _ = io.WriteString(w, r.Method+" "+string(text))
		})
		_, got, err := do(t, loopback(0).Client(nil), c.method, s.URL+"/", "body", http.Header{"Content-Type": {"text/plain"}})
		if err != nil || got != c.want {
			t.Errorf("%s %d: %q %v, want %q", c.method, c.status, got, err, c.want)
		}
	}
}

func TestRedirectDropsCredentialsOnAnotherOrigin(t *testing.T) {
	t.Parallel()
	header := http.Header{"Authorization": {"Bearer x"}, "X-Api-Key": {"k"}, "Cookie": {"a=b"}, "Accept": {"application/json"}}
	var back string
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bounce" {
			http.Redirect(w, r, back+"/end", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+r.Header.Get("X-Api-Key")+r.Header.Get("Cookie")+"|"+r.Header.Get("Accept"))
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/end", http.StatusFound)
		case "/bounce":
			http.Redirect(w, r, other.URL+"/bounce", http.StatusFound)
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		default:
			_, _ = io.WriteString(w, r.Header.Get("Authorization")+r.Header.Get("X-Api-Key")+r.Header.Get("Cookie")+"|"+r.Header.Get("Accept"))
		}
	})
	back = s.URL
	for path, want := range map[string]string{
		"/away": "|application/json", "/bounce": "|application/json", "/same": "Bearer xka=b|application/json"} {
		_, got, err := do(t, loopback(0).Client(nil), "GET", s.URL+path, "", header)
		if err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", path, got, err, want)
		}
	}
}

func TestHostHeaderCannotDiffer(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
	req.Host = "internal.example"
	resp, err := loopback(0).Client(nil).Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if apierr.CodeOf(err) != apierr.EgressBlocked {
		t.Fatal(err)
	}
}
