package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
)

// Verification is the answer of Verify.
type Verification struct {
	OK bool `json:"ok"`
	// Records is how many were walked and fit.
	Records int64 `json:"records"`
	// FirstBad names the first record that does not fit, when there is one that
	// still has a name; Seq is its place in its chain, which is Shard.
	FirstBad string `json:"firstBad,omitempty"`
	Shard    int    `json:"shard,omitempty"`
	Seq      int64  `json:"seq,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// walk is how far a verification has come.
type walk struct {
	seq  int64
	hash string
	// mark is the record that the head named before the walk began, marked its hash.
	mark   int64
	marked string
}

// Verify walks all chains, each oldest first, and names the first bad record. It
// finds any byte changed, any record gone, moved or put in, and an end that was
// cut off; an end cut off together with a head forged to fit, or a whole chain gone
// with its head, can only be seen from a copy kept elsewhere.
func (t *Trail) Verify(ctx context.Context) (Verification, error) {
	all := Verification{OK: true}
	for shard := range shards {
		v, err := t.verify(ctx, shard)
		if err != nil {
			return Verification{}, err
		}
		if all.Records += v.Records; !v.OK {
			v.Shard, v.Records = shard, all.Records
			return v, nil
		}
	}
	return all, nil
}

// verify walks one chain.
func (t *Trail) verify(ctx context.Context, shard int) (Verification, error) {
	before, _, err := t.head(ctx, shard)
	if errors.Is(err, errHead) {
		return Verification{Reason: damagedHead}, nil
	}
	if err != nil {
		return Verification{}, err
	}
	w := walk{mark: before.Seq}
	bad, why, err := t.walk(ctx, shard, &w)
	if err != nil {
		return Verification{}, err
	}
	if why != "" {
		return Verification{Records: w.seq, FirstBad: bad.ID, Seq: w.seq + 1, Reason: why}, nil
	}
	after, _, err := t.head(ctx, shard)
	switch {
	case errors.Is(err, errHead):
		return Verification{Records: w.seq, Reason: damagedHead}, nil
	case err != nil:
		return Verification{}, err
	}
	return w.judge(before, after), nil
}

const damagedHead = "the head of the chain was changed after it was written"

// judge compares what was walked with the heads before and after the walk:
// records written meanwhile are fine, and the last head knows of all of them.
func (w *walk) judge(before, after head) Verification {
	v := Verification{Records: w.seq}
	switch {
	case w.seq < before.Seq:
		v.Seq, v.Reason = w.seq+1, fmt.Sprintf("the chain ends at record %d, its head says %d", w.seq, before.Seq)
	case w.seq > after.Seq:
		v.Seq, v.Reason = after.Seq+1, fmt.Sprintf("there are %d records, the head of the chain says %d", w.seq, after.Seq)
	case w.marked != before.Hash, w.seq == after.Seq && w.hash != after.Hash:
		v.Seq, v.Reason = before.Seq, damagedHead
	default:
		v.OK = true
	}
	return v
}

// walk stops at the first record that does not fit and says why.
func (t *Trail) walk(ctx context.Context, shard int, w *walk) (bad Record, why string, err error) {
	for item, err := range t.store.All(ctx, table.Query{PK: shardPK(shard), Limit: 500}) {
		if err != nil {
			return Record{}, "", err
		}
		rec, why := checkLink(item, shard, w.seq+1, w.hash)
		if why != "" {
			return rec, why, nil
		}
		w.seq, w.hash = rec.Seq, rec.Hash
		if rec.Seq == w.mark {
			w.marked = rec.Hash
		}
	}
	return Record{}, "", nil
}

func checkLink(item table.Item, shard int, seq int64, prev string) (Record, string) {
	rec, err := decode(item)
	if err != nil {
		return rec, "the record cannot be read"
	}
	if rec.Seq != seq || rec.Shard != shard || item.SK != recordKey(shard, seq).SK {
		return rec, fmt.Sprintf("record %d is missing or out of place", seq)
	}
	if rec.PrevHash != prev {
		return rec, brokenLink
	}
	if !rec.whole(item.Data) {
		return rec, changedRecord
	}
	return rec, ""
}

const (
	brokenLink    = "the link to the record before it is broken"
	changedRecord = "the record was changed after it was written"
)

// whole says whether a record is as it was written, and these are its bytes: encoding
// again must give the same, else something that decoding passes over was changed.
func (r Record) whole(raw []byte) bool {
	if same, err := json.Marshal(r); err != nil || !bytes.Equal(same, raw) {
		return false
	}
	if !r.personal() {
		return false
	}
	sum, err := r.sum()
	return err == nil && sum == r.Hash
}
