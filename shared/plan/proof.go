package plan

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

const riskIrreversible = string(effect.Irreversible)

// proof is a document with what was checked of it.
type proof struct {
	doc      *workflow.Document
	raw      json.RawMessage
	steps    []Step
	problems []problem
}

// problem is a check that failed.
type problem struct{ path, name, detail string }

// prover proves documents over the connections of one request.
type prover struct {
	set   *catalog.Set
	conns map[string]connection.Connection
}

func newProver(conns []connection.Connection, set *catalog.Set) *prover {
	p := &prover{set: set, conns: map[string]connection.Connection{}}
	for _, c := range conns {
		p.conns[c.ID] = c
	}
	return p
}

// prove composes a draft and checks the document as any other.
func (p *prover) prove(ctx context.Context, d *draft.Draft) (proof, []problem, error) {
	composed, err := d.Compose()
	if err != nil {
		return proof{}, nil, err
	}
	raw, err := workflow.Encode(&composed)
	if err != nil {
		return proof{}, nil, err
	}
	doc, err := workflow.Parse(raw)
	var refused *apierr.Error
	if errors.As(err, &refused) {
		var problems []problem
		for _, pb := range refused.Problems {
			problems = append(problems, problem{path: pb.Path, name: pb.Code, detail: pb.Message})
		}
		return proof{doc: &composed}, problems, nil
	}
	if err != nil {
		return proof{}, nil, err
	}
	pr := p.document(ctx, doc)
	pr.raw = raw
	why := map[string]string{}
	for _, st := range d.Steps {
		why[st.ID] = st.Why
	}
	for i := range pr.steps {
		pr.steps[i].Why = because(pr.steps[i], why)
	}
	return pr, pr.problems, nil
}
