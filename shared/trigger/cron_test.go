package trigger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/trigger"
)

func TestCron(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fields, zone string }{
		{"", "UTC"}, {"* * * *", "UTC"}, {"* * * * * *", "UTC"}, {"@hourly", "UTC"}, {"@every 1s x x x", "UTC"}, {"TZ=UTC * * * *", "UTC"}, {"CRON_TZ=Asia/Tokyo 0 * * *", "UTC"},
		{"60 * * * *", "UTC"}, {"* 24 * * *", "UTC"}, {"* * 0 * *", "UTC"}, {"* * * 13 *", "UTC"}, {"* * * * 8", "UTC"}, {"*/0 * * * *", "UTC"}, {"5-1 * * * *", "UTC"},
		{"0 0 30 2 *", "UTC"}, {"0 0 31 4,6 *", "UTC"}, {"* * * * *", ""}, {"* * * * *", "Local"}, {"* * * * *", "Mars/Olympus"}, {"* * * * *", "../etc/passwd"},
	} {
		if _, err := trigger.ParseCron(c.fields, c.zone); err == nil {
			t.Errorf("%q in %q is taken", c.fields, c.zone)
		}
	}
}

// TestClockChange: what comes of times that a change leaves out or brings twice.
func TestClockChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fields string
		from   time.Time
		want   []string // UTC
	}{
		// On 29 March 2026 2:00 becomes 3:00 in Berlin, on 25 October 3:00 becomes 2:00.
		{"30 2 * * *", time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), []string{"28 01:30", "30 00:30", "31 00:30"}},
		{"30 2 * * *", time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), []string{"24 00:30", "25 00:30", "26 01:30"}},
		{"0 * * * *", time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC), []string{"25 00:00", "25 01:00", "25 02:00"}},
		{"0 3 * * *", time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), []string{"25 02:00", "26 02:00", "27 02:00"}},
	} {
		cron, err := trigger.ParseCron(c.fields, "Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for at := c.from; len(have) < len(c.want); {
			at = cron.Next(at)
			have = append(have, at.UTC().Format("02 15:04"))
		}
		if diff := cmp.Diff(c.want, have); diff != "" {
			t.Errorf("%s: %s", c.fields, diff)
		}
	}
}

func TestLatest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 30, 0, time.UTC)
	for _, c := range []struct {
		fields string
		after  time.Duration // before now
		want   string
	}{
		{"* * * * *", 10 * time.Minute, "2026-05-01 12:00"},
		{"* * * * *", 20 * 365 * 24 * time.Hour, "2026-05-01 12:00"},
		{"0 0 * * *", 20 * 365 * 24 * time.Hour, "2026-05-01 00:00"},
		{"0 0 1 1 *", 3 * 365 * 24 * time.Hour, "2026-01-01 00:00"},
		{"0 0 29 2 *", 9 * 365 * 24 * time.Hour, "2024-02-29 00:00"},
		{"0 0 * * *", time.Hour, ""},
		{"0 12 * * *", 30 * time.Second, ""}, // after is not among them
		{"0 12 * * *", 31 * time.Second, "2026-05-01 12:00"},
	} {
		cron, err := trigger.ParseCron(c.fields, "UTC")
		if err != nil {
			t.Fatal(err)
		}
		have := ""
		if at := cron.Latest(now.Add(-c.after), now); !at.IsZero() {
			have = at.Format("2006-01-02 15:04")
		}
		if have != c.want {
			t.Errorf("%s, %v back: %q, want %q", c.fields, c.after, have, c.want)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "*/5 1-3,7 1/2 JAN-MAR MON", "0 0 29 2 *", "TZ=x * * * *", "9999999999 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := trigger.ParseCron(s, "Europe/Berlin")
		if err == nil && c.Next(time.Unix(0, 0)).IsZero() {
			t.Errorf("%q never comes", s)
		}
	})
}
