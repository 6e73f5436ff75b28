package library

import (
	"context"
	"net/http"
	"time"
)

const accept = "application/json, application/yaml, application/vnd.oai.openapi+json, application/vnd.oai.openapi, " +
	"text/yaml;q=0.9, text/plain;q=0.8, */*;q=0.5"

// answer is what a source said to one GET.
type answer struct {
	unchanged          bool // 304: the document of the record still stands
	body               []byte
	etag, lastModified string
}

// get makes one GET, conditional where there is a record, bounded in time and, by
// limit, in size. Its errors are *failure, or the context's own.
func (l *Library) get(ctx context.Context, url string, prev *record, limit int64, seen func(done, total int64)) (answer, error) {
	limited, cancel := context.WithTimeoutCause(ctx, l.o.FetchTimeout, errTimeout)
	defer cancel()
	ans, err := l.request(limited, url, prev, limit, seen)
	if err != nil && ctx.Err() != nil {
		return answer{}, ctx.Err() // the caller's end, not the source's fault
	}
	if err != nil {
		return answer{}, classify(limited, err, l.o.FetchTimeout)
	}
	return ans, nil
}

func (l *Library) request(ctx context.Context, url string, prev *record, limit int64, seen func(done, total int64)) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "gzip, br")
	req.Header.Set("User-Agent", "apiq")
	if prev != nil {
		setIf(req.Header, "If-None-Match", prev.ETag)
		setIf(req.Header, "If-Modified-Since", prev.LastModified)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	ans := answer{etag: short(res.Header.Get("ETag")), lastModified: httpTime(res.Header.Get("Last-Modified"))}
	switch {
	case res.StatusCode == http.StatusNotModified && prev != nil:
		ans.unchanged = true
		return ans, nil
	case res.StatusCode != http.StatusOK:
		return answer{}, &statusError{res.StatusCode}
	}
	ans.body, err = l.readBody(ctx, res, limit, seen)
	return ans, err
}

func setIf(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// short drops a validator that no honest server sends.
func short(etag string) string {
	if len(etag) > 512 {
		return ""
	}
	return etag
}

// httpTime drops what is not a date, so that nothing else is ever sent back.
func httpTime(v string) string {
	if t, err := http.ParseTime(v); err == nil {
		return t.UTC().Format(http.TimeFormat)
	}
	return ""
}

// milliseconds rounds up: a fetch never took no time.
func milliseconds(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }
