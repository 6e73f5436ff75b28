package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/boot"
)

// demoCmd does the main job on a server of its own, over HTTP, and says how it goes.
type demoCmd struct {
	Goal    string        `help:"What to do, in plain words." default:"${goal}"`
	Timeout time.Duration `help:"Give up after this long." default:"60s"`
}

const demoGoal = `Find available pets in the Petstore, place an order for the first one, then create a Gitea issue for owner "acme" and repo "ops" with the pet name as title`

// Run exits non-zero on any failure, a run that does not complete included.
func (c demoCmd) Run(ctx context.Context, io streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	data, err := os.MkdirTemp("", "apiq-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(data) }() // a temporary folder; the system cleans what stays
	config, err := boot.Load(map[string]string{"APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "error"})
	if err != nil {
		return err
	}
	log, err := boot.Logger(io.err, config.LogLevel)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	url, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- serve(serving, config, log, func(u string) { url <- u }) }()
	select {
	case err := <-ended:
		return err
	case u := <-url:
		err = (&demo{client: newClient(u), out: io.out, began: time.Now()}).run(ctx, c.Goal)
	}
	stop()
	return errors.Join(err, <-ended)
}

// demo is one walk through the main job.
type demo struct {
	client *client
	out    interface{ Write([]byte) (int, error) }
	began  time.Time
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "%6.2fs  %s\n", time.Since(d.began).Seconds(), fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context, goal string) error {
	if err := d.client.post(ctx, "/api/auth/register", map[string]any{"email": "demo@example.com", "name": "Demo", "password": "a demo needs one"}, &d.client.session); err != nil {
		return err
	}
	d.say("registered, workspace %q", d.client.session.Workspace.Name)
	var apis []struct {
		ID, Name, Status string
		EndpointCount    int
	}
	if err := d.client.get(ctx, "/api/apis", &apis); err != nil {
		return err
	}
	names := map[string]string{}
	for _, a := range apis {
		names[a.ID] = a.Name
		d.say("connected  %-10s %-8s %d operations", a.Name, a.Status, a.EndpointCount)
	}
	d.say("goal       %s", goal)
	var p demoPlan
	if err := d.client.post(ctx, "/api/chat", map[string]any{"message": goal}, &p); err != nil {
		return err
	}
	d.show(p, names)
	if len(p.Questions) > 0 {
		return fmt.Errorf("the plan has open questions: %v", p.Questions)
	}
	var started struct{ WorkflowID, ExecutionID string }
	if err := d.client.post(ctx, "/api/chat/execute", map[string]any{"planId": p.PlanID, "confirm": true, "confirmIrreversible": p.irreversible()}, &started); err != nil {
		return err
	}
	d.say("confirmed  run %s", started.ExecutionID)
	return d.follow(ctx, started.ExecutionID)
}

type demoPlan struct {
	PlanID, Planner, Message string
	Confidence               float64
	LatencyMs                int64
	Questions                []struct{ Text, Field string }
	Steps                    []struct {
		ID, Type, Connection, Operation, Why, Risk string
		Checks                                     []struct {
			Name   string
			OK     *bool
			Detail string
		}
	}
}

func (p demoPlan) irreversible() []string {
	ids := []string{}
	for _, s := range p.Steps {
		if s.Risk == "irreversible" {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (d *demo) show(p demoPlan, names map[string]string) {
	d.say("plan       by the %s planner in %d ms, confidence %.0f %%", p.Planner, p.LatencyMs, p.Confidence*100)
	for line := range strings.SplitSeq(strings.TrimSpace(p.Message), "\n") {
		d.say("           %s", line)
	}
	for i, s := range p.Steps {
		d.say("  %d. %-24s %s %s (%s)", i+1, s.ID, names[s.Connection], s.Operation, s.Risk)
		for _, c := range s.Checks {
			mark := "?"
			if c.OK != nil {
				if mark = "✗"; *c.OK {
					mark = "✓"
				}
			}
			d.say("       %s %-10s %s", mark, c.Name, c.Detail)
		}
	}
}

// follow prints the run's log as it comes, then the timeline.
func (d *demo) follow(ctx context.Context, run string) error {
	for after, done := int64(0), false; !done; {
		var got struct {
			Items []struct {
				Type, Status, Path string
				Attempt, HTTP      int
			}
			Next int64
			Done bool
		}
		if err := d.client.get(ctx, fmt.Sprintf("/api/executions/%s/events?after=%d&wait=10", run, after), &got); err != nil {
			return err
		}
		for _, e := range got.Items {
			switch e.Type {
			case "attempt":
				if e.HTTP > 0 {
					d.say("  %-24s attempt %d answered %d", e.Path, e.Attempt, e.HTTP)
				}
			case "step":
				d.say("  %-24s %s", e.Path, e.Status)
			default:
				d.say("run is %s", e.Status)
			}
		}
		after, done = got.Next, got.Done
	}
	return d.timeline(ctx, run)
}

const barWidth = 40

func (d *demo) timeline(ctx context.Context, run string) error {
	var got struct {
		Status                 string
		StartedAt, CompletedAt time.Time
		Error                  *struct{ Name, Cause string }
		Steps                  []struct {
			Path, Status       string
			StartedAt, EndedAt time.Time
		}
	}
	if err := d.client.get(ctx, "/api/executions/"+run, &got); err != nil {
		return err
	}
	whole := max(got.CompletedAt.Sub(got.StartedAt), time.Millisecond)
	fmt.Fprintf(d.out, "\nTimeline of %s (%d ms)\n", run, whole.Milliseconds())
	for _, s := range got.Steps {
		from := min(barWidth-1, max(0, int(barWidth*s.StartedAt.Sub(got.StartedAt)/whole)))
		length := min(barWidth-from, max(1, int(barWidth*s.EndedAt.Sub(s.StartedAt)/whole)))
		fmt.Fprintf(d.out, "  %-24s %s%s%s %5d ms  %s\n", s.Path, strings.Repeat("·", from), strings.Repeat("█", length),
			strings.Repeat("·", barWidth-from-length), s.EndedAt.Sub(s.StartedAt).Milliseconds(), s.Status)
	}
	fmt.Fprintf(d.out, "\n%s in %.1f s\n", got.Status, time.Since(d.began).Seconds())
	if got.Status == "COMPLETED" {
		return nil
	}
	if got.Error != nil {
		return fmt.Errorf("the run ended %s: %s: %s", got.Status, got.Error.Name, got.Error.Cause)
	}
	return fmt.Errorf("the run ended %s", got.Status)
}
