package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow"
)

// Errors of the ports.
var (
	// ErrClock: the scheduler cannot keep a clock like this, now or ever.
	ErrClock = errors.New("trigger: a clock that cannot be kept")
	// ErrEvent: the bus cannot carry an event like this, now or ever.
	ErrEvent = errors.New("trigger: an event that cannot be carried")
)

// Clock is what a Scheduler keeps for one trigger.
type Clock struct {
	Trigger   string
	Workspace string
	Cron      string // five fields, as ParseCron takes them
	Timezone  string
	// Revision names this cron, time zone and policy; each Tick brings it back.
	Revision string
	// Keep is how long after its time a firing is still of use: at least a minute,
	// at most a day.
	Keep time.Duration
}

// Tick is one firing of a clock.
type Tick struct {
	Workspace string    `json:"workspace"`
	Trigger   string    `json:"trigger"`
	Revision  string    `json:"revision"`
	At        time.Time `json:"at"` // the time it was due, to the minute
}

// Scheduler keeps clocks. At each time of a clock it calls Service.Tick, at least
// once: a Tick may come twice, late, and in any order, and is tried again while
// it returns an error, until Clock.Keep is over. After times were missed it may
// bring each of them or the latest alone. Adapters: trigger/local,
// trigger/eventbridge.
type Scheduler interface {
	// Check says whether Put would take the clock, or ErrClock with a reason. It
	// reaches nothing outside.
	Check(c Clock) error
	// Put keeps the clock from now on, in place of the one that the trigger had. It
	// may be repeated; the same clock again changes nothing. Other errors than
	// ErrClock are passing ones.
	Put(ctx context.Context, c Clock) error
	// Delete forgets a trigger's clock; that there is none is no error. A Tick that
	// is on its way may still come.
	Delete(ctx context.Context, trigger string) error
}

// Event is something that happened in a workspace.
type Event struct {
	// ID is the same each time that the same event is told.
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Workspace string    `json:"workspace"`
	At        time.Time `json:"at"`
	// Depth is how many runs led here, each started by the event before: a chain
	// of them ends at maxChain.
	Depth int `json:"depth,omitempty"`
	// About is the workflow or connection that it tells of, whose sharing says which
	// workflows hear it; empty for what everyone may hear.
	About string `json:"about,omitempty"`
	// Data has at most MaxEventData bytes: what is larger is told by reference.
	Data json.RawMessage `json:"data"`
}

// MaxEventData is the largest data of an event. With its envelope it stays below
// the 256 KB of an entry that EventBridge takes (PutEvents, "Calculating entry size").
const MaxEventData = 200 << 10

// Bus carries events to Service.Consume: at least once, in no order, and again
// while that returns an error. Who consumes tells repeats by Event.ID. Adapters:
// trigger/local, trigger/eventbridge.
type Bus interface {
	// Publish returns nil once the event can be lost no more. ErrEvent is for good;
	// after any other error the event may have been taken all the same: try again.
	Publish(ctx context.Context, e Event) error
}

// Start is a run that a trigger asks for.
type Start struct {
	WorkflowID string
	// ExecutionID names the run.
	ExecutionID string
	Input       json.RawMessage
	Chain       int
	// Ops are written in the transaction of the start; the error is
	// table.ErrCondition where one of their conditions fails.
	Ops   []table.Op
	Entry audit.Entry
}

// Launcher starts runs, in the workspace of the context.
type Launcher interface {
	// Fire starts the newest version of an ACTIVE workflow. CONFLICT where it is not
	// ACTIVE, *SkippedError where its policy is not to run now; else the errors of a start.
	Fire(ctx context.Context, in Start) error
}

// SkippedError says why a start that is as it should be makes no run: the delivery is
// skipped, not refused.
type SkippedError struct{ Detail string }

func (e *SkippedError) Error() string { return "trigger: skipped: " + e.Detail }

// Workflows tells of workflows, in the workspace of the context.
type Workflows interface {
	// Status is NOT_FOUND where there is no such workflow.
	Status(ctx context.Context, id string) (workflow.Status, error)
}
