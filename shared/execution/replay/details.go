package replay

import (
	"encoding/json"
	"fmt"
)

// details compares what does not decide a verdict: the wording of causes, and which
// event each event follows. It tells the first of either that is not AWS's.
func (p *player) details() (d Details, first string) {
	note := func(format string, args ...any) {
		if first == "" {
			first = fmt.Sprintf(format, args...)
		}
	}
	for i, e := range p.mine {
		want := &p.c.Events[i]
		d.Links++
		if e.Previous == want.Previous {
			d.SameLinks++
		} else {
			note("event %d %s follows event %d, by AWS event %d", i+1, e.Type, e.Previous, want.Previous)
		}
		var mine map[string]json.RawMessage
		if len(e.Details) > 0 && json.Unmarshal(e.Details, &mine) != nil {
			note("event %d %s has details that are no object", i+1, e.Type)
		}
		if want.Details["cause"] == nil && mine["cause"] == nil {
			continue
		}
		d.Causes++
		if p.same(want.Details["cause"], detail(mine["cause"])) {
			d.SameCauses++
		} else {
			note("the cause of event %d %s is worded %q, by AWS %q", i+1, e.Type, detail(mine["cause"]), want.text("cause"))
		}
	}
	return d, first
}
