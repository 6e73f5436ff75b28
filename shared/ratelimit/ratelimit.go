// Package ratelimit reads what an API says of its own limits in the header of an
// answer: how long to stay away, and how much of each quota is left. It keeps
// nothing and waits for nothing.
package ratelimit

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Quota is one limit as an answer told it.
type Quota struct {
	// Name tells the quotas of an API apart: "tokens", "minute", the name of a
	// policy. Empty where there is but one.
	Name string `json:"name,omitempty"`
	// Scope is the group of operations that the quota is for, as the API calls it;
	// empty: it says of none.
	Scope string `json:"scope,omitempty"`
	// Unit is what is counted; empty for requests.
	Unit string `json:"unit,omitempty"`
	// Limit is a full quota; 0 where that was not told.
	Limit     float64 `json:"limit,omitempty"`
	Remaining float64 `json:"remaining"`
	// ResetAt is when the quota is full again; zero where that was not told.
	ResetAt time.Time `json:"resetAt,omitzero"`
	// Refills: it comes back bit by bit until ResetAt, not all at once then.
	Refills bool `json:"refills,omitempty"`
	// At is when the answer came.
	At time.Time `json:"at"`
}

const (
	// maxQuotas is how many quotas of one answer are read: nobody has more.
	maxQuotas = 8
	// maxName bounds names, which are the API's.
	maxName = 60
	// farthest is how far away a reset is believed to be.
	farthest = 366 * 24 * time.Hour
	// most is the largest count that is one.
	most = 1e15
)

// Read gives the quotas that an answer tells of, by name: in RateLimit and
// RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers, from 07 on), in fields
// named …RateLimit… or …Rate-Limit… with -Limit, -Remaining, -Reset and their like,
// and in Shopify's. What cannot be understood is left out, and so is what has no
// limit or is used up without end: -1 and 0 of 0 mean that nothing is counted.
func Read(h http.Header, now time.Time) []Quota {
	found := map[string]*draft{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if len(h[name]) > 0 {
			readField(found, strings.ToLower(name), h[name][0], now)
		}
	}
	readStructured(found, strings.Join(h.Values("RateLimit"), ","), strings.Join(h.Values("RateLimit-Policy"), ","), now)
	readShopify(found, h.Get("X-Shopify-Shop-Api-Call-Limit"), now)
	scope := clip(cmp.Or(h.Get("X-RateLimit-Bucket"), h.Get("X-RateLimit-Resource")))
	var quotas []Quota
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if q, ok := found[name].quota(now); ok && len(quotas) < maxQuotas {
			q.Name, q.Scope = clip(name), scope
			quotas = append(quotas, q)
		}
	}
	return quotas
}

// draft is a quota in the making.
type draft struct {
	limit, remaining, used *float64
	reset                  time.Time
	unit                   string
	refills                bool
}

func of(found map[string]*draft, name string) *draft {
	d, ok := found[name]
	if !ok {
		d = &draft{}
		found[name] = d
	}
	return d
}

func (d *draft) quota(now time.Time) (Quota, bool) {
	q := Quota{Unit: clip(d.unit), ResetAt: d.reset, Refills: d.refills, At: now.UTC()}
	if d.limit != nil {
		q.Limit = *d.limit
	}
	switch {
	case d.remaining != nil:
		q.Remaining = *d.remaining
	case d.used != nil && d.limit != nil:
		q.Remaining = max(q.Limit-*d.used, 0)
	default:
		return q, false
	}
	ok := q.Remaining >= 0 && (d.limit == nil || q.Limit > 0)
	return q, ok
}

// Left estimates what is left of the quota now, while so many requests are under way
// of which the API may not have told yet.
func (q Quota) Left(now time.Time, underWay int) float64 {
	left := q.Remaining
	switch {
	case q.ResetAt.IsZero():
	case !now.Before(q.ResetAt):
		left = q.Limit
		if left == 0 { // how much there is was not told; the next answer tells
			left = 1
		}
	case q.Refills && q.Limit > left && now.After(q.At):
		left += (q.Limit - left) * float64(now.Sub(q.At)) / float64(q.ResetAt.Sub(q.At))
	}
	return left - float64(underWay)
}

// Next is how long it takes, of what is left now, until the quota has one again.
func (q Quota) Next(now time.Time, left float64) time.Duration {
	wait := q.ResetAt.Sub(now)
	if whole := q.ResetAt.Sub(q.At); q.Refills && q.Limit > q.Remaining && whole > 0 {
		wait = min(wait, time.Duration((1-left)/(q.Limit-q.Remaining)*float64(whole)))
	}
	return max(wait, 0)
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= maxName {
		return s
	}
	return strings.ToValidUTF8(s[:maxName], "")
}

func finite(f float64) bool { return !math.IsNaN(f) && math.Abs(f) < most }
