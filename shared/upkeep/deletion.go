package upkeep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Stopper are the runs of the workspace in the context: an execution.Service.
type Stopper interface {
	StopAll(ctx context.Context) (int, error)
}

// Clocks are the clocks of its triggers: a trigger.Service.
type Clocks interface {
	ForgetClocks(ctx context.Context) (int, error)
}

// Shredder drops its data keys: a secret.Envelope.
type Shredder interface {
	Shred(ctx context.Context, also ...table.Op) (secret.Shredded, error)
}

// Deletion carries out what owners asked for: it stops what runs in a workspace that
// waits for its deletion, and deletes it when its time has come:
//
//	closed → (restored) | runs stopped → due → clocks, objects, keys, items, records of the installation → proof
//
// Each step may be repeated, and the workspace's own record goes last, together with
// the proof: what is cut off is done again from the start. Counts of a deletion that
// was cut off are those of its last try.
type Deletion struct {
	people *identity.Directory
	runs   Stopper
	clocks Clocks
	keys   Shredder
	trail  *audit.Trail
	store  *table.Store
	blobs  *blob.Store
	o      DeletionOptions
}

// DeletionOptions of a Deletion.
type DeletionOptions struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Gone keeps, where the records are not, what was erased: it is told before the last
	// step of each erasure, perhaps more than once. Defaults to nobody.
	Gone func(context.Context, identity.Gone) error
}

// NewDeletion makes a Deletion.
func NewDeletion(people *identity.Directory, r Stopper, c Clocks, k Shredder, trail *audit.Trail, store *table.Store, blobs *blob.Store, opts *DeletionOptions) *Deletion {
	o := DeletionOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Gone == nil {
		o.Gone = func(context.Context, identity.Gone) error { return nil }
	}
	return &Deletion{people, r, c, k, trail, store, blobs, o}
}

// Resume does what there is to do in all workspaces that wait, and what is left of
// erasures of accounts. One that fails keeps
// no other from it.
func (d *Deletion) Resume(ctx context.Context) error {
	waiting, err := d.people.Closing(ctx, d.o.Now())
	if err != nil {
		return err
	}
	faults := []error{d.people.ResumeErasures(ctx, d.trail, d.o.Now(), d.o.Gone)}
	for _, c := range waiting {
		inside := within(ctx, c.Workspace.ID)
		_, err := d.runs.StopAll(inside)
		if err == nil && c.Due {
			err = d.carryOut(inside, c.Workspace)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("delete %s: %w", c.Workspace.ID, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(faults...)
}

func (d *Deletion) carryOut(ctx context.Context, w identity.Workspace) error {
	proof := identity.Deletion{WorkspaceID: w.ID, OwnerID: w.OwnerID, RequestedBy: w.ClosedBy, RequestedAt: w.UpdatedAt, Items: map[string]int{}, Objects: map[string]int{}}
	if proof.OwnerID == "" {
		proof.OwnerID = w.ClosedBy
	}
	var err error
	if proof.Trail, err = d.trail.Ends(ctx); err != nil {
		return err
	}
	if _, err := d.clocks.ForgetClocks(ctx); err != nil {
		return err
	}
	for info, err := range d.blobs.All(ctx, "") {
		if err != nil {
			return err
		}
		if err := d.blobs.Delete(ctx, info.Name); err != nil {
			return err
		}
		kind, _, _ := strings.Cut(info.Name, "/")
		proof.Objects[kind]++
		proof.Bytes += info.Size
	}
	keys, err := d.keys.Shred(ctx)
	if err != nil {
		return err
	}
	proof.Keys, proof.KeysHash = keys.Keys, keys.Hash
	err = d.store.Wipe(ctx, func(item table.Item) {
		kind, _, _ := strings.Cut(item.PK, "#")
		proof.Items[kind]++
	})
	if err != nil {
		return err
	}
	if proof.System, err = d.people.Forget(ctx, w.ID); err != nil {
		return err
	}
	proof.DeletedAt = d.o.Now().UTC().Truncate(time.Second)
	if proof.Hash, err = hashOf(proof); err != nil {
		return err
	}
	if err := d.o.Gone(ctx, identity.Gone{Kind: identity.GoneWorkspace, ID: w.ID, At: proof.DeletedAt}); err != nil {
		return err
	}
	return d.people.Deleted(ctx, d.trail, w, proof)
}

// hashOf is the proof's hash: over its JSON, in the order of its fields, without it.
func hashOf(proof identity.Deletion) (string, error) {
	proof.Hash = ""
	raw, err := json.Marshal(proof)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), err
}
