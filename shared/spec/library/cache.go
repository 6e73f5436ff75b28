package library

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// How a Fetch came by its document.
const (
	Hit         = "hit"         // fresh in the cache: no request
	Fetched     = "fetched"     // the source gave it
	Revalidated = "revalidated" // the source said that it has not changed
	Stale       = "stale"       // the source is down; this is the stored one
	Added       = "added"       // uploaded or pasted
)

// Request asks for the document at a URL.
type Request struct {
	URL string
	// Revalidate asks the source, conditionally, however fresh the document is.
	Revalidate bool
	// LetGo returns ErrLarge as soon as the document turns out to be large. The
	// fetch goes on, unless Options.Tied ends it.
	LetGo bool
	// Progress, when set, is called by the waiting goroutine at each change.
	Progress func(Progress)
}

// Result is a document and where it came from.
type Result struct {
	Hash     string
	Document *spec.Document
	// How is one of Hit, Fetched, Revalidated, Stale, Added.
	How string
	// Stale is true where the source is down and the stored document serves.
	// StaleCode is the error that the source gave instead.
	Stale     bool
	StaleCode apierr.Code
	FetchedAt time.Time
	Bytes     int64 // unpacked
	LatencyMS int64 // of the fetch that gave the document
	// Imported is what the import that stored the document cost; nil where it was
	// stored before that was kept.
	Imported *Figures
}

// Fetch returns the document at a URL, from the cache where it is fresh. Errors:
// VALIDATION_FAILED for the URL, EGRESS_BLOCKED, SPEC_UNREACHABLE, SPEC_TIMEOUT,
// SPEC_TOO_LARGE, SPEC_INVALID with problems, RATE_LIMITED, ErrLarge. After an
// error of the source or the document nothing has been stored.
func (l *Library) Fetch(ctx context.Context, req Request) (Result, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Result{}, err
	}
	url, err := Canonical(req.URL)
	if err != nil {
		return Result{}, err
	}
	if !req.Revalidate {
		if res, ok, err := l.hit(ctx, url); ok || err != nil {
			return res, err
		}
	}
	for {
		f, err := l.join(ctx, workspace, url, req.Revalidate)
		if err != nil {
			return Result{}, err
		}
		res, err := f.wait(ctx, req)
		res, err = l.leave(ctx, f, res, err)
		if err == nil && req.Revalidate && res.How == Hit {
			continue // joined one that did not have to ask the source
		}
		return res, err
	}
}

// hit answers from the cache, if it can.
func (l *Library) hit(ctx context.Context, url string) (Result, bool, error) {
	rec, err := l.record(ctx, url)
	if err != nil || rec == nil || !l.fresh(rec) {
		return Result{}, false, err
	}
	doc, err := l.Open(ctx, rec.Hash)
	if apierr.CodeOf(err) == apierr.NotFound {
		return Result{}, false, nil // the record outlived its document: fetch again
	}
	if err != nil {
		return Result{}, false, err
	}
	l.noteFound(ctx, url, Hit, rec)
	return rec.result(doc, Hit), true, nil
}

func (r *record) result(doc *spec.Document, how string) Result {
	return Result{
		Hash: r.Hash, Document: doc, How: how, FetchedAt: r.FetchedAt, Bytes: r.Bytes, LatencyMS: r.LatencyMS, Imported: r.Imported,
	}
}

