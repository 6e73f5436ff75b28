package table

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	cursorVersion = 1
	cursorSum     = 16
	// maxCursor is room for a sort key and a whole base key, in base64.
	maxCursor = (1+cursorSum+MaxPartition+2*MaxSort+16)*4/3 + 4
)

// encodeCursor gives the position after which the next page starts. It is bound
// to the tenant and the query by a digest, which keeps honest mistakes out; it
// is not signed, and need not be: a forged one only chooses another place in the
// partition that its sender may read anyway, because the tenant's prefix is
// added after decoding.
func encodeCursor(s scope, q Query, last Position) (string, error) {
	pk, ok := strings.CutPrefix(last.Key.PK, s.prefix)
	if !ok {
		return "", errForeign
	}
	raw := append([]byte{cursorVersion}, cursorDigest(s, q)...)
	parts := []string{last.Sort}
	if q.Index != Base {
		parts = append(parts, pk, last.Key.SK)
	}
	for _, part := range parts {
		raw = binary.AppendUvarint(raw, uint64(len(part)))
		raw = append(raw, part...)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// decodeCursor gives the position that a cursor stands for, or ErrCursor.
func decodeCursor(s scope, q Query) (*Position, error) {
	if len(q.Cursor) > maxCursor {
		return nil, ErrCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil || len(raw) < 1+cursorSum || raw[0] != cursorVersion ||
		string(raw[1:1+cursorSum]) != string(cursorDigest(s, q)) {
		return nil, ErrCursor
	}
	var parts []string
	for rest := raw[1+cursorSum:]; len(rest) > 0; {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			return nil, ErrCursor
		}
		parts = append(parts, string(rest[used:used+int(n)]))
		rest = rest[used+int(n):]
	}
	base := Key{PK: q.PK}
	switch {
	case q.Index == Base && len(parts) == 1:
		base.SK = parts[0]
	case q.Index != Base && len(parts) == 3:
		base = Key{PK: parts[1], SK: parts[2]}
	default:
		return nil, ErrCursor
	}
	key, err := s.key(base)
	if err != nil || s.checkPart("sort key", parts[0], MaxSort) != nil || !q.covers(parts[0]) {
		return nil, ErrCursor
	}
	return &Position{Key: key, Sort: parts[0]}, nil
}

// cursorDigest binds a cursor to everything of its query but the page's length.
func cursorDigest(s scope, q Query) []byte {
	h := sha256.New()
	for _, part := range []string{s.tenant, q.Index, q.PK, q.Prefix, q.From, q.To, fmt.Sprint(q.Reverse)} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash never fails
		h.Write([]byte(part))
	}
	return h.Sum(nil)[:cursorSum]
}
