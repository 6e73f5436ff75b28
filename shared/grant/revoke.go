package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/table"
)

// Disconnect takes the grant back at the provider, as far as that can be done, and
// erases it here in any case. It says what came of the first.
func (s *Service) Disconnect(ctx context.Context, conID string) (connection.Revocation, error) {
	c, _, err := s.granting(ctx, conID)
	if err != nil {
		return connection.Revocation{}, err
	}
	out, err := s.Revoke(ctx, c)
	if err != nil {
		return out, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Delete(connection.GrantKey(conID), table.Always())},
		audit.Entry{Action: ActionDisconnect, Resource: conID, Message: "Disconnected " + c.Name + ". " + out.Detail, Details: map[string]any{"revoked": out.Revoked}})
	return out, err
}

// Revoke implements connection.Tokens (RFC 7009). The refresh token is what is taken
// back: with it go the tokens that were had by it.
func (s *Service) Revoke(ctx context.Context, c connection.Connection) (connection.Revocation, error) {
	r, err := s.read(ctx, c)
	if err != nil {
		return connection.Revocation{}, err
	}
	if r.Sealed == nil {
		return connection.Revocation{Detail: "There was no grant to take back."}, nil
	}
	no, yes := false, true
	_, config, err := s.connections.OAuth(ctx, c.ID)
	var have tokens
	if err == nil {
		have, err = s.open(ctx, c.ID, r.record)
	}
	var public *apierr.Error
	switch {
	case errors.As(err, &public): // neither opens: there is nothing left to take it back with
		return connection.Revocation{Revoked: &no, Detail: "The grant could not be opened to take it back: remove this application at " + s.host(c) + ", too."}, nil
	case err != nil:
		return connection.Revocation{}, err
	case config.RevokeURL == "":
		return connection.Revocation{Revoked: &no, Detail: "The grant is forgotten here; the connection names no address to take it back at: remove this application at " + s.host(c) + ", too."}, nil
	}
	token, hint := have.Refresh, "refresh_token"
	if token == "" {
		token, hint = have.Access, "access_token"
	}
	status, _, _, f := s.post(ctx, config, config.RevokeURL, url.Values{"token": {token}, "token_type_hint": {hint}})
	if f == nil && status >= 200 && status < 300 {
		return connection.Revocation{Revoked: &yes, Detail: "The provider has taken the grant back."}, nil
	}
	why := fmt.Sprintf("it answered %d", status)
	if f != nil {
		why = "it could not be asked"
		s.o.Log.InfoContext(ctx, "a grant was not taken back", "connection", c.ID, "cause", f.cause)
	}
	return connection.Revocation{Revoked: &no, Detail: "The grant is forgotten here; the provider did not take it back (" + why + "): remove this application at " + s.host(c) + ", too."}, nil
}

func (s *Service) host(c connection.Connection) string {
	if c.Auth.OAuth == nil {
		return "the provider"
	}
	return provider(*c.Auth.OAuth)
}
