package main

import (
	"context"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// The small adapters that let domains meet without knowing each other.

// uses tells connections which active workflows call them.
type uses struct{ flows *workflow.Service }

func (u uses) UsingConnection(ctx context.Context, id string) ([]connection.WorkflowRef, error) {
	refs, err := u.flows.ActiveUses(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]connection.WorkflowRef, len(refs))
	for i, r := range refs {
		out[i] = connection.WorkflowRef{ID: r.ID, Name: r.Name, Operations: r.Operations}
	}
	return out, nil
}

// resolver shows connections and their documents to the checker.
type resolver struct{ connections *connection.Service }

func (r resolver) Connection(ctx context.Context, id string) (connection.Connection, error) {
	return r.connections.Get(ctx, id)
}

func (r resolver) Spec(ctx context.Context, id string) (*spec.Document, error) {
	_, doc, err := r.connections.Document(ctx, id)
	return doc, err
}

func systemContext(ctx context.Context) context.Context { return tenant.WithSystem(ctx) }
