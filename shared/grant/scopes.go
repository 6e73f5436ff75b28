package grant

import (
	"context"
	"slices"

	"github.com/apiq/apiq/shared/connection"
)

// Scopes compares what was granted with what is needed.
type Scopes struct {
	// Granted are those of the grant; null where the provider does not say, or there is
	// no grant.
	Granted []string `json:"granted"`
	// Needed are those that the active workflows need, Missing those among them that
	// were not granted; where Granted is null, nothing is known to be missing.
	Needed  []string `json:"needed"`
	Missing []string `json:"missing"`
	// Requested are those that connecting the account asks for: the connection's own, and
	// those needed.
	Requested []string `json:"requested"`
	// Workflows are the active workflows, each with what it needs.
	Workflows []Need `json:"workflows"`
}

// Scopes tells how the scopes of a connection stand. Errors are those of
// connection.Service.OAuth.
func (s *Service) Scopes(ctx context.Context, conID string) (Scopes, error) {
	if err := s.connections.JudgeSettings(ctx, conID); err != nil {
		return Scopes{}, err
	}
	c, config, err := s.connections.OAuth(ctx, conID)
	if err != nil {
		return Scopes{}, err
	}
	needs, err := s.needs(ctx, c, config)
	if err != nil {
		return Scopes{}, err
	}
	out := Scopes{Needed: []string{}, Missing: []string{}, Workflows: append([]Need{}, needs...)}
	for _, n := range needs {
		out.Needed = union(out.Needed, n.Scopes)
	}
	out.Requested = append([]string{}, union(config.Scopes, out.Needed)...)
	if c.Account == nil || c.Account.Scopes == nil {
		return out, nil
	}
	out.Granted = c.Account.Scopes
	for _, scope := range out.Needed {
		if !slices.Contains(out.Granted, scope) {
			out.Missing = append(out.Missing, scope)
		}
	}
	return out, nil
}

func (s *Service) needs(ctx context.Context, c connection.Connection, config connection.OAuthConfig) ([]Need, error) {
	if s.o.Needs == nil {
		return nil, nil
	}
	have := config.Scopes
	if c.Account != nil {
		have = union(have, c.Account.Scopes)
	}
	return s.o.Needs.NeededScopes(ctx, c.ID, have)
}
