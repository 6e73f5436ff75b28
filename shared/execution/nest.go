package execution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/apiq/apiq/shared/table"
)

// Parent is a step that waits for a run of its own.
type Parent struct {
	Execution string
	Path      string
	Token     string
}

// ErrNestedBefore: the step's run was started before; there is nothing to do.
var ErrNestedBefore = errors.New("execution: the step has started its run already")

// child tells which run a step started.
type child struct {
	Path      string `json:"path"`
	Execution string `json:"execution"`
}

// nest makes r the run of a parent's step, once for each token: an engine may
// ask again after a crash.
func (s *Service) nest(ctx context.Context, r *record, p Parent) (table.Op, error) {
	parent, err := s.load(ctx, p.Execution)
	if err != nil {
		return table.Op{}, err
	}
	if parent.Status.Ended() {
		return table.Op{}, &TaskError{Name: "Run.Cancelled", Cause: "the run that asked for it has ended"}
	}
	if parent.Depth+1 > maxDepth {
		return table.Op{}, &TaskError{Name: "States.Runtime", Cause: "workflows that start each other are nested more than ten deep"}
	}
	sum := sha256.Sum256([]byte(p.Token))
	key := partKey(p.Execution, nestedSK+hex.EncodeToString(sum[:8]))
	switch _, err := s.store.Get(ctx, key); {
	case err == nil:
		return table.Op{}, ErrNestedBefore
	case !errors.Is(err, table.ErrNotFound):
		return table.Op{}, err
	}
	r.ParentToken, r.Depth, r.Chain = p.Token, parent.Depth+1, parent.Chain
	if r.Held = parent.Held; parent.Member.Group != "" {
		r.Held = append(slices.Clone(r.Held), parent.Member.Group)
	}
	item, err := table.JSONItem(key, child{Path: p.Path, Execution: r.ID})
	return table.Put(item, table.Absent()), err
}

// children are the runs that a run's steps started, by step path, the newest last:
// a step that was tried again has started more than one.
func (s *Service) children(ctx context.Context, id string) (map[string][]string, error) {
	out := map[string][]string{}
	for item, err := range s.store.All(ctx, table.Query{PK: runsPK + "#" + id, Prefix: nestedSK}) {
		if err != nil {
			return nil, err
		}
		var c child
		if err := item.Decode(&c); err != nil {
			return nil, err
		}
		out[c.Path] = append(out[c.Path], c.Execution)
	}
	for _, nested := range out {
		slices.Sort(nested) // ids sort by time
	}
	return out, nil
}
