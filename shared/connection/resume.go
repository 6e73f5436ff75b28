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
	// Attempts is how often it was begun, or handed over to the background.
	Attempts int `json:"attempts"`
	// Until is when who has it in the background counts as gone.
	Until time.Time `json:"until,omitzero"`
}

// newPending is the note of an import that begins now. With a background it
// counts as handed over: should that fail, it is made good when Until has passed.
func (s *Service) newPending(ctx context.Context, workspace, conID, stash string) pending {
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	p := pending{Workspace: workspace, Connection: conID, Stash: stash, Actor: tenant.ActorFrom(ctx), At: now}
	p.Actor.SessionID = ""
	if s.o.Background != nil {
		p.Attempts, p.Until = 1, now.Add(handOverWait)
	}
	return p
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
// owns the store; with a background, which several processes may share, it is for
// any time: it hands over again what nobody has finished in its time.
func (s *Service) ResumeImports(ctx context.Context) (int, error) {
	if s.o.Background != nil {
		return s.handOverAgain(ctx)
	}
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
