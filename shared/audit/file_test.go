package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// spread is a trail over all chains with n records of several resources, and the
// same as a file, newest first.
func spread(t *testing.T, n int) (*home, []byte) {
	t.Helper()
	h := newHome(t)
	h.Trail = audit.New(h.store, &audit.Options{Now: func() time.Time { return h.at }})
	for i := range n {
		h.at = h.at.Add(time.Second)
		h.add(t, audit.Entry{Action: "thing.change", Resource: fmt.Sprint("thg_", i%7), Message: "<ü\u2028>", Details: map[string]any{"n": i}})
	}
	return h, h.export(t, audit.Filter{})
}

func (h *home) export(t *testing.T, f audit.Filter) []byte {
	t.Helper()
	var out bytes.Buffer
	for cursor := ""; ; {
		page, err := h.List(h.ctx, f, 11, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			if err := json.NewEncoder(&out).Encode(r); err != nil {
				t.Fatal(err)
			}
		}
		if cursor = page.Next; cursor == "" {
			return out.Bytes()
		}
	}
}

func verifyFile(t *testing.T, raw []byte) audit.FileVerification {
	t.Helper()
	v, err := audit.VerifyFile(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func backwards(raw []byte) []byte {
	lines := bytes.SplitAfter(raw, []byte("\n"))
	slices.Reverse(lines)
	return bytes.Join(lines, nil)
}

// TestShards: records of one resource are in one chain, in their order; together
// they come newest first, whatever the length of the pages; each chain is whole.
func TestShards(t *testing.T) {
	t.Parallel()
	h, raw := spread(t, 60)
	home := map[string]int{}
	used := map[int]bool{}
	var last audit.Record
	for line := range bytes.Lines(raw) {
		var r audit.Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if shard, ok := home[r.Resource]; ok && shard != r.Shard {
			t.Errorf("%s is in the chains %d and %d", r.Resource, shard, r.Shard)
		}
		home[r.Resource], used[r.Shard] = r.Shard, true
		if !last.At.IsZero() && !r.At.Before(last.At) {
			t.Errorf("%s follows %s", r.At, last.At)
		}
		last = r
	}
	if len(home) != 7 || len(used) < 3 {
		t.Errorf("%d resources in %d chains", len(home), len(used))
	}
	if v := h.verify(t); !v.OK || v.Records != 60 {
		t.Errorf("%+v", v)
	}
	if got := bytes.Count(h.export(t, audit.Filter{Resource: "thg_3"}), []byte("\n")); got != 9 {
		t.Errorf("%d records of one resource, want 9", got)
	}
	if days := h.day(t, h.at); len(days) != 60 {
		t.Errorf("%d records in the day", len(days))
	}
}

// TestShardsFollow: a trail of one chain goes on as the first of several, and what
// is damaged in any of them is named.
func TestShardsFollow(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for i := range 20 {
		h.at = h.at.Add(time.Second)
		h.add(t, audit.Entry{Action: "old", Resource: fmt.Sprint("thg_", i%7)})
	}
	h.Trail = audit.New(h.store, &audit.Options{Now: func() time.Time { return h.at }})
	for i := range 20 {
		h.at = h.at.Add(time.Second)
		h.add(t, audit.Entry{Action: "new", Resource: fmt.Sprint("thg_", i%7)})
	}
	if v := h.verify(t); !v.OK || v.Records != 40 {
		t.Fatalf("%+v", v)
	}
	if got := bytes.Count(h.export(t, audit.Filter{Resource: "thg_1"}), []byte("\n")); got != 6 {
		t.Errorf("%d records of one resource, old and new, want 6", got)
	}
	for shard := range 8 {
		first := table.Key{PK: fmt.Sprint("AUD#", shard), SK: "000000000001"}
		item, err := h.store.Get(h.ctx, first)
		if errors.Is(err, table.ErrNotFound) {
			continue
		}
		h.edit(t, first, `"actor":"usr_1"`, `"actor":"usr_2"`)
		if v := h.verify(t); v.OK || v.Shard != shard || v.Seq != 1 || v.FirstBad == "" {
			t.Errorf("chain %d: %+v", shard, v)
		}
		h.rewrite(t, first, item.Data)
	}
}

func TestVerifyFile(t *testing.T) {
	t.Parallel()
	h, raw := spread(t, 60)
	for name, file := range map[string][]byte{"newest first": raw, "oldest first": backwards(raw), "no last line end": bytes.TrimSuffix(raw, []byte("\n"))} {
		v := verifyFile(t, file)
		if !v.OK || v.Records != 60 || v.Gaps != 0 || len(v.Chains) < 3 {
			t.Errorf("%s: %+v", name, v)
		}
		for _, c := range v.Chains {
			if c.FirstSeq != 1 || c.PrevHash != "" || c.LastSeq != c.Records || len(c.LastHash) != 64 {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
	if v := verifyFile(t, h.export(t, audit.Filter{Text: "thg_2"})); !v.OK || v.Records != 9 {
		t.Errorf("a filtered one: %+v", v)
	}
	if v := verifyFile(t, nil); !v.OK || v.Records != 0 {
		t.Errorf("an empty one: %+v", v)
	}
	lines := bytes.SplitAfter(raw, []byte("\n"))
	without := bytes.Join(slices.Delete(slices.Clone(lines), 20, 21), nil)
	if v := verifyFile(t, without); !v.OK || v.Gaps != 1 {
		t.Errorf("one taken out: %+v", v)
	}
	swapped := slices.Clone(lines)
	for i := range swapped[1:] { // two of the same chain
		var a, b audit.Record
		if json.Unmarshal(swapped[i], &a) == nil && json.Unmarshal(swapped[i+7], &b) == nil && a.Shard == b.Shard {
			swapped[i], swapped[i+7] = swapped[i+7], swapped[i]
			break
		}
	}
	if v := verifyFile(t, bytes.Join(swapped, nil)); v.OK && v.Gaps == 0 {
		t.Errorf("two exchanged: %+v", v)
	}
	if v := verifyFile(t, append(slices.Clone(lines[0]), raw...)); v.OK || v.Line != 2 {
		t.Errorf("one twice: %+v", v)
	}
	if v := verifyFile(t, raw[:len(raw)-20]); v.OK || v.Line != 60 || !strings.Contains(v.Reason, "ends within") {
		t.Errorf("cut off: %+v", v)
	}
	if v := verifyFile(t, append(bytes.Repeat([]byte("a"), 2<<20), raw...)); v.OK || v.Line != 1 {
		t.Errorf("a long line: %+v", v)
	}
	broken := errors.New("broken disk")
	if _, err := audit.VerifyFile(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestVerifyFileAnyByte: whichever byte of a file is changed to whatever, the line
// that it is in, or a neighbour of it, is named.
func TestVerifyFileAnyByte(t *testing.T) {
	t.Parallel()
	_, raw := spread(t, 6)
	chance := rand.New(rand.NewPCG(1126, 7))
	for i := range raw {
		for range 2 {
			changed := bytes.Clone(raw)
			changed[i] ^= byte(1 + chance.IntN(255))
			if v := verifyFile(t, changed); v.OK || v.Reason == "" {
				t.Fatalf("byte %d, %q for %q: %+v", i, changed[i], raw[i], v)
			}
		}
	}
}

func FuzzVerifyFile(f *testing.F) {
	f.Add([]byte("{}\n{\"seq\":1}\n"))
	f.Add([]byte("null\n[]\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := audit.VerifyFile(bytes.NewReader(raw))
		if err != nil || v.OK && len(raw) > 0 && v.Records == 0 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}
