package identity

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// RemoveMember ends a membership. The person's sessions in this workspace end at
// once, since each request reads the membership; their account and their other workspaces
// stay. What they own here passes to passTo, "" for the workspace's owner: see ResumeLeaving.
func (s *Service) RemoveMember(ctx context.Context, userID, passTo string) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	m, version, err := load[Member](ctx, s, memberKey(workspace, userID))
	if err != nil {
		return notFoundIs(err, apierr.New(apierr.NotFound, "There is no such member."))
	}
	if err := s.mayInherit(ctx, userID, passTo); err != nil {
		return err
	}
	ops, err := s.mayLose(ctx, m)
	if err != nil {
		return err
	}
	left, err := s.leaves(workspace, userID, passTo)
	if err != nil {
		return err
	}
	past, err := put(pastKey(userID, workspace), membershipRecord{workspace}, table.Always(), noExpiry) // where their name is in the trail
	if err != nil {
		return err
	}
	ops = append(ops, past, left, table.Global(table.Delete(memberKey(workspace, userID), table.IfVersion(version))),
		table.Global(table.Delete(membershipKey(userID, workspace), table.Always())))
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: "user.remove", Resource: userID, Message: "ended the membership", Details: map[string]any{"passTo": passTo}})
	if err == nil {
		s.onLeave()
	}
	return err
}
