package call

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/connection"
)

// TestOneProbe: while the probe of an open circuit is under way, nobody else goes, whatever becomes of
// requests that left before the circuit opened.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	opts := PeerOptions{OpenAfter: 2}
	opts.defaults()
	p := newPeers(opts).of("wsp", "con", connection.Settings{})
	admit := func(want refusal) ticket {
		t.Helper()
		var tk ticket
		if _, why := p.admit("op", now, &tk); why != want {
			t.Errorf("admitted as %d, want %d", why, want)
		}
		return tk
	}
	late, first, second := admit(admitted), admit(admitted), admit(admitted)
	p.report("op", first, now, true)
	p.report("op", second, now, true)
	admit(circuitOpen)
	now = now.Add(2 * time.Second)
	probe := admit(admitted)
	if !probe.probe || late.probe {
		t.Fatal("the probe is not known as one")
	}
	admit(circuitOpen)
	p.report("op", late, now, true)
	admit(circuitOpen) // still one probe
	p.report("op", probe, now, true)
	admit(circuitOpen) // for twice as long
	now = now.Add(1500 * time.Millisecond)
	admit(circuitOpen)
	now = now.Add(time.Second)
	p.withdraw("op", admit(admitted)) // a probe that led to no request
	p.report("op", admit(admitted), now, false)
	if a, b := admit(admitted), admit(admitted); a.probe || b.probe {
		t.Error("the circuit is closed, and yet there are probes")
	}
}
