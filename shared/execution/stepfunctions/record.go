package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
)

// record is what is kept of a run: enough to reach it at AWS without a search. It
// is written before anything is started.
type record struct {
	Type types.StateMachineType `json:"type"`
	// Machine is the ARN of its state machine.
	Machine string `json:"machine"`
	// Definition and Input are hashes of what the run was started with.
	Definition string `json:"definition"`
	Input      string `json:"input"`
	// At is when the record was written, or the express execution was started.
	At time.Time `json:"at"`

	// Of express runs. Execution is the ARN, once it is known; Given the input, with
	// which the run goes on as standard.
	Execution string          `json:"execution,omitempty"`
	Given     json.RawMessage `json:"given,omitempty"`
	// Stopped is how it was stopped.
	Stopped *stopped `json:"stopped,omitempty"`
	// Ended is the type of the event that ended the express execution, once told.
	Ended string `json:"ended,omitempty"`
	// Continued is the ARN of the standard execution that the run goes on as.
	Continued string `json:"continued,omitempty"`
	// Unended: it went on before the end of the express execution was told. Should the
	// log tell of it after all, it is none: the run has gone on.
	Unended bool `json:"unended,omitempty"`

	version int64
}

type stopped struct {
	Error string    `json:"error,omitempty"`
	Cause string    `json:"cause,omitempty"`
	At    time.Time `json:"at"`
}

const (
	runsPK     = "SFN"
	machinesPK = "SFNMACHINE"
)

func runKey(run string) table.Key      { return table.Key{PK: runsPK, SK: run} }
func machineKey(name string) table.Key { return table.Key{PK: machinesPK, SK: name} }

// express says whether the run is an express execution now.
func (r record) express() bool {
	return r.Type == types.StateMachineTypeExpress && r.Continued == ""
}

// standard is the ARN of the run's standard execution.
func (r record) standard(run string) string {
	if r.Continued != "" {
		return r.Continued
	}
	return standardARN(r.Machine, run)
}

// load returns a run's record, or execution.ErrNoRun.
func (e *Engine) load(ctx context.Context, run string) (record, error) {
	r, version, err := table.GetJSON[record](ctx, e.store, runKey(run))
	if errors.Is(err, table.ErrNotFound) || errors.Is(err, table.ErrInvalid) {
		return record{}, execution.ErrNoRun
	}
	if err != nil {
		return record{}, fmt.Errorf("stepfunctions: record of %s: %w", run, err)
	}
	r.version = version
	return r, nil
}

// save writes a record over the version it was loaded as; version 0 is a new one.
// The error is table.ErrCondition where another process was faster.
func (e *Engine) save(ctx context.Context, run string, r record) (record, error) {
	item, err := table.JSONItem(runKey(run), r)
	if err != nil {
		return record{}, err
	}
	item, err = e.store.Put(ctx, item, table.Unchanged(r.version))
	if err != nil {
		return record{}, fmt.Errorf("stepfunctions: record of %s: %w", run, err)
	}
	r.version = item.Version
	return r, nil
}

// modify loads, changes and saves until nobody else wrote meanwhile. change says
// whether there is anything to save.
func (e *Engine) modify(ctx context.Context, run string, change func(*record) (bool, error)) (record, error) {
	for range 16 {
		r, err := e.load(ctx, run)
		if err != nil {
			return record{}, err
		}
		switch ok, err := change(&r); {
		case err != nil:
			return record{}, err
		case !ok:
			return r, nil
		}
		r, err = e.save(ctx, run, r)
		if !errors.Is(err, table.ErrCondition) {
			return r, err
		}
	}
	return record{}, fmt.Errorf("stepfunctions: record of %s is too busy: %w", run, table.ErrThrottled)
}
