package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	killRuns  = 6
	killSteps = 25
	killEnv   = "APIQ_TEST_KILL_CHILD"
)

// TestKill9 kills a process that runs workflows, again and again at random
// moments, and looks at the effects that a peer saw: each step happened, in
// order, and none that had finished happened again.
func TestKill9(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(killEnv); dir != "" {
		killChild(t, dir)
		return
	}
	dir := t.TempDir()
	kills := 0
	for done := false; !done; {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill9$", "-test.v")
		child.Env = append(os.Environ(), killEnv+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() == "begun" && kills < 8 {
				kills++
				after := time.Duration(rand.IntN(60)) * time.Millisecond
				time.AfterFunc(after, func() { _ = child.Process.Kill() })
			}
			if strings.HasPrefix(lines.Text(), "--- FAIL") {
				t.Fatal("the child failed")
			}
			done = done || lines.Text() == "done"
		}
		_ = child.Wait() // killed, or done
	}
	raw, err := os.ReadFile(filepath.Join(dir, "effects"))
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]int{}
	again := 0
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var name string
		var step int
		if _, err := fmt.Sscanf(line, "%s %d", &name, &step); err != nil {
			t.Fatalf("effect %q: %v", line, err)
		}
		switch step - reached[name] {
		case 1:
			reached[name] = step
		case 0:
			again++ // in flight when it was killed
		default:
			t.Fatalf("%s: step %d after step %d", name, step, reached[name])
		}
	}
	for i := range killRuns {
		if n := reached[fmt.Sprintf("exe_%d", i)]; n != killSteps {
			t.Errorf("run %d reached step %d of %d", i, n, killSteps)
		}
	}
	if again > kills*killRuns {
		t.Errorf("%d effects twice, with %d kills of %d runs", again, kills, killRuns)
	}
	t.Logf("%d kills, %d effects, %d of them twice", kills, killRuns*killSteps, again)
}

// killChild runs the workflows to their ends, if it lives.
func killChild(t *testing.T, dir string) {
	effects, err := os.OpenFile(filepath.Join(dir, "effects"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = effects.Close() }()
	call := func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		var p struct{ N int }
		if err := json.Unmarshal(task.Payload, &p); err != nil {
			return nil, err
		}
		_, err := fmt.Fprintf(effects, "%s %d\n", task.Run, p.N)
		return task.Payload, err
	}
	o := openEngine(t, filepath.Join(dir, "apiq.db"), map[string]execution.Handler{"call": call}, nil)
	ctx := tenant.With(context.Background(), "wsp_kill")
	for i := range killRuns {
		in := execution.StartInput{Name: fmt.Sprintf("exe_%d", i), Definition: chain(killSteps), Input: json.RawMessage(`{"n":0}`)}
		if err := o.engine.Start(ctx, in); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			fmt.Println("begun")
		}
	}
	for i := range killRuns {
		for {
			run, err := o.engine.Describe(ctx, fmt.Sprintf("exe_%d", i))
			if err != nil {
				t.Fatal(err)
			}
			if run.Status == execution.RunSucceeded {
				break
			}
			if run.Status != execution.RunRunning {
				t.Fatalf("run %d: %+v", i, run)
			}
			time.Sleep(5 * time.Millisecond) // polled: the last move may be before the look
		}
	}
	o.close()
	fmt.Println("done")
}
