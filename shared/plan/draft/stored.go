package draft

import (
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// stored is a draft as it is kept: operations by name, and loops and conditions
// apart from the steps, since steps share them.
type stored struct {
	Draft
	Steps  []storedStep // instead of the draft's
	Loops  []*Loop      `json:",omitempty"`
	Guards []*Guard     `json:",omitempty"`
}

type storedStep struct {
	Step
	Connection string `json:",omitempty"`
	Operation  string `json:",omitempty"`
	// LoopAt and GuardAt count from 1; 0 is none.
	LoopAt  int `json:",omitempty"`
	GuardAt int `json:",omitempty"`
}

// Encode writes the draft as JSON, for Decode.
func (d *Draft) Encode() (json.RawMessage, error) {
	s := stored{Draft: *d}
	loops, guards := map[*Loop]int{}, map[*Guard]int{}
	for _, st := range d.Steps {
		k := storedStep{Step: *st}
		if st.Op != nil {
			k.Connection, k.Operation = st.Entry.Connection, st.Op.ID()
		}
		if l := st.Loop; l != nil {
			if loops[l] == 0 {
				s.Loops = append(s.Loops, l)
				loops[l] = len(s.Loops)
			}
			k.LoopAt = loops[l]
		}
		if g := st.Guard; g != nil {
			if guards[g] == 0 {
				s.Guards = append(s.Guards, g)
				guards[g] = len(s.Guards)
			}
			k.GuardAt = guards[g]
		}
		s.Steps = append(s.Steps, k)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("draft: encode: %w", err)
	}
	return raw, nil
}

// Decode reads what Encode wrote. It fails where an operation is no longer in the
// set.
func Decode(raw json.RawMessage, set *catalog.Set) (*Draft, error) {
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("draft: decode: %w", err)
	}
	d := &s.Draft
	for _, k := range s.Steps {
		st := k.Step
		if k.Operation != "" {
			e, ok := set.Entry(k.Connection)
			if ok {
				st.Entry = e
				st.Op, ok = e.Op(k.Operation)
			}
			if !ok {
				return nil, fmt.Errorf("draft: decode: step %q: its operation is gone", st.ID)
			}
		}
		if k.LoopAt < 0 || k.LoopAt > len(s.Loops) || k.GuardAt < 0 || k.GuardAt > len(s.Guards) {
			return nil, fmt.Errorf("draft: decode: step %q: no such loop or condition", st.ID)
		}
		if k.LoopAt > 0 {
			st.Loop = s.Loops[k.LoopAt-1]
		}
		if k.GuardAt > 0 {
			st.Guard = s.Guards[k.GuardAt-1]
		}
		d.Steps = append(d.Steps, &st)
	}
	return d, nil
}
