package workflow

import (
	"context"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

// Versions lists a workflow's versions without their definitions, newest first,
// and the cursor of the next page. The error is NOT_FOUND, or VALIDATION_FAILED
// for a wrong cursor.
func (s *Service) Versions(ctx context.Context, wid string, limit int, cursor string) ([]VersionInfo, string, error) {
	if _, _, err := s.open(ctx, wid, access.Use); err != nil {
		return nil, "", err
	}
	list := make([]VersionInfo, 0, limit)
	next, err := s.page(ctx, table.Query{PK: versionPK(wid), Prefix: "V#", Limit: limit, Cursor: cursor, Reverse: true}, func(item table.Item) (bool, error) {
		var v storedVersion
		err := item.Decode(&v)
		list = append(list, v.VersionInfo)
		return true, err
	})
	return list, next, err
}

// Version gives the definition that was current at version n, 0 for now. It never
// changes: a run may be compiled from it at any time. The error is NOT_FOUND.
func (s *Service) Version(ctx context.Context, wid string, n int64) (Frozen, error) {
	w, version, err := s.open(ctx, wid, access.Use)
	if err != nil {
		return Frozen{}, err
	}
	return s.frozen(ctx, wid, w, version, n)
}

func (s *Service) frozen(ctx context.Context, wid string, w storedWorkflow, version, n int64) (Frozen, error) {
	if n == 0 {
		n = w.LatestVersion
	}
	if n < 0 || n > version {
		return Frozen{}, apierr.Newf(apierr.NotFound, "The workflow has no version %d.", n)
	}
	v, err := s.versionAt(ctx, wid, n)
	if err != nil {
		return Frozen{}, err
	}
	doc, err := Stored(v.Definition)
	if err != nil {
		return Frozen{}, err
	}
	return Frozen{WorkflowID: wid, VersionInfo: v.VersionInfo, Sharing: w.Sharing, Definition: v.Definition, Document: doc}, nil
}
