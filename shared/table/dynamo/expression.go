package dynamo

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// TTL is a reserved word of expressions (Developer Guide, "Reserved words in
// DynamoDB"); no other attribute of ours is one.
const ttlName = "#ttl"

// An item that has expired, and one that has not, seen from inside a condition. The
// port counts an item as absent from its expiry on.
const (
	expired = ttlName + " <= :now"
	live    = "(attribute_not_exists(" + ttlName + ") OR " + ttlName + " > :now)"
)

// expression is an update and its condition, with the names and values they use:
// DynamoDB refuses one that is not used.
type expression struct {
	update    string
	condition *string
	names     map[string]string
	values    attributes
}

func (e *expression) where(now time.Time, condition string) {
	if strings.Contains(condition, ":now") {
		e.names = map[string]string{ttlName: schema.TTL}
		e.values[":now"] = number(now.Unix())
	}
	e.condition = &condition
}

// judge writes a condition of the port; own, if not empty, must hold as well.
func (e *expression) judge(cond table.Condition, now time.Time, own string) {
	and := func(s string) string {
		if own == "" {
			return s
		}
		return s + " AND " + own
	}
	switch cond.Kind() {
	case table.CondAbsent: // a put's own id fails it already
		e.where(now, "attribute_not_exists("+schema.PK+") OR "+expired)
	case table.CondPresent:
		e.where(now, and("attribute_exists("+schema.PK+") AND "+live))
	case table.CondVersion: // as above
		e.values[":if"] = number(cond.Version())
		e.where(now, schema.Version+" = :if AND "+live)
	default:
		if own != "" {
			e.where(now, own)
		}
	}
}

// condition is what a delete or a check needs.
func condition(cond table.Condition, now time.Time) expression {
	e := expression{values: attributes{}}
	e.judge(cond, now, "")
	if len(e.values) == 0 {
		e.values = nil // an empty map is refused
	}
	return e
}

// put writes the whole item: what it lacks is removed. once makes it fail over an
// item that the same request wrote, where the condition alone would let it through.
func put(item table.Item, cond table.Condition, now time.Time, id []byte, once bool) expression {
	e := expression{values: attributes{
		":d": text(string(item.Data)),
		":w": &types.AttributeValueMemberB{Value: id},
	}}
	set := []string{schema.Data + " = :d", schema.Writer + " = :w"}
	var remove []string
	own := ""
	if once {
		own = "(attribute_not_exists(" + schema.Writer + ") OR " + schema.Writer + " <> :w)"
	}
	e.judge(cond, now, own)
	for _, index := range schema.Indexes() {
		if k, ok := item.Index[index.Name]; ok {
			set = append(set, index.PK+" = :"+index.PK, index.SK+" = :"+index.SK)
			e.values[":"+index.PK], e.values[":"+index.SK] = text(k.PK), text(k.SK)
		} else {
			remove = append(remove, index.PK, index.SK)
		}
	}
	e.names = map[string]string{ttlName: schema.TTL}
	if item.ExpiresAt.IsZero() {
		remove = append(remove, ttlName)
	} else {
		set = append(set, ttlName+" = :ttl")
		e.values[":ttl"] = number(item.ExpiresAt.Unix())
	}
	add := ""
	if next, known := cond.Next(); known {
		// Set, not counted up: over an expired item the count would go on.
		set = append(set, schema.Version+" = :v")
		e.values[":v"] = number(next)
	} else {
		add = " ADD " + schema.Version + " :v"
		e.values[":v"] = number(1)
	}
	e.update = "SET " + strings.Join(set, ", ")
	if len(remove) > 0 {
		e.update += " REMOVE " + strings.Join(remove, ", ")
	}
	e.update += add
	return e
}
