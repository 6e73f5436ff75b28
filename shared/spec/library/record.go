package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/table"
)

const recordPK = "SPEC"

// record is what is remembered of a URL. The URL itself is kept masked: a query
// may hold a credential, and the key is a digest of the whole.
type record struct {
	URL          string    `json:"url"`
	Hash         string    `json:"hash"`
	FetchedAt    time.Time `json:"fetchedAt"` // of the last answer that confirmed the document
	TTLSeconds   int64     `json:"ttlSeconds"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"lastModified,omitempty"`
	Bytes        int64     `json:"bytes"` // unpacked
	LatencyMS    int64     `json:"latencyMs"`
	Operations   int       `json:"operations"`
	Title        string    `json:"title,omitempty"`
	// Imported is nil in records of the time before it was kept.
	Imported *Figures `json:"imported,omitempty"`
}

// recordKey is where the record of a canonical URL lies.
func recordKey(url string) table.Key {
	sum := sha256.Sum256([]byte(url))
	return table.Key{PK: recordPK, SK: hex.EncodeToString(sum[:])}
}

// expires is when the document stops counting as fresh. A shorter TTL configured
// since counts at once.
func (r *record) expires(ttl time.Duration) time.Time {
	return r.FetchedAt.Add(min(time.Duration(r.TTLSeconds)*time.Second, ttl))
}

// fresh says whether the document may be used without asking its source. A
// record from the future, after a clock was set back, may not.
func (l *Library) fresh(r *record) bool {
	now := l.o.Now()
	return now.Before(r.expires(l.o.TTL)) && !r.FetchedAt.After(now.Add(time.Minute))
}

// record reads what is remembered of a URL, nil for nothing.
func (l *Library) record(ctx context.Context, url string) (*record, error) {
	r, _, err := table.GetJSON[record](ctx, l.table, recordKey(url))
	if errors.Is(err, table.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (l *Library) writeRecord(ctx context.Context, url string, r *record) error {
	item, err := table.JSONItem(recordKey(url), r)
	if err != nil {
		return err
	}
	_, err = l.table.Put(ctx, item, table.Always())
	return err
}
