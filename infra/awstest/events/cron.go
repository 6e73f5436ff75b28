package events

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// expression is a cron expression of EventBridge Scheduler: minutes, hours, day of
// month, month, day of week (1–7, Sunday is 1), year; ? in one of the day fields
// (EventBridge Scheduler User Guide, "Schedule types").
type expression struct {
	minute, hour, dom, month, dow, year map[int]bool // nil: any
	zone                                *time.Location
}

var cronForm = regexp.MustCompile(`^cron\(([^()]+)\)$`)

func names(first int, all string) map[string]int {
	out := map[string]int{}
	for i, n := range strings.Fields(all) {
		out[n] = first + i
	}
	return out
}

// wording is the service's own wording.
type wording string

func (w wording) Error() string { return string(w) }

func unfit(what, value string) error {
	return wording(fmt.Sprintf("Invalid Schedule %s %s.", what, value))
}

func parseExpression(text, zone string) (*expression, error) {
	m := cronForm.FindStringSubmatch(text)
	if m == nil || len(text) > 256 {
		return nil, unfit("Expression", text)
	}
	fields := strings.Split(m[1], " ")
	if len(fields) != 6 || (fields[2] == "?") == (fields[4] == "?") {
		return nil, unfit("Expression", text)
	}
	e := &expression{}
	for i, f := range []struct {
		to        *map[int]bool
		low, high int
		names     map[string]int
	}{
		{&e.minute, 0, 59, nil}, {&e.hour, 0, 23, nil}, {&e.dom, 1, 31, nil},
		{&e.month, 1, 12, names(1, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
		{&e.dow, 1, 7, names(1, "SUN MON TUE WED THU FRI SAT")}, {&e.year, 1970, 2199, nil},
	} {
		if fields[i] == "*" || fields[i] == "?" && (i == 2 || i == 4) {
			continue
		}
		values, ok := values(fields[i], f.low, f.high, f.names)
		if !ok {
			return nil, unfit("Expression", text)
		}
		*f.to = values
	}
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" || len(zone) > 50 {
		return nil, unfit("Expression Timezone", zone)
	}
	e.zone = loc
	return e, nil
}

// values reads a list of numbers, or one range, or one start with a step. What the
// documentation does not show together is refused.
func values(text string, low, high int, names map[string]int) (map[int]bool, bool) {
	number := func(s string) (int, bool) {
		if n, ok := names[s]; ok {
			return n, true
		}
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= low && n <= high
	}
	out := map[int]bool{}
	if first, step, ok := strings.Cut(text, "/"); ok {
		from, good := low, true
		if first != "*" {
			from, good = number(first)
		}
		by, err := strconv.Atoi(step)
		if !good || err != nil || by < 1 || by > high {
			return nil, false
		}
		for v := from; v <= high; v += by {
			out[v] = true
		}
		return out, true
	}
	if first, last, ok := strings.Cut(text, "-"); ok {
		from, good1 := number(first)
		to, good2 := number(last)
		if !good1 || !good2 || from > to {
			return nil, false
		}
		for v := from; v <= to; v++ {
			out[v] = true
		}
		return out, true
	}
	for part := range strings.SplitSeq(text, ",") {
		n, ok := number(part)
		if !ok || out[n] {
			return nil, false
		}
		out[n] = true
	}
	return out, true
}

// due says whether a minute is one of the expression's.
func (e *expression) due(minute time.Time) bool {
	t := minute.In(e.zone)
	in := func(values map[int]bool, v int) bool { return values == nil || values[v] }
	return in(e.minute, t.Minute()) && in(e.hour, t.Hour()) && in(e.dom, t.Day()) && in(e.month, int(t.Month())) &&
		in(e.dow, int(t.Weekday())+1) && in(e.year, t.Year()) && (e.hour == nil || !again(t))
}

// again says whether the clock showed the same time before, an hour that a change
// brought back.
func again(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-time.Second).Zone()
	_, now := t.Zone()
	return before > now && t.Before(start.Add(time.Duration(before-now)*time.Second))
}
