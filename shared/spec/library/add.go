package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/tenant"
)

// Add parses and stores a document that was uploaded or pasted. It keeps raw,
// which the caller must not change afterwards. Where it refers to others by their
// full addresses they are fetched, and the hash is that of all together. Errors are
// SPEC_INVALID and SPEC_TOO_LARGE; nothing is stored then.
func (l *Library) Add(ctx context.Context, raw []byte) (Result, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Result{}, err
	}
	cost := &Figures{Bytes: int64(len(raw))}
	doc, raw, err := l.read(ctx, cost, raw, "")
	if err != nil {
		return Result{}, err
	}
	if err := l.file(ctx, cost, doc, raw); err != nil {
		return Result{}, err
	}
	l.remember(workspace, doc)
	info := doc.Info()
	return Result{Hash: info.Hash, Document: doc, How: Added, FetchedAt: cost.At, Bytes: info.Bytes, Imported: cost}, nil
}

// Stash stores a document unread, to be added later by AddStashed, and returns
// the hash that it will have. It keeps large uploads across a restart.
func (l *Library) Stash(ctx context.Context, raw []byte) (hash string, err error) {
	if int64(len(raw)) > l.o.MaxBytes {
		message := fmt.Sprintf("The document is larger than %d MiB.", max(l.o.MaxBytes>>20, 1))
		return "", apierr.New(apierr.SpecTooLarge, message).With(apierr.Problem{Code: "too_large", Message: message})
	}
	sum := sha256.Sum256(raw)
	hash = "sha256:" + hex.EncodeToString(sum[:])
	_, err = l.putPart(ctx, hash, partSource, raw)
	return hash, err
}

// AddStashed adds what was stashed. Errors are those of Add, and NOT_FOUND.
func (l *Library) AddStashed(ctx context.Context, hash string) (Result, error) {
	if ObjectName(hash, "") == "" {
		return Result{}, apierr.New(apierr.NotFound, "The document is not stored here.")
	}
	raw, err := l.getPart(ctx, hash, partSource)
	if errors.Is(err, blob.ErrNotFound) {
		return Result{}, apierr.Wrap(apierr.NotFound, "The document is not stored here.", err)
	}
	if err != nil {
		return Result{}, err
	}
	res, err := l.Add(ctx, raw)
	if err != nil && apierr.CodeOf(err) != apierr.SpecInvalid && apierr.CodeOf(err) != apierr.SpecTooLarge {
		return Result{}, err
	}
	if err != nil || string(raw) == string(res.Document.JSON()) {
		// Unusable, or stored as JSON by now: the stash is of no more use.
		for _, name := range []string{ObjectName(hash, partSource), ObjectName(hash, partSource+oldSuffix)} {
			gone := l.blobs.Delete(ctx, name)
			if gone == nil {
				continue
			}
			l.o.Log.WarnContext(ctx, "stash left behind", "specHash", hash, "cause", gone)
		}
	}
	return res, err
}
