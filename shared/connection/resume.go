package connection

import (
	"context"
	"math"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const pkPending = "IMPORT"

// pending is the note that an import is to be done. It lies with the system
// records, so that a start finds those of all workspaces; it holds no secret.
type pending struct {
	Workspace  string       `json:"workspace"`
	Connection string       `json:"connection"`
	Stash      string       `json:"stash,omitempty"` // hash of the stashed upload
	Actor      tenant.Actor `json:"actor"`
	At         time.Time    `json:"at"`
	Attempts   int          `json:"attempts"`
}

func (p pending) key() table.Key {
	return table.Key{PK: pkPending, SK: p.Workspace + "/" + p.Connection}
}

func (s *Service) savePending(ctx context.Context, p pending) error {
	item, err := table.JSONItem(p.key(), p)
	if err != nil {
		return err
	}
	_, err = s.table.Put(tenant.WithSystem(ctx), item, table.Always())
	return err
}

func (s *Service) dropPending(ctx context.Context, p pending) error {
	return s.table.Delete(tenant.WithSystem(ctx), p.key(), table.Always())
}

// ResumeImports takes up the imports of all workspaces that an earlier process
// left undone, and returns how many. It is for the start of the one process that
// owns the store.
func (s *Service) ResumeImports(ctx context.Context) (int, error) {
	n := 0
	for item, err := range s.table.All(tenant.WithSystem(ctx), table.Query{PK: pkPending}) {
		if err != nil {
			return n, err
		}
		var job pending
		if err := item.Decode(&job); err != nil {
			return n, err
		}
		if !s.running.add(job.Connection, math.MaxInt) {
			continue
		}
		n++
		s.busy.Go(func() { s.runImport(job) })
	}
	return n, nil
}
