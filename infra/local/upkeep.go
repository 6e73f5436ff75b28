package main

import (
	"context"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/migrate"
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
	rotation := upkeep.NewRotation(all, h.sealer, []upkeep.Sealed{h.connections, h.triggers}, []upkeep.Sealed{h.people}, h.trail, h.store, nil)
	archive := upkeep.NewArchive(all, h.trail, h.blobs, h.store, nil)
	jobs := []upkeep.Job{
		{Name: "audit-archive", Run: archive.Everywhere},
		{Name: "key-rotation", Run: rotation.Everywhere},
		{Name: "drift", Run: drift.Everywhere},
		{Name: "journals", Run: h.engine.Fold},
	}
	if keep := h.config.KeepRuns(); keep > 0 {
		jobs = append(jobs, upkeep.Job{Name: "retention", Run: upkeep.NewRetention(all, h.runs, keep, nil).Everywhere})
	}
	return jobs
}

// nights does the jobs until ctx ends.
func (h *home) nights(ctx context.Context) error {
	return upkeep.NewNightly(h.store, h.nightly(), &upkeep.NightlyOptions{Log: h.log}).Run(ctx)
}
