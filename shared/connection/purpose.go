package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ActionCredential is the action of the records that the use of a credential leaves.
const ActionCredential = "credential.use" // #nosec G101 -- the name of an action

// Purpose is what a credential is opened for.
type Purpose struct {
	// Why is WhyRun, WhyTest or WhyTry.
	Why string `json:"why"`
	// Run and Step are those of WhyRun: the execution, and the path of the step in it.
	Run  string `json:"run,omitempty"`
	Step string `json:"step,omitempty"`
}

// Purposes. The last is that of who said none.
const (
	WhyRun      = "run"
	WhyTest     = "test"
	WhyTry      = "try"
	whyUnstated = "unstated"
)

type purposeKey struct{}

// For returns a context in which credentials are opened for a purpose.
func For(ctx context.Context, p Purpose) context.Context {
	return context.WithValue(ctx, purposeKey{}, p)
}

// keepUses is how long it is remembered that a use has its record. A run that goes on
// after that leaves another.
const keepUses = 90 * 24 * time.Hour

// account leaves the record of a use, before the credential is opened: one for each
// run and connection, with the first step that needed it. A record for each request
// would drown the rest of the trail and say no more, since the run's own journal tells
// every request. A test and a try have the record of their own request. What nobody
// gave a purpose for has one a day, so that it is seen.
func (s *Service) account(ctx context.Context, conID string) error {
	p, _ := ctx.Value(purposeKey{}).(Purpose)
	e := audit.Entry{Action: ActionCredential, Resource: conID}
	what := ""
	switch p.Why {
	case WhyTest, WhyTry:
		return nil
	case WhyRun:
		what = "run#" + p.Run
		e.Message = fmt.Sprintf("Opened the credential for step %s of run %s", p.Step, p.Run)
	default:
		p = Purpose{Why: whyUnstated}
		what = "day#" + s.o.Now().UTC().Format(time.DateOnly)
		e.Level, e.Message = audit.Warn, "Opened the credential; nothing said what for"
	}
	e.Details = p
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	memory := workspace + "/" + conID + "/" + what
	if s.accounted.Contains(memory) {
		return nil
	}
	item, err := table.JSONItem(table.Key{PK: "CREDUSE#" + conID, SK: what}, p)
	if err != nil {
		return err
	}
	item.ExpiresAt = s.o.Now().Add(keepUses)
	_, err = s.table.Get(ctx, item.Key)
	if errors.Is(err, table.ErrNotFound) {
		// A tracker of its own: a request that opens a credential still owes its record.
		err = s.trail.Commit(audit.Track(ctx), []table.Op{table.Put(item, table.Absent())}, e)
		if errors.Is(err, table.ErrCondition) {
			err = nil // another step of the run was first
		}
	}
	if err != nil {
		return fmt.Errorf("connection: record of a credential's use: %w", err)
	}
	s.accounted.Add(memory, struct{}{})
	return nil
}
