package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/tenant"
)

// separator ends the tenant in a stored partition key. No tenant contains it,
// so that no two tenants' keys can meet.
const separator = "/"

// maxTenant is the longest workspace id; ours have 40 bytes.
const maxTenant = 64

var errForeign = errors.New("table: driver returned an item of another tenant")

// scope is one tenant's part of the table: it adds the prefix on the way in and
// takes it off on the way out.
type scope struct {
	tenant string
	prefix string
}

func scopeOf(ctx context.Context) (scope, error) {
	if err := ctx.Err(); err != nil {
		return scope{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return scope{}, err
	}
	if len(workspace) > maxTenant {
		return scope{}, fmt.Errorf("%w: workspace id of %d bytes", ErrInvalid, len(workspace))
	}
	for _, c := range []byte(workspace) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return scope{}, fmt.Errorf("%w: workspace id %q", ErrInvalid, workspace)
		}
	}
	return scope{tenant: workspace, prefix: workspace + separator}, nil
}

func (s scope) add(pk string) string { return s.prefix + pk }

func (s scope) key(k Key) (Key, error) {
	if err := s.checkPart("partition key", k.PK, MaxPartition-len(s.prefix)); err != nil {
		return Key{}, err
	}
	if err := s.checkPart("sort key", k.SK, MaxSort); err != nil {
		return Key{}, err
	}
	return Key{PK: s.add(k.PK), SK: k.SK}, nil
}

// checkPart refuses what DynamoDB would refuse or order in another way, and NUL,
// which C libraries take for an end.
func (s scope) checkPart(what, part string, limit int) error {
	switch {
	case part == "":
		return fmt.Errorf("%w: empty %s", ErrInvalid, what)
	case len(part) > limit:
		return fmt.Errorf("%w: %s of %d bytes, at most %d", ErrInvalid, what, len(part), limit)
	case !utf8.ValidString(part) || strings.ContainsRune(part, 0):
		return fmt.Errorf("%w: %s is not plain UTF-8", ErrInvalid, what)
	}
	return nil
}

// out turns a stored item back into the tenant's own; a key of another tenant is
// a defect of the driver and must never be handed on.
func (s scope) out(item Item) (Item, error) {
	var ok bool
	if item.PK, ok = strings.CutPrefix(item.PK, s.prefix); !ok {
		return Item{}, errForeign
	}
	item.Index = maps.Clone(item.Index)
	for name, k := range item.Index {
		if k.PK, ok = strings.CutPrefix(k.PK, s.prefix); !ok {
			return Item{}, errForeign
		}
		item.Index[name] = k
	}
	return item, nil
}
