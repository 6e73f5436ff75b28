package workflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

const (
	workflowPK = "WFL"
	// maxInline is the largest definition that lies in the table; larger ones go to
	// the blob store.
	maxInline = 200 << 10
)

func workflowKey(id string) table.Key { return table.Key{PK: workflowPK, SK: id} }

func versionPK(id string) string { return workflowPK + "#" + id }

func versionKey(id string, n int64) table.Key {
	return table.Key{PK: versionPK(id), SK: fmt.Sprintf("V#%010d", n)}
}

func hashOf(definition []byte) string {
	sum := sha256.Sum256(definition)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func errNotFound() error { return apierr.New(apierr.NotFound, "There is no such workflow.") }

// load reads the workflow without its definition.
func (s *Service) load(ctx context.Context, id string) (storedWorkflow, int64, error) {
	w, version, err := table.GetJSON[storedWorkflow](ctx, s.store, workflowKey(id))
	switch {
	case errors.Is(err, table.ErrNotFound), errors.Is(err, table.ErrInvalid):
		return w, 0, errNotFound()
	case err != nil:
		return w, 0, fmt.Errorf("workflow: load: %w", err)
	}
	w.OwnerID = access.Owner(w.OwnerID, w.CreatedBy)
	return w, version, nil
}

// open is load for whose rights count in the context: NOT_FOUND where they do not see
// the workflow, FORBIDDEN where they may less than this.
func (s *Service) open(ctx context.Context, id string, l access.Level) (storedWorkflow, int64, error) {
	w, version, err := s.load(ctx, id)
	if err != nil {
		return w, 0, err
	}
	return w, version, w.For(access.From(ctx)).Require(l, errNotFound())
}

// versionAt reads the definition that was current at version n: the newest that
// is not newer, since changes of the status leave no definition of their own.
func (s *Service) versionAt(ctx context.Context, id string, n int64) (storedVersion, error) {
	var v storedVersion
	page, err := s.store.Query(ctx, table.Query{
		PK: versionPK(id), From: versionKey(id, 0).SK, To: versionKey(id, n).SK, Limit: 1, Reverse: true,
	})
	if err != nil {
		return v, fmt.Errorf("workflow: version: %w", err)
	}
	if len(page.Items) == 0 {
		return v, apierr.Newf(apierr.NotFound, "The workflow has no version %d.", n)
	}
	if err := page.Items[0].Decode(&v); err != nil {
		return v, err
	}
	if v.Blob != "" {
		if v.Definition, err = s.blobs.ReadAll(ctx, v.Blob, MaxBytes); err != nil {
			return v, fmt.Errorf("workflow: definition of version %d: %w", n, err)
		}
	}
	if hashOf(v.Definition) != v.Hash {
		return v, fmt.Errorf("workflow: definition of version %d of %s is not the one that was stored", n, id)
	}
	return v, nil
}

// versionOp stores a version; its definition goes to the blob store first where
// it is large. A transaction that then fails leaves an object that nothing names.
func (s *Service) versionOp(ctx context.Context, id string, v storedVersion) (table.Op, error) {
	if len(v.Definition) > maxInline {
		v.Blob = fmt.Sprintf("workflows/%s/%s.json", id, v.Hash[len("sha256:"):])
		if _, err := s.blobs.Put(ctx, v.Blob, bytes.NewReader(v.Definition)); err != nil {
			return table.Op{}, fmt.Errorf("workflow: store definition: %w", err)
		}
		v.Definition = nil
	}
	item, err := table.JSONItem(versionKey(id, v.Version), v)
	return table.Put(item, table.Absent()), err
}

// canonical checks a definition and gives its one form.
func canonical(raw json.RawMessage) (*Document, json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil, apierr.New(apierr.ValidationFailed, "A workflow needs a definition.").
			With(apierr.Problem{Path: "/definition", Code: "required", Message: "The field is required."})
	}
	doc, err := Parse(raw)
	if err != nil {
		return nil, nil, below(err, "/definition")
	}
	encoded, err := Encode(doc)
	return doc, encoded, err
}

// below moves the problems of an error under the field that held the document.
func below(err error, prefix string) error {
	var e *apierr.Error
	if errors.As(err, &e) {
		for i := range e.Problems {
			e.Problems[i].Path = prefix + e.Problems[i].Path
		}
	}
	return err
}
