package library

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// Entry is a line of the cache's list.
type Entry struct {
	URL       string    `json:"url"` // credentials in the query masked
	FetchedAt time.Time `json:"fetchedAt"`
	// TTLRemaining is in seconds; 0 once the document is due to be asked for again.
	TTLRemaining int64  `json:"ttlRemaining"`
	ETag         string `json:"etag"`
	LastModified string `json:"lastModified,omitempty"`
	Bytes        int64  `json:"bytes"` // unpacked
	SpecHash     string `json:"specHash"`
	LatencyMS    int64  `json:"latencyMs"`
	Operations   int    `json:"operations"`
	Title        string `json:"title,omitempty"`
	// Imported is what the import of the document cost, where that is known.
	Imported *Figures `json:"imported,omitempty"`
}

// List returns a page of the workspace's cache, in no order that means anything,
// and the cursor of the next.
func (l *Library) List(ctx context.Context, limit int, cursor string) ([]Entry, string, error) {
	page, err := l.table.Query(ctx, table.Query{PK: recordPK, Limit: limit, Cursor: cursor})
	if errors.Is(err, table.ErrInvalid) {
		return nil, "", apierr.Wrap(apierr.ValidationFailed, "The cursor is not one of this list.", err).
			With(apierr.Problem{Path: "query.cursor", Code: "cursor", Message: "Take the cursor from meta.nextCursor of this list."})
	}
	if err != nil {
		return nil, "", err
	}
	entries := make([]Entry, 0, len(page.Items))
	for _, item := range page.Items {
		var r record
		if err := item.Decode(&r); err != nil {
			return nil, "", err
		}
		left := int64(0)
		if l.fresh(&r) {
			left = int64(r.expires(l.o.TTL).Sub(l.o.Now()) / time.Second)
		}
		entries = append(entries, Entry{
			URL: r.URL, FetchedAt: r.FetchedAt, TTLRemaining: left, ETag: r.ETag, LastModified: r.LastModified,
			Bytes: r.Bytes, SpecHash: r.Hash, LatencyMS: r.LatencyMS, Operations: r.Operations, Title: r.Title,
			Imported: r.Imported,
		})
	}
	return entries, page.Next, nil
}

// maxPurge is how many deletions fit beside the audit record.
const maxPurge = 20

// Purge forgets a URL, given as it was fetched or as the list shows it, or with
// "" every URL of the workspace, and returns how many that were. Documents stay
// for the connections and workflows that use them. An unknown URL is NOT_FOUND.
func (l *Library) Purge(ctx context.Context, url string) (int, error) {
	keys, err := l.purgeable(ctx, url)
	if err != nil {
		return 0, err
	}
	if url != "" && len(keys) == 0 {
		return 0, apierr.New(apierr.NotFound, "The cache has no document of this address.")
	}
	// Deleting is idempotent: what does not fit into the record's transaction goes
	// before it, so that the record is written once and when all is gone.
	rest := keys
	for ; len(rest) > maxPurge; rest = rest[maxPurge:] {
		if err := l.table.BatchWrite(ctx, deletions(rest[:maxPurge])); err != nil {
			return 0, err
		}
	}
	shown := "all"
	if url != "" {
		shown = Mask(url)
	}
	err = l.trail.Commit(ctx, deletions(rest), audit.Entry{
		Action: ActionPurge, Message: "Spec cache purged",
		Details: map[string]any{"url": shown, "count": len(keys)},
	})
	if err != nil {
		return 0, err
	}
	return len(keys), nil
}

func (l *Library) purgeable(ctx context.Context, url string) ([]table.Key, error) {
	if canonical, err := Canonical(url); url != "" && err == nil {
		rec, err := l.record(ctx, canonical)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			return []table.Key{recordKey(canonical)}, nil
		}
	}
	var keys []table.Key
	for item, err := range l.table.All(ctx, table.Query{PK: recordPK}) {
		if err != nil {
			return nil, err
		}
		var r record
		if err := item.Decode(&r); err != nil && url != "" {
			return nil, err
		}
		if url == "" || r.URL == url {
			keys = append(keys, item.Key)
		}
	}
	return keys, nil
}

func deletions(keys []table.Key) []table.Op {
	ops := make([]table.Op, len(keys))
	for i, k := range keys {
		ops[i] = table.Delete(k, table.Always())
	}
	return ops
}
