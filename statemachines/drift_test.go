package statemachines_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/upkeep"
	"github.com/apiq/apiq/statemachines"
)

// night is task-drift over pages of groups. refresh answers for one of them.
type night struct {
	t       *testing.T
	pages   [][]upkeep.DriftGroup
	refresh func(g upkeep.DriftGroup) (any, error)
	list    func(cursor string) error
	report  func() error
	reports []upkeep.DriftReport
	seen    []string
}

// page gives the page whose number the cursor is.
func (n *night) page(cursor string) upkeep.DriftPage {
	i := 0
	if cursor != "" {
		var err error
		if i, err = strconv.Atoi(cursor); err != nil || i < 1 {
			n.t.Errorf("cursor %q", cursor)
		}
	}
	page := upkeep.DriftPage{Groups: []upkeep.DriftGroup{}}
	if i < len(n.pages) {
		page.Groups = append(page.Groups, n.pages[i]...)
	}
	if i+1 < len(n.pages) {
		page.Cursor = strconv.Itoa(i + 1)
	}
	return page
}

func (n *night) call(payload map[string]any) (any, error) {
	switch payload["op"] {
	case "list":
		in := strict[upkeep.ListCall](n.t, payload)
		if n.list != nil {
			if err := n.list(in.Cursor); err != nil {
				return nil, err
			}
		}
		return n.page(in.Cursor), nil
	case "refresh":
		in := strict[upkeep.DriftCall](n.t, payload)
		n.seen = append(n.seen, in.Connections...)
		return n.refresh(in.DriftGroup)
	case "report":
		n.reports = append(n.reports, strict[upkeep.DriftReport](n.t, payload))
		if n.report != nil {
			return struct{}{}, n.report()
		}
		return struct{}{}, nil
	}
	n.t.Errorf("payload %v", payload)
	return nil, failed("Test.Call")
}

func groups(page, n int) []upkeep.DriftGroup {
	var out []upkeep.DriftGroup
	for i := range n {
		out = append(out, upkeep.DriftGroup{Workspace: key("wsp_%d", page), Connections: []string{key("con_%d_%d_a", page, i), key("con_%d_%d_b", page, i)}})
	}
	return out
}

// quiet finds nothing new in a group.
func quiet(g upkeep.DriftGroup) (any, error) {
	return upkeep.DriftFound{Checked: len(g.Connections), Failures: []upkeep.DriftFailure{}}, nil
}

func TestDriftOfNothing(t *testing.T) {
	t.Parallel()
	n := &night{t: t, refresh: quiet}
	e := play(t, statemachines.NightlyDrift, `{}`, n.call)
	e.want(t, asl.Succeeded, "", "Begin", "List", "Refresh", "More", "Report", "Judge", "Done")
	e.wantOutput(t, `{"checked":0,"changed":0,"breaking":0,"stale":0,"failed":0,"cursor":""}`)
	if len(n.reports) != 1 || n.reports[0].Failures == nil {
		t.Errorf("reports %+v", n.reports)
	}
}

// TestDriftOverPages: an empty page and a single group are pages like others;
// every connection is looked at once.
func TestDriftOverPages(t *testing.T) {
	t.Parallel()
	n := &night{t: t, pages: [][]upkeep.DriftGroup{groups(0, 3), nil, groups(2, 1), groups(3, 7)}}
	n.refresh = func(g upkeep.DriftGroup) (any, error) {
		return upkeep.DriftFound{Checked: len(g.Connections), Changed: 1, Breaking: 3, Stale: 1, Failures: []upkeep.DriftFailure{}}, nil
	}
	e := play(t, statemachines.NightlyDrift, `{"cursor":""}`, n.call)
	page := func(groups int) []string {
		return join([]string{"List", "Refresh"}, repeat(groups, "RefreshGroup"), []string{"More"})
	}
	e.want(t, asl.Succeeded, "", join([]string{"Begin"}, page(3), page(0), page(1), page(7), []string{"Report", "Judge", "Done"})...)
	e.wantOutput(t, `{"checked":22,"changed":11,"breaking":33,"stale":11,"failed":0,"cursor":""}`)
	slices.Sort(n.seen)
	if len(n.seen) != 22 || len(slices.Compact(n.seen)) != 22 {
		t.Errorf("looked at %v", n.seen)
	}
}

