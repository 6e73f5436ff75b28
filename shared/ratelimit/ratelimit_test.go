package ratelimit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/ratelimit"
)

// now is the clock of the tests: 1,800,000,000 seconds since 1970.
func now() time.Time { return time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC) }

// header makes a header of lines.
func header(lines string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return h
}

// told writes quotas down, a line each: scope/name unit remaining/limit, when it is
// full again, and ~ where it refills.
func told(quotas []ratelimit.Quota) string {
	var b strings.Builder
	for _, q := range quotas {
		if q.Scope != "" {
			fmt.Fprintf(&b, "%s/", q.Scope)
		}
		fmt.Fprintf(&b, "%s", q.Name)
		if q.Unit != "" {
			fmt.Fprintf(&b, "[%s]", q.Unit)
		}
		fmt.Fprintf(&b, " %g/%g", q.Remaining, q.Limit)
		if !q.ResetAt.IsZero() {
			fmt.Fprintf(&b, " +%v", q.ResetAt.Sub(now()))
		}
		if q.Refills {
			b.WriteString("~")
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}

// TestDialects reads headers as the vendors document them, their times moved to the test's clock.
func TestDialects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ header, want string }{
		"nothing": {"Content-Type: application/json\nX-Request-Id: 1", ""},
		"GitHub": {"x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4987\nx-ratelimit-used: 13\nx-ratelimit-reset: 1800001800\nx-ratelimit-resource: core",
			"core/ 4987/5000 +30m0s"},
		"GitLab": {"RateLimit-Limit: 60\nRateLimit-Name: throttle_authenticated_web\nRateLimit-Observed: 67\nRateLimit-Remaining: 0\nRateLimit-Reset: 1800000030\nRateLimit-ResetTime: Fri, 15 Jan 2027 08:00:30 GMT\nRetry-After: 30",
			"0/60 +30s"},
		"Twitter": {"x-rate-limit-limit: 900\nx-rate-limit-remaining: 899\nx-rate-limit-reset: 1800000900", "899/900 +15m0s"},
		"Okta":    {"X-Rate-Limit-Limit: 600\nX-Rate-Limit-Remaining: 0\nX-Rate-Limit-Reset: 1800000060", "0/600 +1m0s"},
		"Zendesk": {"X-Rate-Limit: 700\nX-Rate-Limit-Remaining: 699\nratelimit-limit: 700\nratelimit-remaining: 699\nratelimit-reset: 41", "699/700 +41s"},
		"Sentry":  {"X-Sentry-Rate-Limit-Limit: 40\nX-Sentry-Rate-Limit-Remaining: 39\nX-Sentry-Rate-Limit-Reset: 1800000001", "39/40 +1s"},
		"Twitch":  {"Ratelimit-Limit: 800\nRatelimit-Remaining: 799\nRatelimit-Reset: 1800000001", "799/800 +1s"},
		"Reddit":  {"x-ratelimit-remaining: 599.0\nx-ratelimit-used: 1\nx-ratelimit-reset: 425", "599/0 +7m5s"},
		"Vimeo":   {"X-RateLimit-Limit: 100\nX-RateLimit-Remaining: 95\nX-RateLimit-Reset: 2027-01-15T08:01:00+00:00", "95/100 +1m0s"},
		"Atlassian": {"X-RateLimit-Limit: 350\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 2027-01-15T08:05Z\nX-RateLimit-NearLimit: true\nRetry-After: 300",
			"0/350 +5m0s"},
		"Linear": {"X-RateLimit-Requests-Limit: 1500\nX-RateLimit-Requests-Remaining: 1499\nX-RateLimit-Requests-Reset: 1800003600000\nX-Complexity: 10\nX-RateLimit-Complexity-Limit: 250000\nX-RateLimit-Complexity-Remaining: 249990\nX-RateLimit-Complexity-Reset: 1800003600000",
			"complexity[complexity] 249990/250000 +1h0m0s\nrequests 1499/1500 +1h0m0s"},
		"Discord": {"X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1800000001.470\nX-RateLimit-Reset-After: 1.25\nX-RateLimit-Bucket: abcd1234\nX-RateLimit-Scope: user",
			"abcd1234/ 0/5 +1.25s"},
		"OpenAI": {"x-ratelimit-limit-requests: 60\nx-ratelimit-limit-tokens: 150000\nx-ratelimit-remaining-requests: 59\nx-ratelimit-remaining-tokens: 149984\nx-ratelimit-reset-requests: 1s\nx-ratelimit-reset-tokens: 6m0s",
			"requests 59/60 +1s~\ntokens[tokens] 149984/150000 +6m0s~"},
		"Anthropic": {"anthropic-ratelimit-requests-limit: 1000\nanthropic-ratelimit-requests-remaining: 999\nanthropic-ratelimit-requests-reset: 2027-01-15T08:00:01Z\nanthropic-ratelimit-input-tokens-limit: 80000\nanthropic-ratelimit-input-tokens-remaining: 0\nanthropic-ratelimit-input-tokens-reset: 2027-01-15T08:01:00Z",
			"input-tokens[input-tokens] 0/80000 +1m0s~\nrequests 999/1000 +1s~"},
		"HubSpot": {"X-HubSpot-RateLimit-Daily: 250000\nX-HubSpot-RateLimit-Daily-Remaining: 249000\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000\nX-HubSpot-RateLimit-Max: 100\nX-HubSpot-RateLimit-Remaining: 0\nX-HubSpot-RateLimit-Secondly: 10\nX-HubSpot-RateLimit-Secondly-Remaining: 9",
			"0/100 +10s\ndaily 249000/250000\nsecondly 9/10"},
		"Shopify":        {"X-Shopify-Shop-Api-Call-Limit: 39/40", "1/40 +19.5s~"},
		"Shopify, empty": {"X-Shopify-Shop-Api-Call-Limit: 40/40\nRetry-After: 2.0", "0/40 +20s~"},
		"Kong": {"RateLimit-Limit: 6\nRateLimit-Remaining: 4\nRateLimit-Reset: 47\nX-RateLimit-Limit-Hour: 10\nX-RateLimit-Limit-Minute: 6\nX-RateLimit-Remaining-Hour: 8\nX-RateLimit-Remaining-Minute: 4",
			"4/6 +47s\nhour 8/10\nminute 4/6"},
		"Akamai":   {"X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Next: 2027-01-15T08:00:10.500Z", "0/60 +10.5s"},
		"draft 03": {`RateLimit-Limit: 100, 100;w=60;comment="a, b"` + "\nRateLimit-Remaining: 50\nRateLimit-Reset: 50", "50/100 +50s"},
		"draft 07": {"RateLimit-Policy: 100;w=60\nRateLimit: limit=100, remaining=0, reset=50", "0/100 +50s"},
		"draft 10": {`RateLimit: "burst";r=0;t=1, "daily, all";r=900` + "\n" + `RateLimit-Policy: "burst";q=10;w=1;pk=:cHsdsRa894==:,"daily, all";q=1000;w=86400;qu="content-bytes"`,
			"burst 0/10 +1s\ndaily, all[content-bytes] 900/1000"},
		"draft 10, without policy": {`RateLimit: "p";r=0;t=30`, "p 0/0 +30s"},
		"gone by":                  {"X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1700000000", "0/0 +0s"},
		"no limits":                {"X-RateLimit-Limit: -1\nX-RateLimit-Remaining: -1\nX-RateLimit-Reset: 0", ""},
		"switched off":             {"X-RateLimit-Limit: 0\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 60", ""},
		"not numbers":              {"X-RateLimit-Limit: many\nX-RateLimit-Remaining: NaN\nRateLimit-Remaining: 1e400", ""},
		"reset beyond belief":      {"X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 9e14", "0/0"},
		"cost of a request":        {"X-RateLimit-Cost: 3\nX-Rate-Cost: 3\nCorporate-Limit: 5", ""},
	} {
		if got := told(ratelimit.Read(header(c.header), now())); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": -1, "Retry-After: 0": 0, "Retry-After: 5": 5 * time.Second, "Retry-After: 1.5": 1500 * time.Millisecond, "Retry-After: -1": -1, "Retry-After: NaN": -1,
		"Retry-After: Inf": -1, "Retry-After: 86400": time.Hour, "Retry-After: soon": -1,
		"Retry-After: Fri, 15 Jan 2027 08:00:10 GMT": 10 * time.Second, "Retry-After: Friday, 15-Jan-27 08:00:10 GMT": 10 * time.Second,
		"Retry-After: Fri, 15 Jan 2027 07:00:00 GMT": 0, "Retry-After: Fri, 15 Jan 2037 08:00:00 GMT": time.Hour, "Retry-After: 2027-01-15T08:00:10Z": 10 * time.Second,
		"Retry-After: 2\nretry-after-ms: 1250": 1250 * time.Millisecond, "x-ms-retry-after-ms: 300": 300 * time.Millisecond, "retry-after-ms: -1\nRetry-After: 2": 2 * time.Second,
	} {
		got, ok := ratelimit.RetryAfter(header(text), now())
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestLeft(t *testing.T) {
	t.Parallel()
	whole := ratelimit.Quota{Limit: 40, Remaining: 0, ResetAt: now().Add(20 * time.Second), At: now()}
	drops := whole
	drops.Refills = true
	silent := ratelimit.Quota{Remaining: 3, At: now()}
	unsized := ratelimit.Quota{Remaining: 0, ResetAt: now().Add(time.Second), At: now()}
	for _, c := range []struct {
		name     string
		q        ratelimit.Quota
		after    time.Duration
		underWay int
		left     float64
		next     time.Duration // once there is less than one
	}{
		{"used up", whole, 5 * time.Second, 0, 0, 15 * time.Second},
		{"full again", whole, 20 * time.Second, 3, 37, 0},
		{"drops", drops, 250 * time.Millisecond, 0, 0.5, 250 * time.Millisecond},
		{"drops, full again", drops, time.Minute, 0, 40, 0},
		{"no reset told", silent, time.Hour, 1, 2, 0},
		{"no limit told", unsized, 2 * time.Second, 0, 1, 0},
		{"taken by those under way", unsized, 2 * time.Second, 1, 0, 0},
	} {
		at := now().Add(c.after)
		left := c.q.Left(at, c.underWay)
		if left != c.left {
			t.Errorf("%s: %g left, want %g", c.name, left, c.left)
		}
		if next := c.q.Next(at, left); left < 1 && next != c.next {
			t.Errorf("%s: next after %v, want %v", c.name, next, c.next)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1800000030\nRetry-After: 1")
	f.Add(`RateLimit: "p";r=0;t=30,"q\",";r=1` + "\n" + `RateLimit-Policy: "p";q=10;w=1`)
	f.Add("RateLimit: limit=100, remaining=1e309, reset=-0\nX-Shopify-Shop-Api-Call-Limit: 1e14/1e-300")
	f.Add("anthropic-ratelimit-requests-reset: 9999-12-31T23:59:59Z\nanthropic-ratelimit-requests-remaining: 1")
	f.Add("x-ratelimit-remaining-tokens: 5\nx-ratelimit-reset-tokens: 2562047h47m16s\nx-ratelimit-limit-tokens: 9e14")
	f.Fuzz(func(t *testing.T, lines string) {
		h := header(lines)
		if d, _ := ratelimit.RetryAfter(h, now()); d < 0 || d > ratelimit.Longest {
			t.Fatalf("stay away for %v", d)
		}
		quotas := ratelimit.Read(h, now())
		if _, err := json.Marshal(quotas); err != nil {
			t.Fatal(err)
		}
		for _, q := range quotas {
			if q.Remaining < 0 || q.Limit < 0 || !q.ResetAt.IsZero() && (q.ResetAt.Before(now()) || q.ResetAt.Sub(now()) > 367*24*time.Hour) {
				t.Fatalf("%+v", q)
			}
			for _, after := range []time.Duration{0, time.Second, time.Hour} {
				at := now().Add(after)
				if next := q.Next(at, q.Left(at, 1)); next < 0 || next > 367*24*time.Hour {
					t.Fatalf("%+v: next after %v", q, next)
				}
			}
		}
	})
}
