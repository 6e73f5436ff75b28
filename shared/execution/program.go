package execution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// programPK holds programs by the hash of their content: the runs of one version of
// a workflow share one, since writing it with each would be most of what a start costs.
const programPK = "EXEPROG"

// program is a Program with what traces read of its definition.
type program struct {
	Program
	static map[string]staticState
}

func newProgram(p Program) *program { return &program{p, staticStates(p.Definition)} }

// where says where a run's program is.
type where struct {
	// Shared is its hash, under programPK.
	Shared string `json:"shared,omitempty"`
	// Blob is an object that holds it, where it is large.
	Blob string `json:"blob,omitempty"`
}

// Hashed is the program with its hash worked out, for one that is started many times.
func (p Program) Hashed() (Program, error) {
	item, err := table.JSONItem(table.Key{}, p)
	if err != nil {
		return p, err
	}
	sum := sha256.Sum256(item.Data)
	p.hash = hex.EncodeToString(sum[:])
	return p, nil
}

// storeProgram keeps a program, unless it is there, and returns the operation that
// binds a run to it. A program that no run came of does no harm.
func (s *Service) storeProgram(ctx context.Context, run string, p Program) (table.Op, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return table.Op{}, err
	}
	if p.hash == "" {
		if p, err = p.Hashed(); err != nil {
			return table.Op{}, err
		}
	}
	if !s.programs.Contains(workspace + "/" + p.hash) {
		item, err := table.JSONItem(table.Key{}, p)
		if err != nil {
			return table.Op{}, err
		}
		if err := s.keepProgram(ctx, p.hash, item.Data); err != nil {
			return table.Op{}, err
		}
		// As it is read after a crash, or by another process: a start that is repeated
		// must be the same start, byte for byte.
		var kept Program
		if err := json.Unmarshal(item.Data, &kept); err != nil {
			return table.Op{}, err
		}
		s.programs.Add(workspace+"/"+p.hash, newProgram(kept))
	}
	item, err := table.JSONItem(partKey(run, "DEF"), where{Shared: p.hash})
	return table.Put(item, table.Absent()), err
}

func (s *Service) keepProgram(ctx context.Context, hash string, data []byte) error {
	key := table.Key{PK: programPK, SK: hash}
	switch _, err := s.store.Get(ctx, key); { // a read is a tenth of a write
	case err == nil:
		return nil
	case !errors.Is(err, table.ErrNotFound):
		return err
	}
	if len(data) > spillBytes {
		name := "execution/program/" + hash + ".json"
		if err := putBlob(ctx, s.blobs, name, data); err != nil {
			return err
		}
		var err error
		if data, err = json.Marshal(where{Blob: name}); err != nil {
			return err
		}
	}
	_, err := s.store.Put(ctx, table.Item{Key: key, Data: data}, table.Absent())
	if errors.Is(err, table.ErrCondition) {
		return nil // another run of it was a moment earlier
	}
	return err
}

// program reads a run's program. Runs of before programs were shared have theirs
// in their own item, or in an object.
func (s *Service) program(ctx context.Context, run string) (*program, error) {
	item, err := s.store.Get(ctx, partKey(run, "DEF"))
	if err != nil {
		return nil, fmt.Errorf("execution: program of %s: %w", run, err)
	}
	var at where
	if err := item.Decode(&at); err != nil {
		return nil, err
	}
	if at.Shared == "" {
		return s.readProgram(ctx, item.Data, at)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	name := workspace + "/" + at.Shared
	if p, ok := s.programs.Get(name); ok {
		return p, nil
	}
	if item, err = s.store.Get(ctx, table.Key{PK: programPK, SK: at.Shared}); err != nil {
		return nil, fmt.Errorf("execution: program of %s: %w", run, err)
	}
	at = where{}
	if err := item.Decode(&at); err != nil {
		return nil, err
	}
	p, err := s.readProgram(ctx, item.Data, at)
	if err == nil {
		s.programs.Add(name, p)
	}
	return p, err
}

func (s *Service) readProgram(ctx context.Context, data []byte, at where) (*program, error) {
	if at.Blob != "" {
		var err error
		if data, err = readBlob(ctx, s.blobs, at.Blob); err != nil {
			return nil, err
		}
	}
	var p Program
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, err
	}
	return newProgram(p), nil
}
