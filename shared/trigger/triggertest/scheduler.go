package triggertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/trigger"
)

// Began is when the time of a harness begins: a Monday in winter.
func Began() time.Time { return time.Date(2026, 1, 5, 10, 0, 30, 0, time.UTC) }

// Scheduled is a Scheduler under test.
type Scheduled struct {
	trigger.Scheduler
	// Advance moves time to a moment and returns once everything that came due on
	// the way has been handed over, in steps as small as the scheduler needs them.
	Advance func(t *testing.T, to time.Time)
}

// OpenScheduler makes a Scheduler with no clocks, at Began, that hands its ticks to
// fire. A scheduler of another place that cannot move time gives a nil Advance.
type OpenScheduler func(t *testing.T, fire func(context.Context, trigger.Tick) error) Scheduled

// Scheduler judges an adapter.
func Scheduler(t *testing.T, open OpenScheduler) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *clocks){
		"times": testTimes, "put again": testPutAgain, "replace": testReplace, "delete": testDelete,
		"tried again": testTriedAgain, "many": testMany, "check": testCheck, "apart": testApart,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clocks{}
			c.Scheduled = open(t, c.fire)
			test(t, c)
		})
	}
}

// clocks is a scheduler and what it fired.
type clocks struct {
	Scheduled
	mu    sync.Mutex
	ticks []trigger.Tick
	fail  func(trigger.Tick) error
}

func (c *clocks) fire(_ context.Context, k trigger.Tick) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(k); err != nil {
			return err
		}
	}
	c.ticks = append(c.ticks, k)
	return nil
}

