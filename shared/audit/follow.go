package audit

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// After gives the records that follow a position, the oldest first, at most limit,
// and the position behind them. "" is before everything. In a chain none is left out
// and none comes twice; across chains the order is that of time as far as what was
// read tells. A position that no call gave is table.ErrCursor.
func (t *Trail) After(ctx context.Context, position string, limit int) (records []Record, next string, err error) {
	lasts, err := decodeCursor(position)
	if err != nil {
		return nil, "", err
	}
	limit = max(1, limit)
	var chains [shards][]Record
	for shard := range shards {
		q := table.Query{PK: shardPK(shard), From: recordKey(shard, lasts[shard]+1).SK, To: recordKey(shard, lastSeq).SK, Limit: min(limit, table.MaxQueryLimit)}
		page, err := t.store.Query(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, item := range page.Items {
			rec, err := decode(item)
			if err != nil {
				return nil, "", err
			}
			chains[shard] = append(chains[shard], rec)
		}
	}
	for len(records) < limit {
		first := -1
		for shard, c := range chains {
			if len(c) > 0 && (first < 0 || chains[first][0].later(c[0])) {
				first = shard
			}
		}
		if first < 0 {
			break
		}
		rec := chains[first][0]
		records, chains[first], lasts[first] = append(records, rec), chains[first][1:], rec.Seq
	}
	return records, encodeCursor(lasts), nil
}

// lastSeq is behind every record of a chain.
const lastSeq = 999_999_999_999

// End is the position behind all that is written now.
func (t *Trail) End(ctx context.Context) (string, error) {
	var lasts [shards]int64
	for shard := range shards {
		h, _, err := t.head(ctx, shard)
		if err != nil {
			return "", err
		}
		lasts[shard] = h.Seq
	}
	return encodeCursor(lasts), nil
}
