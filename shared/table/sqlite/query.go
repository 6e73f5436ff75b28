package sqlite

import (
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/table"
)

// keyColumns are a partition and a sort column, with those that break a tie.
type keyColumns struct{ pk, sk, ties string }

func columnsOf(index string) (keyColumns, error) {
	switch index {
	case table.Base:
		return keyColumns{pk: "pk", sk: "sk"}, nil
	case table.Index1:
		return keyColumns{pk: "pk1", sk: "sk1", ties: ", pk, sk"}, nil
	case table.Index2:
		return keyColumns{pk: "pk2", sk: "sk2", ties: ", pk, sk"}, nil
	case table.Index3:
		return keyColumns{pk: "pk3", sk: "sk3", ties: ", pk, sk"}, nil
	}
	return keyColumns{}, fmt.Errorf("%w: unknown index %q", table.ErrInvalid, index)
}

// buildQuery writes a page as SQL. Values are always arguments; the text has few
// shapes, each answered from one index without sorting.
func buildQuery(q table.Query, after *table.Position) (string, []any, error) {
	c, err := columnsOf(q.Index)
	if err != nil {
		return "", nil, err
	}
	low, high := bounds(q)
	var text strings.Builder
	text.WriteString(columns + "WHERE " + c.pk + " = ?")
	args := []any{q.PK}
	where := func(operator string, value any) {
		text.WriteString(" AND " + c.sk + " " + operator + " ?")
		args = append(args, value)
	}
	if low != "" {
		where(">=", low)
	}
	if q.To != "" {
		where("<=", q.To)
	} else if high != "" {
		where("<", high)
	}
	direction, beyond := "", ">"
	if q.Reverse {
		direction, beyond = " DESC", "<"
	}
	if after != nil {
		if q.Index == table.Base {
			where(beyond, after.Sort)
		} else {
			text.WriteString(" AND (" + c.sk + c.ties + ") " + beyond + " (?, ?, ?)")
			args = append(args, after.Sort, after.Key.PK, after.Key.SK)
		}
	}
	order := strings.ReplaceAll(c.sk+c.ties, ",", direction+",") + direction
	text.WriteString(" ORDER BY " + order + " LIMIT ?")
	// One more than asked for tells whether there is a next page.
	return text.String(), append(args, q.Limit+1), nil
}

// bounds are the inclusive lower bound and, for a prefix, the exclusive upper
// one: the prefix with its last byte raised. No byte of UTF-8 is 0xFF.
func bounds(q table.Query) (low, high string) {
	if q.Prefix == "" {
		return q.From, ""
	}
	b := []byte(q.Prefix)
	b[len(b)-1]++
	return q.Prefix, string(b)
}
