package trigger

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // functions and small images have no time zone database

	"github.com/robfig/cron/v3"
)

// Cron is a parsed schedule.
type Cron struct {
	// Spec has a bit for each value of each field; the top bit of Dom and Dow says
	// that the field was a star.
	Spec *cron.SpecSchedule
}

// star is the bit of a field that was given as *.
const star = 1 << 63

// AnyDay says whether a day field (Dom, Dow) is a star. Where neither is, a day
// counts that fits either, as crontab(5) has it.
func AnyDay(field uint64) bool { return field&star != 0 }

var errFields = errors.New("five fields are needed: minute, hour, day of month, month, day of week")

// ParseCron reads five fields, with names, lists, ranges and steps as crontab(5)
// has them (day of week 0–6, Sunday is 0), and a name of the IANA database.
// A schedule that never comes is refused. The errors say what is wrong.
func ParseCron(fields, zone string) (Cron, error) {
	// The parser would take a time zone and descriptors for fields.
	if n := len(strings.Fields(fields)); n != 5 || strings.ContainsAny(fields, "=@") || len(fields) > 200 {
		return Cron{}, errFields
	}
	loc, err := location(zone)
	if err != nil {
		return Cron{}, err
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(fields)
	if err != nil {
		return Cron{}, err
	}
	spec, ok := s.(*cron.SpecSchedule)
	if !ok {
		return Cron{}, errFields
	}
	spec.Location = loc
	c := Cron{Spec: spec}
	if c.Next(time.Unix(0, 0)).IsZero() {
		return Cron{}, errors.New("no day is like this: it would never come")
	}
	return c, nil
}

func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "Local" { // what Go takes besides the database's names
		return nil, errors.New("a time zone is needed, by its name in the IANA database, such as Europe/Berlin")
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q in the IANA database", zone)
	}
	return loc, nil
}

// Next is the first time after t, zero for none within five years. Times that a
// clock change leaves out do not come. Those that it brings twice come once, as
// EventBridge Scheduler has it ("Daylight savings time"), but where any hour
// counts, the hour that is there again counts too.
func (c Cron) Next(t time.Time) time.Time {
	for {
		if t = c.Spec.Next(t); t.IsZero() || c.Spec.Hour&star != 0 || !again(t.In(c.Spec.Location)) {
			return t
		}
	}
}

// again says whether the clock showed the same time before, until a change set it back.
func again(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-time.Second).Zone()
	_, now := t.Zone()
	return before > now && t.Before(start.Add(time.Duration(before-now)*time.Second))
}

// Latest is the last time in (after, now], zero for none.
func (c Cron) Latest(after, now time.Time) time.Time {
	// From near to far, so that a year of missed minutes is not walked through.
	for _, back := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 32 * 24 * time.Hour, 10 * 366 * 24 * time.Hour} {
		from := now.Add(-back)
		if from.Before(after) {
			from = after
		}
		last := time.Time{}
		for t := c.Next(from); !t.IsZero() && !t.After(now); t = c.Next(t) {
			last = t
		}
		if !last.IsZero() || from.Equal(after) {
			return last
		}
	}
	return time.Time{}
}
