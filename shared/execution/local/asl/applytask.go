package asl

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// applyTask follows the life of a task, whatever the family of its events.
func (t *thread) applyTask(e *Entry) error {
	if t.state == nil || t.state.kind != "Task" {
		return fmt.Errorf("not in a task")
	}
	if e.Type == NoteHeartbeat {
		if t.task != nil {
			t.task.beat = e.Due
		}
		return nil
	}
	step := strings.TrimPrefix(e.Type, t.state.resource.family)
	if step == "Scheduled" {
		v := e.decoded
		if v == nil && t.state.resource.token {
			var err error
			if v, err = e.value(t.state.resource.argumentsKey()); err != nil {
				return err
			}
		}
		t.phase, t.base = phaseRunning, e.ID
		t.task = &task{scheduled: e.ID, token: e.Token, arguments: v, due: e.Due, heartbeat: e.Heartbeat}
		if v == nil {
			raw := json.RawMessage(e.text(t.state.resource.argumentsKey()))
			args, err := expr.Decode(raw)
			if err != nil {
				return err
			}
			t.task.arguments = args
		}
		if e.Heartbeat > 0 {
			t.task.beat = e.At.Add(seconds(e.Heartbeat))
		}
		return nil
	}
	if t.task == nil {
		return fmt.Errorf("no task is out")
	}
	switch step {
	case "Started":
		t.task.started = true
	case "Submitted":
		t.task.submitted = true
	case "Succeeded":
		v, err := e.value("output")
		if err != nil {
			return err
		}
		t.phase, t.result, t.base, t.task = phaseSettled, v, e.ID, nil
	case "Failed", "TimedOut", "ScheduleFailed", "StartFailed", "SubmitFailed":
		t.errored(e)
		t.task = nil
	default:
		return fmt.Errorf("unknown event")
	}
	return nil
}
