package upkeep_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"testing"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/upkeep"
)

// TestArchiveOfChains: a day of several chains has a manifest that speaks of each, and
// what is read back is checked against it.
func TestArchiveOfChains(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_1")
	for i := range 40 {
		check(t, h.trail.Note(in("wsp_1"), audit.Entry{Action: "thing.change", Resource: fmt.Sprint("thg_", i%9)}))
	}
	h.pass(2 * day)
	done := archive(t, newArchive(h, h.blobs), "wsp_1", "2026-03-01")
	objects := h.objects(t, "wsp_1")
	var m upkeep.Manifest
	check(t, json.Unmarshal(objects[done.Manifest], &m))
	if m.Version != 2 || m.Records != 40 || len(m.Chains) < 3 || len(m.Parts) < 2 {
		t.Fatalf("%+v", m)
	}
	read := func() audit.FileVerification {
		var parts []io.Reader
		for _, p := range m.Parts {
			raw, err := p.Read(bytes.NewReader(objects[path.Clean(p.Name)]))
			check(t, err)
			parts = append(parts, bytes.NewReader(raw))
		}
		v, err := audit.VerifyFile(io.MultiReader(parts...))
		check(t, err)
		return v
	}
	v := read()
	if !v.OK || v.Gaps != 0 || m.Differs(v) != "" {
		t.Errorf("%+v %s", v, m.Differs(v))
	}
	for i := range m.Chains {
		short := m
		short.Chains = append(append([]upkeep.Chain(nil), m.Chains[:i]...), m.Chains[i+1:]...)
		if short.Differs(v) == "" {
			t.Errorf("without chain %d nothing differs", i)
		}
		other := m
		other.Chains = append([]upkeep.Chain(nil), m.Chains...)
		other.Chains[i].LastHash = other.Chains[i].LastHash[:63] + "x"
		if other.Differs(v) == "" {
			t.Errorf("with another hash of chain %d nothing differs", i)
		}
	}
	for _, p := range m.Parts {
		raw := bytes.Clone(objects[p.Name])
		for _, i := range []int{0, 12, len(raw) / 2, len(raw) - 1} {
			raw[i] ^= 4
			if _, err := p.Read(bytes.NewReader(raw)); err == nil {
				t.Errorf("%s: byte %d changed, and it is read", p.Name, i)
			}
			raw[i] ^= 4
		}
	}
	// A second run writes the same.
	if again, err := newArchive(h, h.blobs).Run(context.Background(), "wsp_1", "2026-03-01"); err != nil || again != done {
		t.Errorf("%+v, %v", again, err)
	}
}
