package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

// Page of records, newest first.
type Page struct {
	Records []Record
	Next    string
}

// scanBudget bounds the records read for one page of a narrow filter; the
// cursor goes on from where the reading stopped.
const scanBudget = 2000

// List returns at most limit records that match, newest first.
func (t *Trail) List(ctx context.Context, f Filter, limit int, cursor string) (Page, error) {
	page := Page{Records: make([]Record, 0, limit)}
	for read := 0; ; {
		got, err := t.store.Query(ctx, table.Query{PK: recordPK, Limit: max(1, limit-len(page.Records)), Cursor: cursor, Reverse: true})
		if err != nil {
			return Page{}, err
		}
		for _, item := range got.Items {
			rec, err := decode(item)
			if err != nil {
				return Page{}, err
			}
			if !f.From.IsZero() && rec.At.Before(f.From) {
				return page, nil // older ones follow
			}
			if f.match(rec) {
				page.Records = append(page.Records, rec)
			}
		}
		read += len(got.Items)
		cursor = got.Next
		if cursor == "" || len(page.Records) >= limit || read >= scanBudget {
			page.Next = cursor
			return page, nil
		}
	}
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
	case !f.To.IsZero() && r.At.After(f.To):
		return false
	}
	if f.Text == "" {
		return true
	}
	hay := strings.ToLower(strings.Join([]string{r.Action, r.Message, r.ActorName, r.Actor, r.Resource, r.Code}, "\n"))
	return strings.Contains(hay, strings.ToLower(f.Text))
}

// Verification is the answer of Verify.
type Verification struct {
	OK      bool  `json:"ok"`
	Records int64 `json:"records"`
	// FirstBad names the first record that does not fit, when there is one.
	FirstBad string `json:"firstBad,omitempty"`
	Seq      int64  `json:"seq,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Verify walks the whole chain, oldest first, and names the first bad record.
func (t *Trail) Verify(ctx context.Context) (Verification, error) {
	h, _, err := t.head(ctx)
	if err != nil {
		return Verification{}, err
	}
	v := Verification{}
	prev, cursor := "", ""
	for {
		got, err := t.store.Query(ctx, table.Query{PK: recordPK, Limit: 500, Cursor: cursor})
		if err != nil {
			return Verification{}, err
		}
		for _, item := range got.Items {
			rec, why := checkLink(item, v.Records+1, prev)
			if why != "" {
				v.FirstBad, v.Seq, v.Reason = rec.ID, v.Records+1, why
				return v, nil
			}
			v.Records, prev = rec.Seq, rec.Hash
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	// Records written while we walked are fine; fewer than the head knew are not.
	if v.Records < h.Seq {
		v.Seq, v.Reason = v.Records+1, fmt.Sprintf("the chain ends at record %d, its head says %d", v.Records, h.Seq)
		return v, nil
	}
	v.OK = true
	return v, nil
}

func checkLink(item table.Item, seq int64, prev string) (Record, string) {
	rec, err := decode(item)
	if err != nil {
		return rec, "the record cannot be read"
	}
	if rec.Seq != seq || item.SK != recordKey(seq).SK {
		return rec, fmt.Sprintf("record %d is missing or out of place", seq)
	}
	if rec.PrevHash != prev {
		return rec, "the link to the record before it is broken"
	}
	// Encoding again must give the same bytes, else something that decoding passes
	// over was changed.
	if same, err := json.Marshal(rec); err != nil || !bytes.Equal(same, item.Data) {
		return rec, "the record was changed after it was written"
	}
	if sum, err := rec.sum(); err != nil || sum != rec.Hash {
		return rec, "the record was changed after it was written"
	}
	return rec, ""
}

func decode(item table.Item) (Record, error) {
	var r Record
	if err := json.Unmarshal(item.Data, &r); err != nil {
		return r, errors.Join(errors.New("audit: record "+item.SK+" cannot be read"), err)
	}
	return r, nil
}
