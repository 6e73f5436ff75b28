package table

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/tenant"
)

// in turns an item of the tenant's into what is stored, refusing what breaks a rule.
func (s scope) in(item Item) (Item, error) {
	key, err := s.key(item.Key)
	if err != nil {
		return Item{}, err
	}
	if item.ExpiresAt, err = wholeSecond(item.ExpiresAt); err != nil {
		return Item{}, err
	}
	stored := Item{Key: key, Data: item.Data, ExpiresAt: item.ExpiresAt}
	if len(item.Index) > 0 {
		stored.Index = make(map[string]Key, len(item.Index))
	}
	for name, k := range item.Index {
		switch name {
		case Index1, Index2, Index3:
		default:
			return Item{}, fmt.Errorf("%w: unknown index %q", ErrInvalid, name)
		}
		if stored.Index[name], err = s.key(k); err != nil {
			return Item{}, fmt.Errorf("index %s: %w", name, err)
		}
	}
	// Size first: a document that is too large is not worth parsing.
	if n := stored.Bytes(); n > MaxItemBytes {
		return Item{}, fmt.Errorf("%w: item of %d bytes, at most %d", ErrInvalid, n, MaxItemBytes)
	}
	if !utf8.Valid(item.Data) || !json.Valid(item.Data) {
		return Item{}, fmt.Errorf("%w: data is not a JSON document", ErrInvalid)
	}
	return stored, nil
}

// wholeSecond rounds up: DynamoDB keeps expiry in whole seconds, and an item must
// not vanish before its time.
func wholeSecond(t time.Time) (time.Time, error) {
	if t.IsZero() {
		return time.Time{}, nil
	}
	if t.Unix() < 1 {
		return time.Time{}, fmt.Errorf("%w: expiry before 1970", ErrInvalid)
	}
	whole := t.Truncate(time.Second)
	if whole.Before(t) {
		whole = whole.Add(time.Second)
	}
	return whole.UTC(), nil
}

// op turns one operation into what the driver gets.
func (s scope) op(op Op) (Op, error) {
	if op.Global {
		s = scope{tenant: tenant.System, prefix: tenant.System + separator}
	}
	var err error
	switch op.Kind {
	case OpPut:
		op.Item, err = s.in(op.Item)
	case OpCheck:
		if op.If.Kind() == CondAlways {
			return Op{}, fmt.Errorf("%w: a check needs a condition", ErrInvalid)
		}
		fallthrough
	case OpDelete:
		var key Key
		key, err = s.key(op.Item.Key)
		op.Item = Item{Key: key}
	default:
		return Op{}, fmt.Errorf("%w: operation kind %d", ErrInvalid, op.Kind)
	}
	if err == nil && op.If.Kind() == CondVersion && op.If.Version() < 1 {
		return Op{}, fmt.Errorf("%w: condition on version %d", ErrInvalid, op.If.Version())
	}
	return op, err
}

// ops validates a transaction or batch of at most limit operations on distinct keys.
func (s scope) ops(ops []Op, limit int) ([]Op, error) {
	if len(ops) == 0 || len(ops) > limit {
		return nil, fmt.Errorf("%w: %d operations, not in 1..%d", ErrInvalid, len(ops), limit)
	}
	out := make([]Op, len(ops))
	seen := make(map[Key]bool, len(ops))
	bytes := 0
	for i, op := range ops {
		var err error
		if out[i], err = s.op(op); err != nil {
			return nil, fmt.Errorf("operation %d: %w", i, err)
		}
		if seen[out[i].Item.Key] {
			return nil, fmt.Errorf("operation %d: %w: the same key twice", i, ErrInvalid)
		}
		seen[out[i].Item.Key] = true
		bytes += out[i].Item.Bytes()
	}
	if bytes > MaxTransactBytes {
		return nil, fmt.Errorf("%w: %d bytes together, at most %d", ErrInvalid, bytes, MaxTransactBytes)
	}
	return out, nil
}
