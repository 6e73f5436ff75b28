package asl

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/apiq/apiq/shared/expr"
)

// bounds are what a number must keep to.
type bounds struct {
	low, high float64
	whole     bool
}

// The numbers of definitions (Step Functions Developer Guide, each field's page).
var (
	inSeconds  = bounds{1, 99_999_999, true}
	inWait     = bounds{0, 99_999_999, true}
	inAttempts = bounds{0, 99_999_999, true}
	inDelay    = bounds{1, 31_622_399, true}
	inBackoff  = bounds{1, math.MaxFloat64, false}
	inCount    = bounds{0, math.MaxInt32, true}
	inShare    = bounds{0, 100, false}
)

// takes says whether a number is within the bounds, and if not, what it must be.
func (b bounds) takes(f float64) (ok bool, must string) {
	switch {
	case b.whole && f != math.Trunc(f):
		return false, "a whole number"
	case f >= b.low && f <= b.high:
		return true, ""
	case b.high == math.MaxFloat64:
		return false, fmt.Sprintf("at least %.0f", b.low)
	}
	return false, fmt.Sprintf("between %.0f and %.0f", b.low, b.high)
}

func (p *reader) within(path string, f float64, b bounds) {
	if ok, must := b.takes(f); !ok {
		p.fault(path, "must be %s", must)
	}
}

// figure reads a number. One that is written down is checked here, one that an
// expression gives when the state runs.
func (p *reader) figure(path, name string, raw json.RawMessage, b bounds) *template {
	t := p.template(path+"/"+name, name, raw)
	if t == nil {
		return nil
	}
	t.bounds = b
	if t.program != nil {
		return t
	}
	f, ok := expr.Plain(t.constant).(float64)
	if !ok {
		p.fault(path+"/"+name, "must be a number, or an expression that gives one")
		return nil
	}
	p.within(path+"/"+name, f, b)
	return t
}
