package wiring

import (
	"context"
	"slices"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// Scopes tells grants which scopes the active workflows need.
type Scopes struct {
	Workflows   *workflow.Service
	Connections *connection.Service
}

// NeededScopes implements grant.Needs. A workflow whose operations need none is left out.
func (s Scopes) NeededScopes(ctx context.Context, conID string, have []string) ([]grant.Need, error) {
	uses, err := s.Workflows.ActiveUses(ctx, conID)
	if err != nil || len(uses) == 0 {
		return nil, err
	}
	_, doc, err := s.Connections.Document(ctx, conID)
	if err != nil {
		return nil, err
	}
	var all []grant.Need
	for _, use := range uses {
		n := grant.Need{WorkflowID: use.ID, Name: use.Name}
		for _, id := range use.Operations {
			op, err := doc.Operation(id)
			if err != nil {
				continue // the document changed: the workflow's own check tells
			}
			n.Scopes = append(n.Scopes, scopesOf(op.Security, doc.Info().SecuritySchemes, have)...)
		}
		slices.Sort(n.Scopes)
		if n.Scopes = slices.Compact(n.Scopes); len(n.Scopes) > 0 {
			all = append(all, n)
		}
	}
	return all, nil
}

// scopesOf are the scopes of that alternative of an operation's which lacks the fewest
// of those that there are; none where one needs none.
func scopesOf(alternatives []spec.Requirement, schemes map[string]spec.SecurityScheme, have []string) []string {
	var best []string
	lacks := -1
	for _, need := range alternatives {
		if len(need) == 0 {
			return nil
		}
		scopes, missing, ours := []string{}, 0, false
		for name, list := range need {
			switch schemes[name].Type {
			case "oauth2", "openIdConnect", "http":
				ours = true
				for _, scope := range list {
					if scopes = append(scopes, scope); !slices.Contains(have, scope) {
						missing++
					}
				}
			}
		}
		if ours && (lacks < 0 || missing < lacks || missing == lacks && len(scopes) < len(best)) {
			best, lacks = scopes, missing
		}
	}
	return best
}
