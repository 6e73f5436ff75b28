package ratelimit

import (
	"net/http"
	"strings"
	"time"
)

// readStructured reads RateLimit, with what RateLimit-Policy adds:
//
//	RateLimit: "burst";r=9;t=1, "daily";r=900;t=80000
//	RateLimit-Policy: "burst";q=10;w=1, "daily";q=1000;w=86400;qu="content-bytes"
//	RateLimit: limit=100, remaining=50, reset=50      (draft 07)
func readStructured(found map[string]*draft, state, policy string, now time.Time) {
	policies := map[string]map[string]string{}
	for _, item := range split(policy, ',') {
		name, params := parameters(item)
		policies[name] = params
	}
	for _, item := range split(state, ',') {
		name, params := parameters(item)
		if key, value, ok := strings.Cut(name, "="); ok {
			switch key {
			case "limit", "remaining", "reset":
				of(found, "").tell(key, value, "", now)
			}
			continue
		}
		if params["r"] == "" {
			continue
		}
		d := of(found, name)
		*d = draft{} // the same quota may be told in older fields too
		d.tell("remaining", params["r"], "", now)
		d.tell("limit", policies[name]["q"], "", now)
		d.tell("reset-after", params["t"], "", now)
		if unit := policies[name]["qu"]; unit != "requests" {
			d.unit = unit
		}
	}
}

// parameters takes an item of a list apart: its name, and its parameters.
func parameters(item string) (name string, params map[string]string) {
	params = map[string]string{}
	for i, part := range split(item, ';') {
		part = strings.TrimSpace(part)
		if i == 0 {
			name = unquoted(part)
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		params[strings.ToLower(strings.TrimSpace(key))] = unquoted(strings.TrimSpace(value))
	}
	return name, params
}

// split cuts at a separator that stands outside of quotes.
func split(s string, at byte) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == at && !quoted:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// unquoted is the text of a string of a structured field (RFC 9651, section 3.3.3).
func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}

// readShopify reads "39/40": used, of a bucket from which a twentieth runs out each
// second (shopify.dev, "REST Admin API rate limits").
func readShopify(found map[string]*draft, value string, now time.Time) {
	used, limit, ok := strings.Cut(value, "/")
	if !ok {
		return
	}
	d := &draft{refills: true}
	set(&d.used, used)
	set(&d.limit, limit)
	if d.used == nil || d.limit == nil || *d.limit <= 0 || *d.used < 0 {
		return
	}
	d.reset = now.Add(span(*d.used / (*d.limit / 20))).UTC()
	found[""] = d
}

// RetryAfter reads how long the API asks to be left alone: Retry-After in seconds, also
// with a fraction, or as a date (RFC 9110, section 10.2.3), and Azure's and OpenAI's
// fields in milliseconds, which are more exact. At most it is Longest. ok is false
// where it does not say, or says what cannot be read.
func RetryAfter(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if f, ok := number(h.Get(name)); ok && f >= 0 {
			return min(span(f/1e3), Longest), true
		}
	}
	text := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := seconds(text); ok {
		return min(d, Longest), true
	}
	at, ok := date(text)
	return min(max(at.Sub(now), 0), Longest), ok
}

// Longest bounds what an answer may make us wait: beyond it, a value is a mistake of
// the API's more often than a wish.
const Longest = time.Hour

// date reads a date as HTTP writes it, or as ISO 8601 in the forms that APIs use:
// Atlassian's has no seconds.
func date(s string) (time.Time, bool) {
	if at, err := http.ParseTime(s); err == nil {
		return at, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
