package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
)

const (
	triggerPK  = "TRG"
	secretPK   = "TRGSECRET"
	statePK    = "TRGSTATE"
	hookPK     = "TRGHOOK"
	outboxPK   = "EVT"
	byWorkflow = "TRGWFL#"
)

func triggerKey(id string) table.Key { return table.Key{PK: triggerPK, SK: id} }
func secretKey(id string) table.Key  { return table.Key{PK: secretPK, SK: id} }
func stateKey(id string) table.Key   { return table.Key{PK: statePK, SK: id} }
func hookKey(id string) table.Key    { return table.Key{PK: hookPK, SK: id} }
func listenerPK(event string) string { return "TRGEVT#" + event }
func listenerKey(event, id string) table.Key {
	return table.Key{PK: listenerPK(event), SK: id}
}
func deliveryPK(trigger string) string { return "TRGDLV#" + trigger }

// digest makes a key of an id that comes from outside.
func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// state is what is noted of a trigger as it goes; it is kept apart so that a
// firing raises no version.
type state struct {
	Last *Result `json:"last,omitempty"`
}

// hook finds the workspace of a webhook, which its URL does not name.
type hook struct {
	Workspace string `json:"workspace"`
}

func errNotFound() error { return apierr.New(apierr.NotFound, "There is no such trigger.") }

// load reads a trigger as stored. The error is NOT_FOUND.
func (s *Service) load(ctx context.Context, tid string) (Trigger, error) {
	if !id.Is(tid, id.Trigger) {
		return Trigger{}, errNotFound()
	}
	t, version, err := table.GetJSON[Trigger](ctx, s.store, triggerKey(tid))
	if errors.Is(err, table.ErrNotFound) {
		return Trigger{}, errNotFound()
	}
	t.Version = version
	return t, err
}

// of is load for a trigger that must be the workflow's, for who may do this much with
// that: NOT_FOUND, FORBIDDEN.
func (s *Service) of(ctx context.Context, wid, tid string, l access.Level) (Trigger, error) {
	t, err := s.load(ctx, tid)
	if err == nil && t.WorkflowID != wid {
		err = errNotFound()
	}
	if err != nil {
		return Trigger{}, err
	}
	return t, s.judge(ctx, wid, l)
}

// judge refuses who may less than this with a workflow, of which it is known that it is
// there, or was.
func (s *Service) judge(ctx context.Context, wid string, l access.Level) error {
	sharing, err := access.Load(ctx, s.store, wid)
	if err != nil {
		return err
	}
	return sharing.For(access.From(ctx)).Require(l, errNotFound())
}

// put is the operation that writes a trigger.
func (t Trigger) put(cond table.Condition) (table.Op, error) {
	t.LastResult = nil
	item, err := table.JSONItem(triggerKey(t.ID), t)
	item.Index = map[string]table.Key{table.Index1: {PK: byWorkflow + t.WorkflowID, SK: t.ID}}
	return table.Put(item, cond), err
}

// listens is the operation that lets a trigger hear its event, or not any more.
func (t Trigger) listens() table.Op {
	key := listenerKey(t.Event, t.ID)
	if t.Enabled {
		return table.Put(table.Item{Key: key, Data: []byte("{}")}, table.Always())
	}
	return table.Delete(key, table.Always())
}

func (s *Service) shown(ctx context.Context, t Trigger) (Trigger, error) {
	st, _, err := table.GetJSON[state](ctx, s.store, stateKey(t.ID))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Trigger{}, err
	}
	t.LastResult = st.Last
	if t.Type == TypeWebhook {
		t.Path = hookPath + t.ID
	}
	if t.Type == TypeSchedule && t.Enabled {
		c, err := ParseCron(t.Cron, t.Timezone)
		if err != nil {
			return Trigger{}, err
		}
		t.NextAt = c.Next(s.now()).UTC()
	}
	return t, nil
}

// Get reads a trigger of a workflow. The error is NOT_FOUND.
func (s *Service) Get(ctx context.Context, wid, tid string) (Trigger, error) {
	t, err := s.of(ctx, wid, tid, access.Use)
	if err != nil {
		return Trigger{}, err
	}
	return s.shown(ctx, t)
}

// List returns a workflow's triggers, newest first, and the cursor of the next
// page, "" at the end. The error is NOT_FOUND where there is no such workflow.
func (s *Service) List(ctx context.Context, wid string, limit int, cursor string) ([]Trigger, string, error) {
	_, err := s.ports.Workflows.Status(ctx, wid)
	if err == nil {
		err = s.judge(ctx, wid, access.Use)
	}
	if err != nil {
		return nil, "", err
	}
	page, err := s.store.Query(ctx, table.Query{Index: table.Index1, PK: byWorkflow + wid, Limit: limit, Cursor: cursor, Reverse: true})
	if err != nil {
		return nil, "", err
	}
	all := make([]Trigger, 0, len(page.Items))
	for _, item := range page.Items {
		var t Trigger
		if err := item.Decode(&t); err != nil {
			return nil, "", err
		}
		t.Version = item.Version
		if t, err = s.shown(ctx, t); err != nil {
			return nil, "", err
		}
		all = append(all, t)
	}
	return all, page.Next, nil
}

// triggerOf is the trigger of a delivery's id.
func triggerOf(delivery string) (trigger, sum string, ok bool) {
	trigger, sum, ok = strings.Cut(delivery, ".")
	return trigger, sum, ok && id.Is(trigger, id.Trigger) && sum != ""
}