// at are the times that a trigger fired for, each once: repeats are allowed.
func (c *clocks) at(tid string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, k := range c.ticks {
		if at := k.At.UTC().Format("01-02 15:04"); k.Trigger == tid && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

func (c *clocks) forward(t *testing.T, d time.Duration) {
	t.Helper()
	if c.Advance == nil {
		t.Skip("time cannot be moved here")
	}
	c.Advance(t, Began().Add(d))
}

func clock(cron, zone string) trigger.Clock {
	return trigger.Clock{Trigger: id.New(id.Trigger), Workspace: id.New(id.Workspace), Cron: cron, Timezone: zone, Revision: "r1", Keep: time.Hour}
}

func put(t *testing.T, s trigger.Scheduler, c trigger.Clock) {
	t.Helper()
	if err := s.Put(t.Context(), c); err != nil {
		t.Fatalf("%s: %v", c.Cron, err)
	}
}

// testTimes: what each field means, in its zone.
func testTimes(t *testing.T, c *clocks) {
	const day = 24 * time.Hour
	cases := []struct {
		cron, zone string
		days       int
		want       []string
	}{
		{"30 9 * * *", "UTC", 2, []string{"01-06 09:30", "01-07 09:30"}},
		{"30 9 * * *", "Asia/Kolkata", 1, []string{"01-06 04:00"}},
		{"0 12 * * 0", "UTC", 14, []string{"01-11 12:00", "01-18 12:00"}},                                              // Sunday is 0
		{"0 12 * * SUN,6", "UTC", 7, []string{"01-10 12:00", "01-11 12:00"}},                                           // names, lists
		{"0 0 * * 1-5", "UTC", 7, []string{"01-06 00:00", "01-07 00:00", "01-08 00:00", "01-09 00:00", "01-12 00:00"}}, // weekdays
		{"0 6 10 * *", "UTC", 30, []string{"01-10 06:00"}},
		{"0 6 */10 * *", "UTC", 28, []string{"01-11 06:00", "01-21 06:00", "01-31 06:00", "02-01 06:00"}},
		{"0 6 13 * 5", "UTC", 14, []string{"01-09 06:00", "01-13 06:00", "01-16 06:00"}}, // either day counts
		{"0 6 1 FEB *", "UTC", 60, []string{"02-01 06:00"}},
		{"15,45 22-23 5 1 *", "UTC", 2, []string{"01-05 22:15", "01-05 22:45", "01-05 23:15", "01-05 23:45"}},
		{"5/20 23 5 1 *", "UTC", 2, []string{"01-05 23:05", "01-05 23:25", "01-05 23:45"}},
		{"0 9 28-30 3 *", "Europe/Berlin", 90, []string{"03-28 08:00", "03-29 07:00", "03-30 07:00"}}, // the clocks change on the 29th
	}
	all := make([]trigger.Clock, len(cases))
	most := 0
	for i, tc := range cases {
		all[i] = clock(tc.cron, tc.zone)
		put(t, c, all[i])
		most = max(most, tc.days)
	}
	c.forward(t, time.Duration(most)*day)
	for i, tc := range cases {
		var want []string
		limit := Began().Add(time.Duration(tc.days) * day).Format("01-02 15:04")
		for _, at := range c.at(all[i].Trigger) {
			if at <= limit {
				want = append(want, at)
			}
		}
		if diff := cmp.Diff(tc.want, want); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", tc.cron, tc.zone, diff)
		}
	}
	for _, k := range c.ticks {
		i := slices.IndexFunc(all, func(c trigger.Clock) bool { return c.Trigger == k.Trigger })
		if i < 0 || k.Workspace != all[i].Workspace || k.Revision != "r1" || !k.At.Equal(k.At.Truncate(time.Minute)) {
			t.Fatalf("a tick is not its clock's: %+v", k)
		}
	}
}

func testPutAgain(t *testing.T, c *clocks) {
	k := clock("*/15 * * * *", "UTC")
	for range 3 {
		put(t, c, k)
	}
	c.forward(t, 16*time.Minute)
	put(t, c, k)
	c.forward(t, 31*time.Minute)
	if diff := cmp.Diff([]string{"01-05 10:15", "01-05 10:30"}, c.at(k.Trigger)); diff != "" {
		t.Error(diff)
	}
	if len(c.ticks) != 2 {
		t.Errorf("%d ticks", len(c.ticks))
	}
}

func testReplace(t *testing.T, c *clocks) {
	k := clock("15 * * * *", "UTC")
	put(t, c, k)
	for i, cron := range []string{"20 * * * *", "0 6 13 * 5", "40 * * * *"} { // the middle one may take two schedules
		k.Cron, k.Revision = cron, fmt.Sprintf("r%d", i+2)
		put(t, c, k)
	}
	c.forward(t, 10*24*time.Hour)
	if len(c.ticks) != 240 {
		t.Errorf("%d ticks", len(c.ticks))
	}
	for _, tick := range c.ticks {
		if tick.Revision != "r4" || tick.At.Minute() != 40 {
			t.Fatalf("an older clock goes on: %+v", tick)
		}
	}
}

func testDelete(t *testing.T, c *clocks) {
	one, two := clock("* * * * *", "UTC"), clock("0 6 13 * 5", "UTC")
	put(t, c, one)
	put(t, c, two)
	for range 2 {
		for _, k := range []trigger.Clock{one, two, clock("* * * * *", "UTC")} {
			if err := c.Delete(t.Context(), k.Trigger); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.forward(t, 10*24*time.Hour)
	if len(c.ticks) != 0 {
		t.Errorf("%+v", c.ticks)
	}
	put(t, c, one)
	c.forward(t, 10*24*time.Hour+time.Minute)
	if len(c.ticks) != 1 {
		t.Errorf("%d ticks after it was put again", len(c.ticks))
	}
}

func testTriedAgain(t *testing.T, c *clocks) {
	k := clock("30 10 * * *", "UTC")
	put(t, c, k)
	failures := 0
	c.fail = func(trigger.Tick) error {
		if failures++; failures <= 2 {
			return errors.New("not now")
		}
		return nil
	}
	c.forward(t, 30*time.Minute)
	c.forward(t, 50*time.Minute)
	if diff := cmp.Diff([]string{"01-05 10:30"}, c.at(k.Trigger)); diff != "" || failures != 3 {
		t.Errorf("%d calls: %s", failures, diff)
	}
}

func testMany(t *testing.T, c *clocks) {
	want := map[string]int{}
	for range 120 {
		k := clock("45 10 * * *", "UTC")
		put(t, c, k)
		want[k.Trigger] = 1
	}
	c.forward(t, time.Hour)
	have := map[string]int{}
	for _, k := range c.ticks {
		have[k.Trigger]++
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

// testCheck: what no scheduler keeps. What Check takes, Put takes.
func testCheck(t *testing.T, c *clocks) {
	bad := func(change func(*trigger.Clock)) trigger.Clock {
		k := clock("0 6 * * *", "UTC")
		change(&k)
		return k
	}
	for _, k := range []trigger.Clock{
		bad(func(k *trigger.Clock) { k.Cron = "" }),
		bad(func(k *trigger.Clock) { k.Cron = "* * * *" }),
		bad(func(k *trigger.Clock) { k.Cron = "0 0 0 * * *" }),
		bad(func(k *trigger.Clock) { k.Cron = "61 * * * *" }),
		bad(func(k *trigger.Clock) { k.Cron = "0 0 30 2 *" }),
		bad(func(k *trigger.Clock) { k.Cron = "@daily" }),
		bad(func(k *trigger.Clock) { k.Timezone = "Mars/Olympus" }),
		bad(func(k *trigger.Clock) { k.Timezone = "" }),
		bad(func(k *trigger.Clock) { k.Trigger = "" }),
		bad(func(k *trigger.Clock) { k.Workspace = "" }),
		bad(func(k *trigger.Clock) { k.Keep = 0 }),
		bad(func(k *trigger.Clock) { k.Keep = 25 * time.Hour }),
	} {
		if err := c.Check(k); !errors.Is(err, trigger.ErrClock) {
			t.Errorf("Check of %+v: %v", k, err)
		}
		if err := c.Put(t.Context(), k); !errors.Is(err, trigger.ErrClock) {
			t.Errorf("Put of %+v: %v", k, err)
		}
	}
	for _, cron := range []string{"* * * * *", "*/7 3-20/4 1,15 * MON-FRI", "0 0 29 2 *", "59 23 31 12 *"} {
		k := clock(cron, "America/Argentina/Buenos_Aires")
		if err := c.Check(k); err != nil {
			t.Errorf("%s: %v", cron, err)
		}
		put(t, c, k)
	}
}

// testApart: clocks of different workspaces do not meet.
func testApart(t *testing.T, c *clocks) {
	one, two := clock("20 10 * * *", "UTC"), clock("20 10 * * *", "UTC")
	put(t, c, one)
	put(t, c, two)
	if err := c.Delete(t.Context(), one.Trigger); err != nil {
		t.Fatal(err)
	}
	c.forward(t, time.Hour)
	if len(c.ticks) != 1 || c.ticks[0].Workspace != two.Workspace {
		t.Errorf("%+v", c.ticks)
	}
}
