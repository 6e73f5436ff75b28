package rehearse

import (
	"context"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/workflow"
)

// source is one version of a workflow.
type source struct {
	id, name string
	version  int64
	document *workflow.Document
	sharing  access.Sharing
}

// versionKey is how a version is asked for; 0 is the newest.
type versionKey struct {
	id      string
	version int64
}

// load reads a version: the newest is the same for the whole rehearsal.
func (s *stage) load(ctx context.Context, id string, version int64) (source, error) {
	key := versionKey{id, version}
	if w, ok := s.loaded[key]; ok {
		return w, nil
	}
	v, err := s.workflows.Version(ctx, id, version)
	if err != nil {
		return source{}, err
	}
	w := source{id: id, name: v.Name, version: v.VersionInfo.Version, document: v.Document, sharing: v.Sharing}
	s.loaded[key] = w
	return w, nil
}

// document implements check.Options.Workflows.
func (s *stage) document(ctx context.Context, id string, version int64) (*workflow.Document, error) {
	w, err := s.load(ctx, id, version)
	return w.document, err
}
