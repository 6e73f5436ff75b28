package ratelimit

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// readField reads one field whose name has "ratelimit" in it: what stands before that
// is the vendor's, what stands after it says what is told, and of which quota.
func readField(found map[string]*draft, name, value string, now time.Time) {
	words := strings.Split(strings.TrimPrefix(name, "x-"), "-")
	at := slices.IndexFunc(words, func(w string) bool { return w == "ratelimit" || w == "rate" })
	if at < 0 {
		return
	}
	vendor, rest := strings.Join(words[:at], "-"), words[at+1:]
	if words[at] == "rate" {
		if len(rest) == 0 || rest[0] != "limit" {
			return
		}
		rest = rest[1:]
	} else if len(rest) == 0 {
		return // "RateLimit" has a form of its own
	}
	kind, group := "limit", rest // "X-Rate-Limit: 700", "X-HubSpot-RateLimit-Daily: 250000"
	for i, w := range rest {
		if told[w] {
			kind, group = strings.Join(rest[i:], "-"), rest[:i]
			if !told[kind] { // "-remaining-tokens"
				kind, group = w, slices.Concat(rest[:i], rest[i+1:])
			}
			break
		}
	}
	if kind == "limit" && slices.Equal(group, rest) && len(rest) > 0 && (vendor != "hubspot" || len(rest) > 1) {
		return // "-cost", "-policy": of no quota
	}
	d := of(found, strings.Join(group, "-"))
	if unit := strings.Join(group, "-"); strings.HasSuffix(unit, "tokens") || unit == "complexity" {
		d.unit = unit
	}
	d.tell(kind, value, vendor, now)
}

// told are the words that say what a field tells.
var told = map[string]bool{"limit": true, "max": true, "remaining": true, "used": true, "observed": true, "reset": true, "next": true,
	"reset-after": true, "resettime": true, "interval-milliseconds": true, "interval": true}

func (d *draft) tell(kind, value, vendor string, now time.Time) {
	switch kind {
	case "limit", "max":
		set(&d.limit, value)
	case "remaining":
		set(&d.remaining, value)
	case "used", "observed":
		set(&d.used, value)
	case "reset-after":
		if after, ok := seconds(value); ok {
			d.reset = now.Add(after).UTC() // more exact than a date by another clock
		}
	case "interval-milliseconds":
		if f, ok := number(value); ok && f > 0 && d.reset.IsZero() {
			d.reset = now.Add(span(f / 1e3)).UTC()
		}
	case "reset", "next", "resettime":
		reset, refills, ok := moment(value, now)
		if ok && d.reset.IsZero() {
			d.reset = reset
		}
		// OpenAI's durations and Anthropic's dates are of buckets that fill steadily.
		d.refills = d.refills || ok && (refills || vendor == "anthropic")
	}
}

// set keeps the first value; a list (drafts before 07) begins with the one that counts.
func set(to **float64, value string) {
	value, _, _ = strings.Cut(value, ",")
	value, _, _ = strings.Cut(value, ";")
	if f, ok := number(value); ok && *to == nil {
		*to = &f
	}
}

func number(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && finite(f)
}

// seconds is a time span in seconds that is not negative.
func seconds(s string) (time.Duration, bool) {
	f, ok := number(s)
	return span(f), ok && f >= 0
}

func span(seconds float64) time.Duration {
	return time.Duration(min(seconds, farthest.Seconds()) * float64(time.Second))
}

// moment reads a point in time as APIs write it: seconds from now, seconds or
// milliseconds since 1970, a span with units ("6m0s", which spans says), or a date. One that
// has gone by is now.
func moment(s string, now time.Time) (at time.Time, spans, ok bool) {
	s = strings.TrimSpace(s)
	if f, isNumber := number(s); isNumber {
		switch {
		case f < 0:
			return at, false, false
		case f > 1e11:
			at = time.UnixMilli(int64(f))
		case f > 1e8:
			at = time.UnixMicro(int64(f * 1e6))
		default:
			at = now.Add(span(f))
		}
	} else if d, err := time.ParseDuration(s); err == nil {
		at, spans = now.Add(min(max(d, 0), farthest)), true
	} else if at, ok = date(s); !ok {
		return at, false, false
	}
	if at.Before(now) {
		at = now
	}
	return at.UTC(), spans, at.Sub(now) <= farthest
}
