package upkeep_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/upkeep"
)

// fill writes n records in each of so many days, the first day's at noon.
func (h *home) fill(t *testing.T, workspace string, days, n int) {
	t.Helper()
	for range days {
		for i := range n {
			check(t, h.trail.Commit(in(workspace), nil, audit.Entry{Action: "a", Message: strings.Repeat("m", i), Details: map[string]any{"i": i, "html": "<&>"}}))
		}
		h.pass(day)
	}
}

// objects is everything in a workspace's archive, by name.
func (h *home) objects(t *testing.T, workspace string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for info, err := range h.blobs.All(in(workspace), "archive/") {
		check(t, err)
		raw, err := h.blobs.ReadAll(in(workspace), info.Name, blob.MaxBytes)
		check(t, err)
		all[info.Name] = raw
	}
	return all
}

// follow reads an archived day with nothing but the manifest and checks every
// hash by hand.
func follow(t *testing.T, objects map[string][]byte, name string) upkeep.Manifest {
	t.Helper()
	var m upkeep.Manifest
	check(t, json.Unmarshal(objects[name], &m))
	prev, seq, records := m.PrevHash, m.FirstSeq, 0
	for _, p := range m.Parts {
		z, err := gzip.NewReader(bytes.NewReader(objects[p.Name]))
		check(t, err)
		raw, err := io.ReadAll(z)
		check(t, err)
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != p.SHA256 || int64(len(raw)) != p.Bytes {
			t.Errorf("%s is not what the manifest says", p.Name)
		}
		lines := bufio.NewScanner(bytes.NewReader(raw))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r audit.Record
			check(t, json.Unmarshal(lines.Bytes(), &r))
			bare := strings.Replace(lines.Text(), `"hash":"`+r.Hash+`"`, `"hash":""`, 1)
			if sum := sha256.Sum256([]byte(bare)); hex.EncodeToString(sum[:]) != r.Hash || r.PrevHash != prev || r.Seq != seq {
				t.Fatalf("record %d does not fit", r.Seq)
			}
			prev, seq, records = r.Hash, seq+1, records+1
		}
	}
	if prev != m.LastHash || seq != m.LastSeq+1 || records != m.Records {
		t.Errorf("%d records to %d, the manifest says %d to %d", records, seq-1, m.Records, m.LastSeq)
	}
	return m
}

func newArchive(h *home, objects upkeep.Objects) *upkeep.Archive {
	return upkeep.NewArchive(h.places, h.trail, objects, h.store, &upkeep.ArchiveOptions{Now: h.now, PartBytes: 4000})
}

func archive(t *testing.T, a *upkeep.Archive, workspace, day string) upkeep.ArchiveDone {
	t.Helper()
	done, err := call[upkeep.ArchiveDone](t, a.Handle, upkeep.ArchiveCall{Op: "run", Workspace: workspace, Day: day})
	check(t, err)
	return done
}

// TestArchive: two days, one after the other, can be followed from the first
// record to the last without the table; done again nothing changes.
func TestArchive(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_1", "wsp_2")
	h.fill(t, "wsp_1", 2, 30)
	a := newArchive(h, h.blobs)
	first := archive(t, a, "wsp_1", "2026-03-01")
	second := archive(t, a, "wsp_1", "2026-03-02")
	if first.Records != 30 || second.Records != 30 || first.Manifest != "archive/2026/03/01/manifest.json" {
		t.Errorf("%+v, %+v", first, second)
	}
	objects := h.objects(t, "wsp_1")
	one, two := follow(t, objects, first.Manifest), follow(t, objects, second.Manifest)
	if len(one.Parts) < 3 || one.Workspace != "wsp_1" || one.Day != "2026-03-01" || one.PrevHash != "" || two.PrevHash != one.LastHash {
		t.Errorf("%+v\n%+v", one, two)
	}
	recs := h.records(t, "wsp_1")
	if last := recs[len(recs)-1]; len(recs) != 62 || last.Action != upkeep.ActionArchive || last.Resource != "2026-03-02" || !strings.Contains(string(last.Details), two.LastHash) {
		t.Errorf("%d records, the last %+v", len(recs), last)
	}
	if again := archive(t, newArchive(h, h.blobs), "wsp_1", "2026-03-01"); again != first {
		t.Errorf("again: %+v", again)
	}
	if n := len(h.records(t, "wsp_1")); n != 62 {
		t.Errorf("%d records after it was done again", n)
	}
	if !maps.EqualFunc(objects, h.objects(t, "wsp_1"), bytes.Equal) || len(h.objects(t, "wsp_2")) != 0 {
		t.Error("the archive changed")
	}
}

