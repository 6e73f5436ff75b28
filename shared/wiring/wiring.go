// Package wiring lets domains meet that must not know each other: small adapters
// from one's service to what another asks for. It decides nothing.
package wiring

import (
	"context"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// Uses tells connections which active workflows call them.
type Uses struct{ Workflows *workflow.Service }

// UsingConnection implements connection.WorkflowUse.
func (u Uses) UsingConnection(ctx context.Context, id string) ([]connection.WorkflowRef, error) {
	refs, err := u.Workflows.ActiveUses(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]connection.WorkflowRef, len(refs))
	for i, r := range refs {
		out[i] = connection.WorkflowRef{ID: r.ID, Name: r.Name, Operations: r.Operations, Open: r.Open}
	}
	return out, nil
}

// Resolver shows connections and their documents to the checker of workflows.
type Resolver struct{ Connections *connection.Service }

// Connection implements check.Resolver.
func (r Resolver) Connection(ctx context.Context, id string) (connection.Connection, error) {
	return r.Connections.Get(ctx, id)
}

// Spec implements check.Resolver.
func (r Resolver) Spec(ctx context.Context, id string) (*spec.Document, error) {
	_, doc, err := r.Connections.Document(ctx, id)
	return doc, err
}
