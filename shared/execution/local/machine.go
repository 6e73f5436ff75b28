package local

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func systemOf(ctx context.Context) context.Context { return tenant.WithSystem(ctx) }

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func machinePK(hash string) string { return "MACHINE#" + hash }

// putMachine stores a definition unless it is there, and compiles it.
func (e *Engine) putMachine(ctx context.Context, raw json.RawMessage) (hash string, m *asl.Machine, err error) {
	hash = hashOf(raw)
	workspace, err := tenant.From(ctx)
	if err != nil {
		return "", nil, err
	}
	if m, ok := e.machines.Get(workspace + " " + hash); ok {
		return hash, m, nil
	}
	if m, err = asl.Parse(raw, &asl.Options{Expr: e.opts.Expr}); err != nil {
		return "", nil, err
	}
	pieces, err := parts(raw)
	if err != nil {
		return "", nil, err
	}
	for i, p := range pieces {
		doc, err := json.Marshal(p)
		if err != nil {
			return "", nil, err
		}
		item := table.Item{Key: table.Key{PK: machinePK(hash), SK: fmt.Sprintf("%04d", i)}, Data: doc}
		if _, err := e.store.Put(ctx, item, table.Always()); err != nil {
			return "", nil, fmt.Errorf("local: definition: %w", err)
		}
	}
	e.machines.Add(workspace+" "+hash, m)
	return hash, m, nil
}

// machine returns a stored definition, compiled.
func (e *Engine) machine(ctx context.Context, hash string) (*asl.Machine, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	if m, ok := e.machines.Get(workspace + " " + hash); ok {
		return m, nil
	}
	var pieces []part
	for item, err := range e.store.All(ctx, table.Query{PK: machinePK(hash)}) {
		if err != nil {
			return nil, err
		}
		var p part
		if err := json.Unmarshal(item.Data, &p); err != nil {
			return nil, fmt.Errorf("local: definition %s: %w", hash, err)
		}
		pieces = append(pieces, p)
	}
	raw, err := whole(pieces)
	if err != nil {
		return nil, fmt.Errorf("local: definition %s: %w", hash, err)
	}
	m, err := asl.Parse(raw, &asl.Options{Expr: e.opts.Expr})
	if err != nil {
		return nil, err
	}
	e.machines.Add(workspace+" "+hash, m)
	return m, nil
}

func (e *Engine) newRun(m *asl.Machine, name string) *asl.Run {
	return asl.NewRun(m, asl.Execution{
		ID: "arn:aws:states:local::execution:apiq:" + name, Name: name, RoleARN: "arn:aws:iam:::role/apiq",
		StateMachineID: "arn:aws:states:local::stateMachine:apiq", StateMachine: "apiq",
	}, &asl.RunOptions{Token: func() string { return newToken(name) }})
}

// newToken is a task token: the run that waits, and 128 random bits.
func newToken(name string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString([]byte(name)) + "." + base64.RawURLEncoding.EncodeToString(b[:])
}
