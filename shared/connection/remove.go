package connection

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

// Delete removes a connection and its credential; a grant is taken back at the
// provider first, where that can be done. CONFLICT where active
// workflows call it, naming them; NOT_FOUND where there is none.
func (s *Service) Delete(ctx context.Context, conID string) error {
	c, err := s.read(ctx, conID)
	if err != nil {
		return err
	}
	if err := c.For(access.From(ctx)).RequireDelete(notFound()); err != nil {
		return err
	}
	users, err := s.usedBy(ctx, conID)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return inUse(users)
	}
	e := s.entry(ActionDelete, &c, "Removed "+c.Name)
	if tokens := s.tokens[c.AuthType]; tokens != nil {
		// Best effort: a provider that is down keeps nobody from removing a connection.
		revoked, err := tokens.Revoke(ctx, c.Connection)
		if err != nil {
			return err
		}
		e.Message += ". " + revoked.Detail
	}
	err = s.trail.Commit(ctx, []table.Op{
		table.Delete(connectionKey(conID), table.Present()),
		table.Delete(credentialKey(conID), table.Always()),
		table.Delete(GrantKey(conID), table.Always()),
		table.Delete(stateKey(conID), table.Always()),
	}, e)
	if errors.Is(err, table.ErrCondition) {
		return notFound()
	}
	return err
}

const maxNamed = 10

// named is how a refusal names a workflow; one that is hidden from who asks has no id.
func (u WorkflowRef) named() string {
	if u.ID == "" {
		return "one that is not shared with you"
	}
	return fmt.Sprintf("%q (%s)", brief(u.Name), u.ID)
}

func inUse(users []WorkflowRef) error {
	names := make([]string, 0, maxNamed)
	for _, u := range users[:min(len(users), maxNamed)] {
		names = append(names, u.named())
	}
	more := ""
	if len(users) > maxNamed {
		more = fmt.Sprintf(" and %d more", len(users)-maxNamed)
	}
	e := apierr.Newf(apierr.Conflict, "Active workflows use this connection: %s%s. Deactivate them first.", strings.Join(names, ", "), more)
	for _, u := range users[:min(len(users), maxNamed)] {
		e.With(apierr.Problem{Code: "in_use", Message: "Used by workflow " + u.named() + "."})
	}
	return e
}
