package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

type home struct {
	*audit.Trail
	store *table.Store
	ctx   context.Context
	at    time.Time
}

func newHome(t *testing.T) *home {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &home{store: table.New(db, nil), at: time.Date(2026, 1, 5, 9, 0, 0, 123_456_789, time.FixedZone("x", 3600))}
	h.Trail = audit.New(h.store, &audit.Options{Now: func() time.Time { return h.at }, Shards: 1})
	h.ctx = tenant.WithActor(tenant.With(t.Context(), "wsp_1"), tenant.Actor{ID: "usr_1", Email: "ada@example.com", RequestID: "req_1", IP: "127.0.0.1"})
	return h
}

func (h *home) add(t *testing.T, entries ...audit.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := h.Commit(h.ctx, nil, e); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *home) verify(t *testing.T) audit.Verification {
	t.Helper()
	v, err := h.Verify(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func item(pk string) table.Item {
	return table.Item{Key: table.Key{PK: pk, SK: "0"}, Data: []byte(`{}`)}
}

func TestCommitRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.add(t, audit.Entry{Action: "first"})
	if _, err := h.store.Put(h.ctx, item("there"), table.Absent()); err != nil {
		t.Fatal(err)
	}
	many := make([]table.Op, table.MaxTransact-1)
	for i := range many {
		many[i] = table.Put(item(fmt.Sprint("many", i)), table.Always())
	}
	cancelled, cancel := context.WithCancel(h.ctx)
	cancel()
	var failed *table.ConditionError
	for name, c := range map[string]struct {
		ctx   context.Context
		ops   []table.Op
		entry audit.Entry
		ok    func(error) bool
	}{
		"no tenant":        {context.Background(), nil, audit.Entry{}, func(err error) bool { return errors.Is(err, tenant.ErrNone) }},
		"cancelled":        {cancelled, nil, audit.Entry{}, func(err error) bool { return errors.Is(err, context.Canceled) }},
		"too many":         {h.ctx, many, audit.Entry{}, func(err error) bool { return err != nil }},
		"its condition":    {h.ctx, []table.Op{table.Put(item("new"), table.Absent()), table.Put(item("there"), table.Absent())}, audit.Entry{}, func(err error) bool { return errors.As(err, &failed) && failed.Index == 1 }},
		"invalid":          {h.ctx, []table.Op{table.Put(item(""), table.Absent())}, audit.Entry{}, func(err error) bool { return errors.Is(err, table.ErrInvalid) }},
		"details":          {h.ctx, nil, audit.Entry{Details: func() {}}, func(err error) bool { return err != nil }},
		"too much details": {h.ctx, nil, audit.Entry{Details: strings.Repeat("a", 70_000)}, func(err error) bool { return err != nil }},
	} {
		ctx := audit.Track(c.ctx)
		if err := h.Commit(ctx, c.ops, c.entry); !c.ok(err) {
			t.Errorf("%s: %v", name, err)
		}
		if audit.Committed(ctx) {
			t.Errorf("%s: counts as committed", name)
		}
	}
	if _, err := h.store.Get(h.ctx, item("new").Key); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("half of a change was written: %v", err)
	}
	if v := h.verify(t); !v.OK || v.Records != 1 {
		t.Errorf("%+v", v)
	}
}

func TestCommit(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := audit.Track(h.ctx)
	if audit.Committed(ctx) || audit.Committed(h.ctx) {
		t.Fatal("committed before anything was")
	}
	if err := h.Note(ctx, audit.Entry{Action: "note"}); err != nil || audit.Committed(ctx) {
		t.Fatal("a note counts as the request's record", err)
	}
	err := h.Commit(ctx, []table.Op{table.Put(item("a"), table.Absent())}, audit.Entry{Action: "thing.create", Resource: "thg_1", Details: map[string]any{"b": "<ü\u2028>", "a": 1}})
	if err != nil || !audit.Committed(ctx) {
		t.Fatal(err)
	}
	page, err := h.List(h.ctx, audit.Filter{}, 10, "")
	if err != nil || len(page.Records) != 2 || page.Next != "" {
		t.Fatal(page, err)
	}
	r := page.Records[0]
	if r.ID == "" || r.Seq != 2 || !r.At.Equal(h.at.Truncate(time.Millisecond)) || r.At.Location() != time.UTC || r.Actor != "usr_1" || r.ActorName != "ada@example.com" ||
		r.RequestID != "req_1" || r.IP != "127.0.0.1" || r.Outcome != audit.Done || r.Level != audit.Info || r.PrevHash != page.Records[1].Hash || len(r.Hash) != 64 {
		t.Errorf("%+v", r)
	}
	// Another workspace has a chain of its own.
	other := tenant.With(h.ctx, "wsp_2")
	if err := h.Commit(other, nil, audit.Entry{Action: "theirs"}); err != nil {
		t.Fatal(err)
	}
	page, err = h.List(other, audit.Filter{}, 10, "")
	if err != nil || len(page.Records) != 1 || page.Records[0].Seq != 1 || page.Records[0].PrevHash != "" {
		t.Errorf("%+v %v", page, err)
	}
}