// fly is the fetch itself: it runs once for all who wait for it.
func (l *Library) fly(ctx context.Context, f *flight, url string, revalidate bool) (res Result, err error) {
	defer recovered(&err)
	select {
	case l.fetches <- struct{}{}:
		defer func() { <-l.fetches }()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	if !revalidate { // another fetch may have ended since the caller looked
		if res, ok, err := l.hit(ctx, url); ok || err != nil {
			return res, err
		}
	}
	prev, doc, err := l.stored(ctx, url)
	if err != nil {
		return Result{}, err
	}
	f.fetched(0, -1, l.o.LargeBytes)
	start := l.o.Now()
	ans, err := l.get(ctx, url, prev, l.o.MaxBytes, func(done, total int64) { f.fetched(done, total, l.o.LargeBytes) })
	latency := milliseconds(l.o.Now().Sub(start))
	if err != nil {
		return l.fallBack(ctx, url, prev, doc, err, latency)
	}
	if ans.unchanged {
		return l.confirm(ctx, url, prev, doc, ans, latency)
	}
	return l.take(ctx, f, url, prev, ans, latency)
}

// stored is the record of a URL with its document, both nil where either is missing.
func (l *Library) stored(ctx context.Context, url string) (*record, *spec.Document, error) {
	rec, err := l.record(ctx, url)
	if err != nil || rec == nil {
		return nil, nil, err
	}
	doc, err := l.Open(ctx, rec.Hash)
	if apierr.CodeOf(err) == apierr.NotFound {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return rec, doc, nil
}

// fallBack serves the stored document where the source is down; else the error stands.
func (l *Library) fallBack(ctx context.Context, url string, prev *record, doc *spec.Document, err error, latency int64) (Result, error) {
	var fail *failure
	if !errors.As(err, &fail) {
		return Result{}, err
	}
	stale := fail.down && prev != nil
	l.noteFailure(ctx, url, fail, latency, stale)
	if !stale {
		return Result{}, fail.public
	}
	res := prev.result(doc, Stale)
	res.Stale, res.StaleCode = true, fail.public.Code
	return res, nil
}

// confirm starts the time of an unchanged document again.
func (l *Library) confirm(ctx context.Context, url string, prev *record, doc *spec.Document, ans answer, latency int64) (Result, error) {
	rec := *prev
	rec.FetchedAt, rec.TTLSeconds, rec.LatencyMS = l.o.Now().UTC(), int64(l.o.TTL/time.Second), latency
	if ans.etag != "" {
		rec.ETag = ans.etag
	}
	if ans.lastModified != "" {
		rec.LastModified = ans.lastModified
	}
	if err := l.writeRecord(ctx, url, &rec); err != nil {
		return Result{}, err
	}
	l.noteFound(ctx, url, Revalidated, &rec)
	return rec.result(doc, Revalidated), nil
}

// take parses and stores what the source gave: the document first, its record last.
func (l *Library) take(ctx context.Context, f *flight, url string, prev *record, ans answer, latency int64) (Result, error) {
	f.move("parsing", percentFetched)
	cost := &Figures{FetchMS: latency, Bytes: int64(len(ans.body))}
	doc, raw, err := l.read(ctx, cost, ans.body, url)
	if err != nil {
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		fail := classify(ctx, err, l.o.FetchTimeout)
		l.noteFailure(ctx, url, fail, latency, false)
		return Result{}, fail.public
	}
	if !f.store() {
		return Result{}, context.Canceled
	}
	f.move("storing", percentParsed)
	info := doc.Info()
	rec := record{
		URL: Mask(url), Hash: info.Hash, FetchedAt: l.o.Now().UTC(), TTLSeconds: int64(l.o.TTL / time.Second),
		ETag: ans.etag, LastModified: ans.lastModified, Bytes: info.Bytes, LatencyMS: latency,
		Operations: doc.Len(), Title: cut(info.Title, 200), Imported: cost,
	}
	if err := l.file(ctx, cost, doc, raw); err != nil {
		return Result{}, err
	}
	if err := l.writeRecord(ctx, url, &rec); err != nil {
		return Result{}, err
	}
	if workspace, err := tenant.From(ctx); err == nil {
		l.remember(workspace, doc)
	}
	how := Fetched
	if prev != nil && prev.Hash == rec.Hash {
		how = Revalidated // a source without validators sent the same bytes again
	}
	l.noteFound(ctx, url, how, &rec)
	f.move("storing", 100)
	return rec.result(doc, how), nil
}

// cut shortens a text to at most n bytes, at a character's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
