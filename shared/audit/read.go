package audit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// Filter narrows a listing; zero fields do not.
type Filter struct {
	Action   string // exact, or a prefix that ends in "."
	Resource string
	Actor    string
	Outcome  Outcome
	Level    Level
	From, To time.Time
	// Text is looked for in message, action, actor name and resource, case folded.
	Text string
}

// Page of records, newest first. An empty Next means the end; a page may be
// short, even empty, and still have a Next.
type Page struct {
	Records []Record
	Next    string
}

const (
	// scanBudget bounds the records read for one page of a narrow filter; the
	// cursor goes on from where the reading stopped.
	scanBudget = 2000
	scanChunk  = 250
	// clockSkew is how far the clocks of the machines that write one chain may be
	// apart: its records are in the order of their numbers, and only nearly in that
	// of their times.
	clockSkew = 10 * time.Minute
)

// List returns at most limit records that match, newest first. A cursor that no
// page gave is table.ErrCursor.
func (t *Trail) List(ctx context.Context, f Filter, limit int, cursor string) (Page, error) {
	limit = max(1, limit)
	page := Page{Records: make([]Record, 0, min(limit, scanChunk))}
	last, err := decodeCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	for read := 0; read < scanBudget; {
		q := table.Query{PK: recordPK, Limit: scanChunk, Reverse: true}
		if f == (Filter{}) {
			q.Limit = min(scanChunk, limit-len(page.Records)+1) // all match: one more tells whether there is more
		}
		if last > 0 {
			q.From, q.To = recordKey(0).SK, recordKey(last-1).SK
		}
		got, err := t.store.Query(ctx, q)
		if err != nil {
			return Page{}, err
		}
		for _, item := range got.Items {
			rec, err := decode(item)
			if err != nil {
				return Page{}, err
			}
			if !f.From.IsZero() && rec.At.Before(f.From.Add(-clockSkew)) {
				return page, nil // older ones follow
			}
			if f.match(rec) {
				if len(page.Records) == limit {
					page.Next = encodeCursor(last)
					return page, nil
				}
				page.Records = append(page.Records, rec)
			}
			last = rec.Seq
		}
		read += len(got.Items)
		if got.Next == "" {
			return page, nil
		}
	}
	page.Next = encodeCursor(last)
	return page, nil
}

// A cursor names the last record that was looked at, by its number. It is not
// signed: a forged one only chooses another place in the trail that its sender
// may read anyway.
func encodeCursor(seq int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(seq, 10)))
}

func decodeCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > keyDigits {
		return 0, table.ErrCursor
	}
	seq, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || seq < 1 {
		return 0, table.ErrCursor
	}
	return seq, nil
}

func (f Filter) match(r Record) bool {
	switch {
	case f.Action != "" && f.Action != r.Action && (!strings.HasSuffix(f.Action, ".") || !strings.HasPrefix(r.Action, f.Action)):
		return false
	case f.Resource != "" && f.Resource != r.Resource:
		return false
	case f.Actor != "" && f.Actor != r.Actor && !strings.EqualFold(f.Actor, r.ActorName):
		return false
	case f.Outcome != "" && f.Outcome != r.Outcome, f.Level != "" && f.Level != r.Level:
		return false
	case !f.From.IsZero() && r.At.Before(f.From), !f.To.IsZero() && r.At.After(f.To):
		return false
	}
	if f.Text == "" {
		return true
	}
	hay := strings.ToLower(strings.Join([]string{r.Action, r.Message, r.ActorName, r.Actor, r.Resource, r.Code}, "\n"))
	return strings.Contains(hay, strings.ToLower(f.Text))
}

func decode(item table.Item) (Record, error) {
	var r Record
	if err := json.Unmarshal(item.Data, &r); err != nil {
		return r, fmt.Errorf("audit: record %s cannot be read: %w", item.SK, err)
	}
	return r, nil
}
