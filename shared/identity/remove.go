package identity

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// RemoveMember ends a membership. The person's sessions in this workspace end at
// once, since each request reads the membership; what they made stays, and so do
// their account and their other workspaces.
func (s *Service) RemoveMember(ctx context.Context, userID string) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	m, version, err := load[Member](ctx, s, memberKey(workspace, userID))
	if err != nil {
		return notFoundIs(err, apierr.New(apierr.NotFound, "There is no such member."))
	}
	ops, err := s.mayLose(ctx, m)
	if err != nil {
		return err
	}
	past, err := put(pastKey(userID, workspace), membershipRecord{workspace}, table.Always(), noExpiry) // where their name is in the trail
	if err != nil {
		return err
	}
	ops = append(ops, past, table.Global(table.Delete(memberKey(workspace, userID), table.IfVersion(version))),
		table.Global(table.Delete(membershipKey(userID, workspace), table.Always())))
	return s.trail.Commit(ctx, ops, audit.Entry{Action: "user.remove", Resource: userID, Message: "ended the membership"})
}
