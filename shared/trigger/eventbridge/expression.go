package eventbridge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/trigger"
)

// maxExpression is the longest schedule expression (EventBridge Scheduler API,
// CreateSchedule).
const maxExpression = 256

// expressions are the schedule expressions of a cron: one, or two where both day
// fields are given, of which either lets a day count: EventBridge wants a ? in one.
func expressions(c trigger.Cron) ([]string, error) {
	minute, hour := field(c.Spec.Minute, 0, 59, 0), field(c.Spec.Hour, 0, 23, 0)
	month := field(c.Spec.Month, 1, 12, 0)
	dom := field(c.Spec.Dom, 1, 31, 0)
	dow := field(c.Spec.Dow, 0, 6, 1) // Sunday is 1 there
	var all []string
	anyDom, anyDow := trigger.AnyDay(c.Spec.Dom), trigger.AnyDay(c.Spec.Dow)
	if !anyDom || anyDow {
		all = append(all, fmt.Sprintf("cron(%s %s %s %s ? *)", minute, hour, dom, month))
	}
	if !anyDow {
		all = append(all, fmt.Sprintf("cron(%s %s ? %s %s *)", minute, hour, month, dow))
	}
	for _, e := range all {
		if len(e) > maxExpression {
			return nil, fmt.Errorf("%w: written out, its lists have more than %d characters: use fewer times, or ranges and steps", trigger.ErrClock, maxExpression)
		}
	}
	return all, nil
}

// field writes the values of a field, each raised by shift: all of them as *, a
// run as a range, regular steps up to the end as start/step, else a list. Ranges
// stand in no list, which keeps to what the documentation shows.
func field(bits uint64, low, high, shift int) string {
	var values []int
	for v := low; v <= high; v++ {
		if bits&(1<<v) != 0 {
			values = append(values, v+shift)
		}
	}
	first, last := values[0], values[len(values)-1]
	step := 1
	if len(values) > 1 {
		step = values[1] - first
	}
	regular := true
	for i := 1; i < len(values); i++ {
		regular = regular && values[i]-values[i-1] == step
	}
	switch {
	case len(values) == high-low+1:
		return "*"
	case len(values) == 1:
		return strconv.Itoa(first)
	case regular && step == 1:
		return strconv.Itoa(first) + "-" + strconv.Itoa(last)
	case regular && len(values) > 2 && last+step > high+shift:
		return strconv.Itoa(first) + "/" + strconv.Itoa(step)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return strings.Join(texts, ",")
}
