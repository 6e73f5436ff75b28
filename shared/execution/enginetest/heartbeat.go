package enginetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
)

// gone checks that a token can be used for nothing.
func (f *fixture) gone(token string) {
	f.t.Helper()
	if err := f.TaskSucceeded(f.ctx, token, json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
		f.t.Errorf("TaskSucceeded: %v", err)
	}
	if err := f.TaskFailed(f.ctx, token, "E", "c"); !errors.Is(err, execution.ErrTokenGone) {
		f.t.Errorf("TaskFailed: %v", err)
	}
	if err := f.TaskHeartbeat(f.ctx, token); !errors.Is(err, execution.ErrTokenGone) {
		f.t.Errorf("TaskHeartbeat: %v", err)
	}
}

// testHeartbeat: a task that is heard of lives on past its HeartbeatSeconds, and
// heartbeats are not in the history.
func testHeartbeat(t *testing.T, h Harness) {
	const beat = 3 * time.Second
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask(`"HeartbeatSeconds":3`)), "{}")
	f.until("the token is out", func() bool { return len(f.tokens()) == 1 })
	token := f.tokens()[0]
	begun := time.Now()
	f.until("the first heartbeat would be missed", func() bool {
		if err := f.TaskHeartbeat(f.ctx, token); err != nil {
			t.Fatalf("after %v: %v", time.Since(begun), err)
		}
		return time.Since(begun) > beat+beat/4
	})
	if err := f.TaskSucceeded(f.ctx, token, json.RawMessage(`"alive"`)); err != nil {
		t.Fatal(err)
	}
	f.succeeded(name, `"alive"`)
	f.gone(token)
	for _, step := range f.path(name) {
		switch step {
		case "ExecutionStarted", "TaskStateEntered Ask", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
			"TaskStateExited Ask", "ExecutionSucceeded":
		default:
			t.Errorf("%s is in the history", step)
		}
	}
}

// testHeartbeatMissed: a task that is silent fails with its own error, which
// States.Timeout catches too.
func testHeartbeatMissed(t *testing.T, h Harness) {
	for _, catches := range []string{"States.HeartbeatTimeout", "States.Timeout"} {
		f := open(t, h, nil)
		name := f.start(states("Ask", tokenTask(`"HeartbeatSeconds":1,"TimeoutSeconds":600,"Catch":[{"ErrorEquals":["`+catches+`"],"Output":"{% $states.errorOutput.Error %}","Next":"Late"}],"Next":"Never"`),
			"Never", `{"Type":"Fail"}`, "Late", `{"Type":"Succeed"}`), "{}")
		f.succeeded(name, `"States.HeartbeatTimeout"`)
		f.gone(f.tokens()[0])
	}
}