// TestDriftPartlyFailing: connections and whole groups that fail are told of in
// the report, and keep no other from being looked at.
func TestDriftPartlyFailing(t *testing.T) {
	t.Parallel()
	n := &night{t: t, pages: [][]upkeep.DriftGroup{groups(0, 2), groups(1, 2)}}
	tries := 0
	n.refresh = func(g upkeep.DriftGroup) (any, error) {
		switch g.Connections[0] {
		case "con_0_0_a": // one of its connections fails
			return upkeep.DriftFound{Checked: 2, Failures: []upkeep.DriftFailure{{Workspace: g.Workspace, Connection: "con_0_0_b", Code: "SPEC_UNREACHABLE"}}}, nil
		case "con_0_1_a": // comes back
			if tries++; tries <= 2 {
				return nil, failed("Apiq.Unavailable")
			}
		case "con_1_1_a": // lost
			return nil, failed("Runtime.ExitError")
		}
		return quiet(g)
	}
	e := play(t, statemachines.NightlyDrift, `{}`, n.call)
	e.want(t, asl.Succeeded, "", "Begin", "List", "Refresh", "RefreshGroup", "RefreshGroup", "More",
		"List", "Refresh", "RefreshGroup", "RefreshGroup", "GroupLost", "More", "Report", "Judge", "Done")
	want := []upkeep.DriftFailure{
		{Workspace: "wsp_0", Connection: "con_0_0_b", Code: "SPEC_UNREACHABLE"},
		{Workspace: "wsp_1", Connection: "con_1_1_a", Code: "Runtime.ExitError"}, {Workspace: "wsp_1", Connection: "con_1_1_b", Code: "Runtime.ExitError"},
	}
	if r := n.reports[0]; r.Failed != 3 || !slices.Equal(r.Failures, want) || r.Checked != 6 {
		t.Errorf("report %+v", r)
	}
}

// TestDriftManyFailures: the report names the first fifty and counts all.
func TestDriftManyFailures(t *testing.T) {
	t.Parallel()
	n := &night{t: t}
	for i := range 8 {
		n.pages = append(n.pages, groups(i, 10))
	}
	n.refresh = func(upkeep.DriftGroup) (any, error) { return nil, failed("Surprise") }
	e := play(t, statemachines.NightlyDrift, `{}`, n.call)
	if r := n.reports[0]; e.status != asl.Succeeded || r.Failed != 160 || len(r.Failures) != 50 || r.Failures[49].Connection == "" {
		t.Errorf("%s, %d of %d failures named", e.status, len(r.Failures), r.Failed)
	}
}

func TestDriftFails(t *testing.T) {
	t.Parallel()
	pages := [][]upkeep.DriftGroup{groups(0, 1), groups(1, 1)}
	second := func(cursor string) error {
		if cursor == "1" {
			return failed("Apiq.Unavailable")
		}
		return nil
	}
	e := play(t, statemachines.NightlyDrift, `{}`, (&night{t: t, pages: pages, refresh: quiet, list: second}).call)
	e.want(t, asl.Failed, "Apiq.ListFailed", "Begin", "List", "Refresh", "RefreshGroup", "More", "List", "ListFailed")
	if e.cause != `Apiq.Unavailable; go on with the cursor "1"` {
		t.Errorf("cause %q", e.cause)
	}
	lost := func() error { return failed("Surprise") }
	e = play(t, statemachines.NightlyDrift, `{"cursor":"1"}`, (&night{t: t, pages: pages, refresh: quiet, report: lost}).call)
	e.want(t, asl.Failed, "Apiq.ReportFailed", "Begin", "List", "Refresh", "RefreshGroup", "More", "Report", "ReportFailed")
	if e.cause != "Surprise after 2 connections" {
		t.Errorf("cause %q", e.cause)
	}
}

// TestDriftEndsInTime: more than one execution can do is told with the place to go
// on from, long before an execution has all the events that it may have.
func TestDriftEndsInTime(t *testing.T) {
	t.Parallel()
	n := &night{t: t, refresh: quiet}
	for i := range 203 {
		n.pages = append(n.pages, groups(i, 10))
	}
	e := play(t, statemachines.NightlyDrift, `{}`, n.call)
	if e.status != asl.Failed || e.error != "Apiq.Unfinished" || e.cause != `go on with the cursor "200"` || n.reports[0].Cursor != "200" {
		t.Errorf("%s %s: %s", e.status, e.error, e.cause)
	}
	if e.events > 18_000 {
		t.Errorf("%d events, at most 25,000 are allowed and retries need some", e.events)
	}
	t.Logf("%d events for 200 pages", e.events)
}
