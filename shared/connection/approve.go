package connection

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ActionApprove is the trail's word for an approval.
const ActionApprove = "connection.approve"

// Approval says who accepted the risk review, and of which document.
type Approval struct {
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	SpecHash string    `json:"specHash"`
}

// Approve records that a person read the risk review of the document as it is
// now. A document that changes later was not approved: compare the hashes.
// Errors: NOT_FOUND; CONFLICT without a document, or where it was changed at the
// same moment.
func (s *Service) Approve(ctx context.Context, conID string) (Connection, error) {
	c, err := s.open(ctx, conID, access.Edit)
	if err != nil {
		return Connection{}, err
	}
	if c.SpecHash == "" {
		return Connection{}, apierr.New(apierr.Conflict, "The connection has no document yet that could be approved.")
	}
	now := s.o.Now().UTC()
	c.Approval = &Approval{By: tenant.ActorFrom(ctx).ID, At: now, SpecHash: c.SpecHash}
	c.UpdatedAt = now
	put, err := c.put(table.IfVersion(c.Version))
	if err != nil {
		return Connection{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{put}, s.entry(ActionApprove, &c, "Approved "+c.Name+", risk "+c.Risk.Level))
	if errors.Is(err, table.ErrCondition) {
		return Connection{}, apierr.New(apierr.Conflict, "The connection was changed at the same moment. Look at it again, then decide.")
	}
	if err != nil {
		return Connection{}, err
	}
	return s.Get(ctx, conID)
}
