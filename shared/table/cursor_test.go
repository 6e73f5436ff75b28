package table

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func testScope(name string) scope { return scope{tenant: name, prefix: name + separator} }

// FuzzCursor decodes arbitrary cursors, as they are and with the digest of the
// query put in front, as a forger would: no panic, and no position outside of
// the tenant and the query.
func FuzzCursor(f *testing.F) {
	s := testScope("wsp_1")
	for _, q := range []Query{{PK: "p"}, {PK: "p", Index: Index1}, {PK: "p", Prefix: "a"}, {PK: "p", From: "b", To: "c"}} {
		cursor, err := encodeCursor(s, q, Position{Key: Key{PK: "wsp_1/p", SK: "a"}, Sort: "a"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(cursor, []byte("\x01a"), q.Index, q.Prefix)
	}
	f.Add("", []byte{}, "", "")
	f.Add(strings.Repeat("A", 9000), binary.AppendUvarint(nil, 1<<63), Index2, "")
	f.Add("AQ==", []byte("\x01a\x07../../x\x01b"), Index1, "")
	f.Add("AQ", []byte("\x02a\x00\x01b\x01c"), Index3, "a")
	f.Fuzz(func(t *testing.T, cursor string, tail []byte, index, prefix string) {
		q := Query{PK: "p", Index: index, Prefix: prefix}
		forged := append(append([]byte{cursorVersion}, cursorDigest(s, q)...), tail...)
		for _, c := range []string{cursor, base64.RawURLEncoding.EncodeToString(forged)} {
			q.Cursor = c
			position, err := decodeCursor(s, q)
			if err != nil {
				if !errors.Is(err, ErrInvalid) || position != nil {
					t.Fatalf("%q: %v, %v, want ErrInvalid", c, position, err)
				}
				continue
			}
			if !strings.HasPrefix(position.Key.PK, s.prefix) || !strings.HasPrefix(position.Sort, prefix) ||
				position.Sort == "" || position.Key.SK == "" || index == Base && (position.Key != Key{PK: "wsp_1/p", SK: position.Sort}) {
				t.Fatalf("%q leads out of the query: %+v", c, position)
			}
			again, err := encodeCursor(s, q, *position)
			if err != nil {
				t.Fatal(err)
			}
			q.Cursor = again
			if same, err := decodeCursor(s, q); err != nil || *same != *position {
				t.Fatalf("%q does not come back: %+v, %v", c, same, err)
			}
		}
	})
}

// TestCursorDigest moves bytes between the parts of a query: each is bound by itself.
func TestCursorDigest(t *testing.T) {
	t.Parallel()
	seen := map[string]Query{}
	for _, s := range []scope{testScope("a"), testScope("ab")} {
		for _, q := range []Query{
			{PK: "p"}, {PK: "bp"}, {PK: "p", Reverse: true}, {PK: "p", Index: Index1}, {PK: "p", Prefix: "x"},
			{PK: "p", From: "x"}, {PK: "p", To: "x"}, {PK: "px"}, {PK: "p", From: "x", To: "y"}, {PK: "p", From: "xy"},
		} {
			digest := string(cursorDigest(s, q))
			if other, ok := seen[digest]; ok {
				t.Errorf("%+v and %+v have one digest", q, other)
			}
			seen[digest] = q
			q.Limit = 7
			if string(cursorDigest(s, q)) != digest {
				t.Error("the page's length is bound")
			}
		}
	}
}

// TestLargestCursor makes sure that the longest keys still give a cursor that decodes.
func TestLargestCursor(t *testing.T) {
	t.Parallel()
	s := testScope(strings.Repeat("t", maxTenant))
	long := strings.Repeat("k", MaxSort)
	last := Position{Key: Key{PK: s.prefix + strings.Repeat("p", MaxPartition-len(s.prefix)), SK: long}, Sort: long}
	q := Query{Index: Index1, PK: "p"}
	cursor, err := encodeCursor(s, q, last)
	if err != nil {
		t.Fatal(err)
	}
	q.Cursor = cursor
	if got, err := decodeCursor(s, q); err != nil || *got != last {
		t.Errorf("%d characters: %v", len(cursor), err)
	}
}
