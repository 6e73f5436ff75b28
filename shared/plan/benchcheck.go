package plan

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Check lists what the checks find wrong with a plan.
func (b *Bench) Check(ctx context.Context, d *draft.Draft, set *catalog.Set) ([]apierr.Problem, error) {
	return found(ctx, d, newProver(anyone(set), set))
}

// CheckBare is Check over connections that hold no credential.
func (b *Bench) CheckBare(ctx context.Context, d *draft.Draft, set *catalog.Set) ([]apierr.Problem, error) {
	conns := anyone(set)
	for i := range conns {
		conns[i].AuthType, conns[i].Auth = connection.AuthNone, connection.AuthView{}
	}
	return found(ctx, d, newProver(conns, set))
}

func found(ctx context.Context, d *draft.Draft, p *prover) ([]apierr.Problem, error) {
	_, problems, err := p.prove(ctx, d)
	if err != nil {
		return nil, err
	}
	out := make([]apierr.Problem, len(problems))
	for i, p := range problems {
		out[i] = apierr.Problem{Path: p.path, Code: p.name, Message: p.detail}
	}
	return out, nil
}

// Settle changes a plan until it passes its checks, as Plan does with its own; false
// where that cannot be.
func (b *Bench) Settle(ctx context.Context, d *draft.Draft, set *catalog.Set) (bool, error) {
	_, err := newProver(anyone(set), set).settle(ctx, d)
	if Impossible(err) {
		return false, nil
	}
	return err == nil, err
}
