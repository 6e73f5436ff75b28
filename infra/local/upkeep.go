package main

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/migrate"
	"github.com/apiq/apiq/shared/notice"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/upkeep"
)

// migrate brings the data folder to this program's schema, or refuses one that a
// newer program wrote. The folder's lock keeps other processes out.
func (h *home) migrate(ctx context.Context) error {
	m, err := migrate.New(h.store, migrate.Steps(h.db), &migrate.Options{Alone: true, Log: h.log})
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}

// nightly are the jobs that state machines do on AWS, over the same domains.
func (h *home) nightly() []upkeep.Job {
	all := identity.NewDirectory(h.store)
	drift := upkeep.NewDrift(all, h.connections, h.trail, h.log)
	archive := upkeep.NewArchive(all, h.trail, h.blobs, h.store, nil)
	return []upkeep.Job{
		{Name: "audit-archive", Run: archive.Everywhere},
		{Name: "key-rotation", Run: h.rotation.Everywhere},
		{Name: "drift", Run: drift.Everywhere},
		{Name: "journals", Run: h.engine.Fold},
		{Name: "retention", Run: h.expiry(all, nil).Everywhere},
	}
}

// expiry removes what workspaces keep no longer.
func (h *home) expiry(w upkeep.Workspaces, now func() time.Time) *upkeep.Retention {
	return upkeep.NewRetention(w, h.retention, map[retention.Kind]upkeep.Past{retention.Runs: h.runs, retention.Plans: plan.NewPast(h.store)},
		h.trail, h.store, &upkeep.RetentionOptions{Now: now})
}

// openRotation makes what keeps data keys young. No other process seals under a key
// that this one has replaced, so a sweep need not wait.
func (h *home) openRotation() {
	h.rotation = upkeep.NewRotation(identity.NewDirectory(h.store), h.sealer, upkeep.Holders{Connections: h.connections, Grants: h.grants, Triggers: h.triggers, SignIns: h.signins, SignInKeys: h.samlKeys, Sinks: h.sinks, Sessions: h.people},
		h.trail, h.store, &upkeep.RotationOptions{Promised: h.sweeps.ring})
}

// rotations does the sweeps that follow rotations of keys: what a crash left, what is
// asked for, and from time to time what has become due.
func (h *home) rotations(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	followed := ""
	for {
		// apiq keys rotate --master gives the file another key while this process runs.
		if master := h.wrap.Master(); master != followed && len(h.wrap.Prints()) > 1 {
			if n, err := h.rotation.Follow(ctx); err != nil && ctx.Err() == nil {
				h.log.ErrorContext(ctx, "some data keys are not wrapped under the new master key yet; it is tried again in a moment", "err", err)
			} else if err == nil {
				followed = master
				h.log.InfoContext(ctx, "data keys are wrapped under the newest master key", "master", master, "wrapped", n)
			}
		}
		if err := h.rotation.Resume(ctx); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "a sweep of keys is left undone; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.sweeps:
		case <-ticker.C:
		}
	}
}

// nights does the jobs until ctx ends.
func (h *home) nights(ctx context.Context) error {
	return upkeep.NewNightly(h.store, h.nightly(), &upkeep.NightlyOptions{Log: h.log}).Run(ctx)
}

// deletion carries out what owners of workspaces asked for.
func (h *home) deletion(now func() time.Time) *upkeep.Deletion {
	return upkeep.NewDeletion(identity.NewDirectory(h.store), h.runs, h.triggers, h.sealer, h.trail, h.store, h.blobs, &upkeep.DeletionOptions{Now: now, Gone: h.noteErased})
}

// passOn hands on what members who left owned.
func (h *home) passOn(ctx context.Context) error {
	return identity.NewDirectory(h.store).ResumeLeaving(ctx, h.connections, h.flows)
}

// bell asks a loop for another round; rung while one is asked for, it says nothing more.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// deletions looks from time to time for workspaces that wait for their deletion, and for
// what members who left owned, which it is also asked for.
func (h *home) deletions(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for all := h.deletion(nil); ; {
		if err := errors.Join(all.Resume(ctx), h.passOn(ctx)); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "a deletion is left undone; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.left:
		case <-ticker.C:
		}
	}
}

// domainChecks looks from time to time whether domains are still shown to be their workspaces'.
func (h *home) domainChecks(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := h.domains.Recheck(ctx); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "a domain is left unchecked; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// warnings tells admins from time to time of quotas that are nearly used up.
func (h *home) warnings(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for desk := notice.New(identity.NewDirectory(h.store), h.post); ; {
		if err := h.quotas.Tell(ctx, desk); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "admins are not told yet that a quota is nearly used up; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// gate refuses runs of a workspace that waits for its deletion, has had those of its day,
// or has no storage left.
func (h *home) gate(ctx context.Context) error {
	if err := identity.NewDirectory(h.store).Open(ctx); err != nil {
		return err
	}
	return h.quotas.TakeRun(ctx)
}
