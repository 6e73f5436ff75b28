package call

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": -1, "0": 0, "5": 5 * time.Second, " 7 ": 7 * time.Second, "1.5": 1500 * time.Millisecond, "-1": -1, "NaN": -1, "Inf": time.Hour, "1e300": time.Hour, "soon": -1,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Friday, 02-Jan-26 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:00:00 GMT": 0, "Fri, 02 Jan 2037 03:00:00 GMT": time.Hour,
	} {
		got, ok := retryAfter(http.Header{"Retry-After": {text}}, now)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestRateReset(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		prefix, remaining, reset string
		want                     time.Duration
	}{
		{"X-RateLimit-", "0", "1800000030", 30 * time.Second}, {"X-Rate-Limit-", "0", "1800000030000", 30 * time.Second}, {"RateLimit-", "0", "30", 30 * time.Second},
		{"X-RateLimit-", "1", "1800000030", -1}, {"X-RateLimit-", "0", "x", -1}, {"X-RateLimit-", "", "30", -1}, {"RateLimit-", "0", "-5", -1}, {"X-RateLimit-", "0", "1700000000", 0},
	} {
		h := http.Header{}
		h.Set(c.prefix+"Remaining", c.remaining)
		h.Set(c.prefix+"Reset", c.reset)
		got, ok := rateReset(h, now)
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	one := idempotencyKey("exe_1", "each[3]/charge", 1)
	if one != idempotencyKey("exe_1", "each[3]/charge", 1) || len(one) != 36 {
		t.Error(one)
	}
	for _, other := range []string{idempotencyKey("exe_2", "each[3]/charge", 1), idempotencyKey("exe_1", "each[4]/charge", 1), idempotencyKey("exe_1", "each[3]/charge", 2),
		idempotencyKey("exe_1each[3]", "/charge", 1)} {
		if other == one {
			t.Error("two steps share a key")
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "1.5", "-1", "Fri, 02 Jan 2026 03:04:15 GMT", "1e309", "\x00"} {
		f.Add(s, s)
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, a, b string) {
		h := http.Header{"Retry-After": {a}, "X-Ratelimit-Remaining": {b}, "X-Ratelimit-Reset": {a}}
		for _, read := range []func(http.Header, time.Time) (time.Duration, bool){retryAfter, rateReset} {
			if d, _ := read(h, now); d < 0 || d > maxRetryAfter {
				t.Fatal(d)
			}
		}
	})
}

func FuzzDecodeBody(f *testing.F) {
	f.Add("application/json", "", []byte(`{"a":1}`))
	f.Add("text/plain; charset=utf-16", "gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"))
	f.Add("image/png", "br, deflate", []byte{0x8b, 0x02, 0x80})
	f.Add("application/json", "identity, gzip", []byte("\xff\xfe{\x00"))
	f.Fuzz(func(t *testing.T, contentType, coding string, body []byte) {
		rec := httptest.NewRecorder()
		_, _ = rec.Write(body)
		resp := rec.Result()
		resp.Header["Content-Encoding"] = []string{coding}
		const limit = 1 << 16
		got, err := readBody(resp, limit)
		_ = resp.Body.Close()
		if len(got) > limit {
			t.Fatalf("%d bytes", len(got))
		}
		if err != nil {
			return
		}
		if c := decode(contentType, got); !json.Valid(c.value) {
			t.Fatalf("%q is not JSON", c.value)
		}
	})
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://a/?p=2>; rel="next"`, `{"next":"/x"}`)
	f.Add(`<<>;rel=,<x>;rel="prev next"`, `{"links":{"next":{"href":1}}}`)
	f.Fuzz(func(t *testing.T, link, body string) {
		got, ok := linkNext([]string{link})
		if ok && !strings.Contains(link, "<"+got+">") {
			t.Fatalf("%q from %q", got, link)
		}
		v, err := expr.Decode(json.RawMessage(body))
		if err != nil {
			return
		}
		for _, read := range []func(any) (string, bool){bodyLink, bodyCursor} {
			if s, ok := read(v); ok && s == "" {
				t.Fatal("an empty place")
			}
		}
	})
}
