package statemachines_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/upkeep"
	"github.com/apiq/apiq/statemachines"
)

// sweep is a function that does something in each workspace of some pages.
type sweep struct {
	t     *testing.T
	pages []int // how many workspaces each page has
	// run decodes the payload and gives its workspace.
	run  func(payload map[string]any) string
	done func(workspace string) (any, error)
	list func() error
	seen []string
}

func (s *sweep) call(payload map[string]any) (any, error) {
	switch payload["op"] {
	case "list":
		if s.list != nil {
			if err := s.list(); err != nil {
				return nil, err
			}
		}
		in := strict[upkeep.ListCall](s.t, payload)
		i, _ := strconv.Atoi(in.Cursor)
		page := upkeep.WorkspacePage{Workspaces: []string{}}
		for n := range s.pages[i] {
			page.Workspaces = append(page.Workspaces, key("wsp_%d_%d", i, n))
		}
		if i+1 < len(s.pages) {
			page.Cursor = strconv.Itoa(i + 1)
		}
		return page, nil
	case "run":
		workspace := s.run(payload)
		s.seen = append(s.seen, workspace)
		return s.done(workspace)
	}
	s.t.Errorf("payload %v", payload)
	return nil, failed("Test.Call")
}

// kinds are the two machines of this form.
func kinds() map[string]struct {
	each  string // the Map; its task is each+"One"
	done  any
	total string
	run   func(t *testing.T, day string) func(map[string]any) string
} {
	type kind = struct {
		each  string
		done  any
		total string
		run   func(t *testing.T, day string) func(map[string]any) string
	}
	return map[string]kind{
		statemachines.KeyRotation: {"Rotate", upkeep.RotationDone{Rotated: 1, Rewrapped: 2, Resealed: 3}, `{"workspaces":5,"rotated":5,"rewrapped":10,"resealed":15}`,
			func(t *testing.T, _ string) func(map[string]any) string {
				return func(p map[string]any) string { return strict[upkeep.RotationCall](t, p).Workspace }
			}},
		statemachines.AuditArchive: {"Archive", upkeep.ArchiveDone{Records: 7, Manifest: "m"}, `{"workspaces":5,"records":35}`,
			func(t *testing.T, day string) func(map[string]any) string {
				return func(p map[string]any) string {
					in := strict[upkeep.ArchiveCall](t, p)
					if in.Day != day {
						t.Errorf("day %s, want %s", in.Day, day)
					}
					return in.Workspace
				}
			}},
	}
}

func TestSweeps(t *testing.T) {
	t.Parallel()
	for name, k := range kinds() {
		page := func(n int) []string {
			return join([]string{"List", k.each}, repeat(n, k.each+"One"), []string{"More"})
		}
		begin := []string{"Begin"}
		t.Run(name+" over pages", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: []int{3, 0, 1, 1}, run: k.run(t, "2026-03-01")}
			s.done = func(string) (any, error) { return k.done, nil }
			e := play(t, name, `{}`, s.call)
			e.want(t, asl.Succeeded, "", join(begin, page(3), page(0), page(1), page(1), []string{"Done"})...)
			e.wantOutput(t, k.total)
			if len(s.seen) != 5 || len(slices.Compact(s.seen)) != 5 {
				t.Errorf("did %v", s.seen)
			}
		})
		t.Run(name+" of nothing", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: []int{0}}
			play(t, name, `{}`, s.call).want(t, asl.Succeeded, "", join(begin, page(0), []string{"Done"})...)
		})
		t.Run(name+" retried", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: []int{1}, run: k.run(t, "2025-12-31")}
			left := 3
			s.done = func(string) (any, error) {
				if left--; left >= 0 {
					return nil, failed("Apiq.Unavailable")
				}
				return k.done, nil
			}
			s.list = func() error { s.list = nil; return failed("Lambda.TooManyRequestsException") }
			e := play(t, name, `{"day":"2025-12-31"}`, s.call)
			e.want(t, asl.Succeeded, "", join(begin, page(1), []string{"Done"})...)
			if e.calls != 6 {
				t.Errorf("%d calls", e.calls)
			}
		})
		t.Run(name+" partly failing", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: []int{2, 2}, run: k.run(t, "2026-03-01")}
			s.done = func(workspace string) (any, error) {
				switch workspace {
				case "wsp_0_1":
					return nil, failed("Apiq.Refused")
				case "wsp_1_0":
					return nil, failed("Runtime.ExitError")
				}
				return k.done, nil
			}
			e := play(t, name, `{}`, s.call)
			e.want(t, asl.Failed, "Apiq.SomeFailed", join(begin, []string{"List", k.each}, repeat(2, k.each+"One"), []string{"OneFailed", "More"},
				[]string{"List", k.each}, repeat(2, k.each+"One"), []string{"OneFailed", "More", "SomeFailed"})...)
			if e.cause != "2 of 4 workspaces: wsp_0_1 (Apiq.Refused), wsp_1_0 (Runtime.ExitError)" || len(slices.Compact(slices.Sorted(slices.Values(s.seen)))) != 4 {
				t.Errorf("cause %q, did %v", e.cause, s.seen)
			}
		})
		t.Run(name+" cannot list", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: []int{1, 1}, run: k.run(t, "2026-03-01")}
			s.done = func(string) (any, error) {
				s.list = func() error { return failed("Surprise") }
				return nil, failed("Apiq.Refused")
			}
			e := play(t, name, `{}`, s.call)
			e.want(t, asl.Failed, "Apiq.ListFailed", "Begin", "List", k.each, k.each+"One", "OneFailed", "More", "List", "ListFailed")
			if e.cause != `Surprise; go on with the cursor "1"; failed: wsp_0_0 (Apiq.Refused)` {
				t.Errorf("cause %q", e.cause)
			}
		})
		t.Run(name+" ends in time", func(t *testing.T) {
			t.Parallel()
			s := &sweep{t: t, pages: slices.Repeat([]int{40}, 62), run: k.run(t, "2026-03-01")}
			s.done = func(string) (any, error) { return k.done, nil }
			e := play(t, name, `{}`, s.call)
			if e.status != asl.Failed || e.error != "Apiq.Unfinished" || e.cause != `go on with the cursor "60"` || e.events > 18_000 {
				t.Errorf("%s %s: %s; %d events", e.status, e.error, e.cause, e.events)
			}
			rest := play(t, name, `{"cursor":"60"}`, s.call)
			if rest.status != asl.Succeeded || len(s.seen) != 62*40 {
				t.Errorf("%s, %d workspaces", rest.status, len(s.seen))
			}
			t.Logf("%d events for 60 pages", e.events)
		})
	}
}

// TestArchivedDay: without a day it is the last one that is settled, which the day
// before is not in the first quarter of an hour: a record may still come to it.
func TestArchivedDay(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{0: "2026-02-28", audit.Settled - time.Second: "2026-02-28", audit.Settled: "2026-03-01", 23 * time.Hour: "2026-03-01"} {
		s := &sweep{t: t, pages: []int{1}, done: func(string) (any, error) { return upkeep.ArchiveDone{}, nil }}
		s.run = func(payload map[string]any) string {
			in := strict[upkeep.ArchiveCall](t, payload)
			if in.Day != want {
				t.Errorf("%v after midnight: %s, want %s", after, in.Day, want)
			}
			return in.Workspace
		}
		if e := playAt(t, midnight.Add(after), statemachines.AuditArchive, "{}", s.call); e.status != asl.Succeeded || len(s.seen) != 1 {
			t.Errorf("%v after midnight: %s %s %s", after, e.status, e.error, e.cause)
		}
	}
}