// TestAnythingHolds: whatever text comes in, the chain adds up and the item fits.
func TestAnythingHolds(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	huge := strings.Repeat("😀", 300_000)
	for _, text := range []string{"\xff\xfe", "a\x00b", "<&>\u2028\u2029", "\ufffd", huge, huge[1:], `"\`} {
		ctx := tenant.WithActor(h.ctx, tenant.Actor{ID: text, Email: text, RequestID: text, IP: text})
		err := h.Commit(ctx, nil, audit.Entry{Action: text, Resource: text, Code: text, Message: text, Details: map[string]string{text[:min(len(text), 9)]: text[:min(len(text), 9)]}})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.add(t, audit.Entry{Action: "raw", Details: json.RawMessage("{ \"a\" : [1.0, \"\\ufffd\"] }")})
	if v := h.verify(t); !v.OK || v.Records != 8 {
		t.Errorf("%+v", v)
	}
}

// TestConcurrent: many writers of several processes' trails, one chain without a gap.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	const writers, each = 16, 12
	second := audit.New(h.store, nil) // another process's: it has locks of its own
	var wait sync.WaitGroup
	for w := range writers {
		trail := h.Trail
		if w%2 == 1 {
			trail = second
		}
		wait.Go(func() {
			for i := range each {
				op := table.Put(item(fmt.Sprint("w", w, "-", i)), table.Absent())
				if err := trail.Commit(h.ctx, []table.Op{op}, audit.Entry{Action: "write", Resource: op.Item.PK}); err != nil {
					t.Error(err)
				}
			}
		})
		wait.Go(func() { // and who verifies meanwhile sees a whole chain
			if v, err := trail.Verify(h.ctx); err != nil || !v.OK {
				t.Errorf("while written: %+v %v", v, err)
			}
		})
	}
	wait.Wait()
	if v := h.verify(t); !v.OK || v.Records != writers*each {
		t.Fatalf("%+v", v)
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := h.List(h.ctx, audit.Filter{}, 7, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			if _, err := h.store.Get(h.ctx, table.Key{PK: r.Resource, SK: "0"}); err != nil || seen[r.Resource] {
				t.Errorf("%s: %v", r.Resource, err)
			}
			seen[r.Resource] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != writers*each {
		t.Errorf("%d records listed", len(seen))
	}
}

// rewrite puts other bytes in the place of an item, past the trail.
func (h *home) rewrite(t *testing.T, key table.Key, data []byte) {
	t.Helper()
	if _, err := h.store.Put(h.ctx, table.Item{Key: key, Data: data}, table.Present()); err != nil {
		t.Fatal(err)
	}
}

// TestAnyByte: each byte of each record and of the head, changed, is found. The store takes valid JSON only, so changes that break it cannot
// be stored; they count as found.
func TestAnyByte(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.add(t, audit.Entry{Action: "a", Details: map[string]any{"n": 1.5, "s": "ä"}}, audit.Entry{Action: "b", Resource: "r"}, audit.Entry{Action: "c"})
	keys := []table.Key{{PK: "AUD#0", SK: "000000000001"}, {PK: "AUD#0", SK: "000000000002"}, {PK: "AUD#0", SK: "000000000003"}, {PK: "AUDHEAD", SK: "0"}}
	tried := 0
	for _, key := range keys {
		whole, err := h.store.Get(h.ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		for i := range whole.Data {
			flip := []byte{0x01, 0x20}[i%2] // another digit or letter, another case
			changed := bytes.Clone(whole.Data)
			changed[i] ^= flip
			if _, err := h.store.Put(h.ctx, table.Item{Key: key, Data: changed}, table.Present()); err != nil {
				continue
			}
			tried++
			if v := h.verify(t); v.OK || v.Reason == "" || (key.PK == "AUD#0" && v.Seq > 3) {
				t.Fatalf("%v byte %d ^ %x: %+v\n%s", key, i, flip, v, changed)
			}
		}
		h.rewrite(t, key, whole.Data)
	}
	if v := h.verify(t); !v.OK || tried < 500 {
		t.Errorf("%+v after %d changes", v, tried)
	}
}

func TestChainBroken(t *testing.T) {
	t.Parallel()
	record := func(seq string) table.Key { return table.Key{PK: "AUD#0", SK: "00000000000" + seq} }
	for name, c := range map[string]struct {
		do  func(t *testing.T, h *home)
		seq int64
	}{
		"the first gone":  {func(t *testing.T, h *home) { h.remove(t, record("1")) }, 1},
		"one gone":        {func(t *testing.T, h *home) { h.remove(t, record("2")) }, 2},
		"the last gone":   {func(t *testing.T, h *home) { h.remove(t, record("4")) }, 4},
		"all gone":        {func(t *testing.T, h *home) { h.remove(t, record("1"), record("2"), record("3"), record("4")) }, 1},
		"the head gone":   {func(t *testing.T, h *home) { h.remove(t, table.Key{PK: "AUDHEAD", SK: "0"}) }, 1},
		"two exchanged":   {func(t *testing.T, h *home) { h.exchange(t, record("2"), record("3")) }, 2},
		"one put in":      {func(t *testing.T, h *home) { h.copy(t, record("4"), record("5")) }, 5},
		"spaces":          {func(t *testing.T, h *home) { h.edit(t, record("2"), `{"id"`, `{ "id"`) }, 2},
		"a field added":   {func(t *testing.T, h *home) { h.edit(t, record("2"), `{"id"`, `{"x":1,"id"`) }, 2},
		"a field twice":   {func(t *testing.T, h *home) { h.edit(t, record("2"), `"action":"b"`, `"action":"z","action":"b"`) }, 2},
		"another action":  {func(t *testing.T, h *home) { h.edit(t, record("2"), `"action":"b"`, `"action":"z"`) }, 2},
		"another kind":    {func(t *testing.T, h *home) { h.edit(t, record("2"), `"action":"b"`, `"action":1`) }, 2},
		"a head's spaces": {func(t *testing.T, h *home) { h.edit(t, table.Key{PK: "AUDHEAD", SK: "0"}, `{`, `{ `) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.add(t, audit.Entry{Action: "a"}, audit.Entry{Action: "b"}, audit.Entry{Action: "c"}, audit.Entry{Action: "d"})
			c.do(t, h)
			if v := h.verify(t); v.OK || v.Reason == "" || v.Seq != c.seq {
				t.Errorf("%+v, want record %d", v, c.seq)
			}
		})
	}
	h := newHome(t)
	if v := h.verify(t); !v.OK || v.Records != 0 {
		t.Errorf("an empty trail: %+v", v)
	}
}

// TestDamagedHeadStops: nothing is appended to a chain whose end is in doubt.
func TestDamagedHeadStops(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.add(t, audit.Entry{Action: "a"})
	h.edit(t, table.Key{PK: "AUDHEAD", SK: "0"}, `"seq":1`, `"seq":1.0`)
	if err := h.Commit(h.ctx, []table.Op{table.Put(item("a"), table.Absent())}, audit.Entry{Action: "b"}); err == nil {
		t.Error("appended")
	}
	if _, err := h.store.Get(h.ctx, item("a").Key); !errors.Is(err, table.ErrNotFound) {
		t.Error("changed without a record")
	}
}

func (h *home) remove(t *testing.T, keys ...table.Key) {
	t.Helper()
	for _, key := range keys {
		if err := h.store.Delete(h.ctx, key, table.Present()); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *home) get(t *testing.T, key table.Key) []byte {
	t.Helper()
	i, err := h.store.Get(h.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	return i.Data
}

func (h *home) exchange(t *testing.T, a, b table.Key) {
	t.Helper()
	x, y := h.get(t, a), h.get(t, b)
	h.rewrite(t, a, y)
	h.rewrite(t, b, x)
}

func (h *home) copy(t *testing.T, from, to table.Key) {
	t.Helper()
	if _, err := h.store.Put(h.ctx, table.Item{Key: to, Data: h.get(t, from)}, table.Absent()); err != nil {
		t.Fatal(err)
	}
}

func (h *home) edit(t *testing.T, key table.Key, old, with string) {
	t.Helper()
	data := string(h.get(t, key))
	if !strings.Contains(data, old) {
		t.Fatalf("no %s in %s", old, data)
	}
	h.rewrite(t, key, []byte(strings.Replace(data, old, with, 1)))
}
