package audit

import (
	"context"
	"encoding/json"
	"fmt"
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

// List returns at most limit records that match, the newest of all chains first. A
// cursor that no page gave is table.ErrCursor.
func (t *Trail) List(ctx context.Context, f Filter, limit int, cursor string) (Page, error) {
	limit = max(1, limit)
	page := Page{Records: make([]Record, 0, min(limit, scanChunk))}
	chunk := scanChunk
	if f.Resource != "" || f == (Filter{}) {
		chunk = min(scanChunk, limit+1) // one more tells whether there is more
	}
	m, err := t.merge(ctx, cursor, f, chunk)
	if err != nil {
		return Page{}, err
	}
	for read := 0; read < scanBudget; read++ {
		rec, err := m.peek(ctx)
		if err != nil || rec == nil {
			return page, err
		}
		if f.match(*rec) {
			if len(page.Records) == limit {
				page.Next = m.cursor()
				return page, nil
			}
			page.Records = append(page.Records, *rec)
		}
		m.pass()
	}
	if rec, err := m.peek(ctx); err != nil || rec == nil {
		return page, err
	}
	page.Next = m.cursor()
	return page, nil
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