func TestArchiveOfNothing(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_1")
	a := newArchive(h, h.blobs)
	if done := archive(t, a, "wsp_1", "2026-02-20"); done != (upkeep.ArchiveDone{}) || len(h.objects(t, "wsp_1")) != 0 || len(h.records(t, "wsp_1")) != 0 {
		t.Errorf("%+v", done)
	}
}

// TestArchiveRefused: what no other try would make better.
func TestArchiveRefused(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, h *home, day string) {
		t.Helper()
		_, err := newArchive(h, h.blobs).Run(context.Background(), "wsp_1", day)
		wantRefused(t, err)
		if page, err := h.trail.List(in("wsp_1"), audit.Filter{Action: upkeep.ActionArchive}, 10, ""); err != nil || len(page.Records) != 0 {
			t.Errorf("told as archived: %+v, %v", page.Records, err)
		}
	}
	t.Run("no day", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		for _, day := range []string{"", "yesterday", "2026-3-1", "2026-02-30", "2026-03-01T00:00:00Z", "../../../x"} {
			run(t, h, day)
		}
	})
	t.Run("not over", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.fill(t, "wsp_1", 0, 1)
		run(t, h, "2026-03-01")
		h.pass(12*time.Hour + 14*time.Minute) // a slow clock may still write
		run(t, h, "2026-03-01")
	})
	t.Run("broken chain", func(t *testing.T) {
		t.Parallel()
		h := newHome(t)
		h.fill(t, "wsp_1", 1, 5)
		check(t, h.store.Delete(in("wsp_1"), table.Key{PK: "AUD#0", SK: "000000000003"}, table.Present()))
		run(t, h, "2026-03-01")
	})
	for name, other := range map[string]struct {
		object  string
		content []byte
	}{
		"another part":     {"archive/2026/03/01/0001.ndjson.gz", []byte("x")},
		"another packed":   {"archive/2026/03/01/0001.ndjson.gz", packed("{}\n")},
		"another manifest": {"archive/2026/03/01/manifest.json", []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.fill(t, "wsp_1", 1, 5)
			_, err := h.blobs.Create(in("wsp_1"), other.object, bytes.NewReader(other.content))
			check(t, err)
			run(t, h, "2026-03-01")
		})
	}
}

func packed(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.Bytes()
}

// failing fails the n-th call of Create, before or after it is done.
type failing struct {
	upkeep.Objects
	left  int
	after bool
}

var errCut = errors.New("cut off")

func (f *failing) Create(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	if f.left--; f.left != 0 {
		return f.Objects.Create(ctx, name, r)
	}
	if f.after {
		if _, err := f.Objects.Create(ctx, name, r); err != nil {
			return blob.Info{}, err
		}
	}
	return blob.Info{}, errCut
}

// TestArchiveCutOff anywhere, it is done by the next run, as if nothing had been.
func TestArchiveCutOff(t *testing.T) {
	t.Parallel()
	whole := newHome(t)
	whole.fill(t, "wsp_1", 1, 30)
	want := archive(t, newArchive(whole, whole.blobs), "wsp_1", "2026-03-01")
	for n := 1; n <= len(whole.objects(t, "wsp_1")); n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(n, after), func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				h.fill(t, "wsp_1", 1, 30)
				_, err := newArchive(h, &failing{h.blobs, n, after}).Run(context.Background(), "wsp_1", "2026-03-01")
				if !errors.Is(err, errCut) || len(h.records(t, "wsp_1")) != 30 {
					t.Fatalf("got %v", err)
				}
				if done := archive(t, newArchive(h, h.blobs), "wsp_1", "2026-03-01"); done != want {
					t.Errorf("%+v", done)
				}
				follow(t, h.objects(t, "wsp_1"), want.Manifest)
				if n := len(h.records(t, "wsp_1")); n != 31 {
					t.Errorf("%d records", n)
				}
			})
		}
	}
}

// TestArchiveEverywhere takes the last day that is over.
func TestArchiveEverywhere(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_1", "wsp_2", "wsp_3")
	h.fill(t, "wsp_1", 1, 3)
	h.pass(-day)
	h.fill(t, "wsp_3", 1, 3)
	h.pass(-12*time.Hour + 10*time.Minute) // ten past midnight: the day before may not be settled
	check(t, newArchive(h, h.blobs).Everywhere(context.Background()))
	if n := len(h.objects(t, "wsp_1")); n != 0 {
		t.Errorf("%d objects of a day that is not over", n)
	}
	h.pass(10 * time.Minute)
	check(t, newArchive(h, h.blobs).Everywhere(context.Background()))
	for workspace, want := range map[string]int{"wsp_1": 2, "wsp_2": 0, "wsp_3": 2} {
		if n := len(h.objects(t, workspace)); n != want {
			t.Errorf("%s: %d objects", workspace, n)
		}
	}
}
