package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// Intent is what was promised to a caller and must still reach the engine: it is
// written with the audit record, and done again after a crash. Each is idempotent.
type intent string

const (
	intentNone    intent = ""
	intentStart   intent = "start"
	intentStop    intent = "stop"
	intentRedrive intent = "redrive"
)

// record is a run as it is kept.
type record struct {
	Execution
	Intent intent `json:"intent,omitempty"`
	// Turn counts the intents; Until is how long this one belongs to the process that
	// set it or took it up, Again that it was taken up. Past is the last event of the
	// history before a redrive.
	Turn  int64     `json:"turn,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Again bool      `json:"again,omitempty"`
	Past  int64     `json:"past,omitempty"`
	// ParentToken answers the step of another run that waits for this one.
	ParentToken string `json:"parentToken,omitempty"`
	Depth       int    `json:"depth,omitempty"` // of nesting
	Chain       int    `json:"chain,omitempty"` // see StartRequest
	// Member tells of the group of runs that share a limit with it; none where Group
	// is empty. Held are the groups of the runs that wait for it.
	Member member   `json:"member,omitzero"`
	Held   []string `json:"held,omitempty"`
	// Open is the partition of the pointer that says it is open. Those of before there
	// were several are in the first one.
	Open     string `json:"open,omitempty"`
	revision int64
}

const (
	runsPK   = "EXE"
	eventSK  = "EV#"
	logSK    = "LOG"
	nestedSK = "NEST#"
	askSK    = "WAIT#"
)

func runKey(id string) table.Key        { return table.Key{PK: runsPK, SK: id} }
func partKey(id, part string) table.Key { return table.Key{PK: runsPK + "#" + id, SK: part} }
func eventKey(id string, seq int64) table.Key {
	return partKey(id, fmt.Sprintf(eventSK+"%010d", seq))
}
func waitKey(id, path string) table.Key { return partKey(id, askSK+path) }

func (s *Service) load(ctx context.Context, id string) (record, error) {
	item, err := s.store.Get(ctx, runKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return record{}, errNotFound()
	}
	if err != nil {
		return record{}, err
	}
	return decodeRun(item)
}

func decodeRun(item table.Item) (record, error) {
	var r record
	err := json.Unmarshal(item.Data, &r)
	r.revision = item.Version
	return r, err
}

// save is the operation that writes a run, over the revision it was loaded from.
func (s *Service) save(r record) (table.Op, error) {
	r.UpdatedAt = s.now().UTC()
	item, err := table.JSONItem(runKey(r.ID), r)
	item.Index = map[string]table.Key{table.Index1: {PK: "EXEWFL#" + r.WorkflowID, SK: r.ID}}
	return table.Put(item, table.Unchanged(r.revision)), err
}
