package builtin

import (
	"strconv"
	"strings"
	"time"
)

var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "1/2/2006",
	"January 2 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006"}

// parseDate reads absolute dates and those relative to now. clock says that a
// time of day was given.
func parseDate(s string, now time.Time) (at time.Time, clock, ok bool) {
	t := strings.ToLower(strings.NewReplacer(",", "", ".", "", " of ", " ").Replace(s))
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch t {
	case "today", "tonight":
		return day, false, true
	case "tomorrow":
		return day.AddDate(0, 0, 1), false, true
	case "yesterday":
		return day.AddDate(0, 0, -1), false, true
	}
	fields := strings.Fields(t)
	if at, ok := relative(fields, day); ok {
		return at, false, true
	}
	for i, f := range fields {
		if len(f) > 2 && f[0] >= '0' && f[0] <= '9' {
			for _, suffix := range []string{"st", "nd", "rd", "th"} {
				fields[i] = strings.TrimSuffix(fields[i], suffix)
			}
		}
		if f == "sept" {
			fields[i] = "sep"
		}
	}
	t = strings.Join(fields, " ")
	for _, candidate := range []string{t, strings.ToUpper(t), t + " " + strconv.Itoa(now.Year())} {
		for _, l := range layouts {
			if at, err := time.Parse(l, candidate); err == nil {
				return at, strings.Contains(l, "15"), true
			}
		}
	}
	return time.Time{}, false, false
}

func relative(f []string, day time.Time) (time.Time, bool) {
	if len(f) == 2 {
		sign := map[string]int{"next": 1, "this": 0, "last": -1, "on": 0}
		s, ok := sign[f[0]]
		if !ok {
			return time.Time{}, false
		}
		if at, ok := shift(day, s, f[1]); ok {
			return at, true
		}
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.ToLower(d.String()) != f[1] {
				continue
			}
			ahead := (int(d) - int(day.Weekday()) + 7) % 7
			switch {
			case s < 0 && ahead != 0:
				ahead -= 7
			case s < 0:
				ahead = -7
			case ahead == 0:
				ahead = 7
			}
			return day.AddDate(0, 0, ahead), true
		}
	}
	if len(f) >= 3 {
		if f[0] == "in" {
			if n, err := strconv.Atoi(f[1]); err == nil {
				return shift(day, n, f[2])
			}
		}
		n, err := strconv.Atoi(f[0])
		if err == nil && f[2] == "ago" {
			return shift(day, -n, f[1])
		}
		if err == nil && f[2] == "from" {
			return shift(day, n, f[1])
		}
	}
	return time.Time{}, false
}

func shift(day time.Time, n int, unit string) (time.Time, bool) {
	switch strings.TrimSuffix(unit, "s") {
	case "day":
		return day.AddDate(0, 0, n), true
	case "week":
		return day.AddDate(0, 0, 7*n), true
	case "month":
		return day.AddDate(0, n, 0), true
	case "year":
		return day.AddDate(n, 0, 0), true
	}
	return time.Time{}, false
}
