// Package resuming takes up what a failure left undone.
package resuming

import (
	"context"
	"encoding/json"

	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/area/retention"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/domains"
	"github.com/apiq/apiq/functions/internal/imports"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/functions/internal/rotation"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/functions/internal/sinks"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/notice"
	"github.com/apiq/apiq/shared/plan"
	kept "github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/upkeep"
	"github.com/apiq/apiq/shared/wiring"
)

// runsAtOnce is how many open runs one call takes up: at eight at once and a tenth of a second each, they
// take half a minute. With more of them open, each has its turn every few calls.
const runsAtOnce = 2000

// Handler is the function of the sweep: runs that were promised, decisions that did not reach the engine, what is due for triggers,
// imports that nobody finished, sweeps that follow a rotation of keys, records that are sent on, domains that are looked at, data that is kept no longer. It may run beside anything else, and beside itself.
func Handler(b *base.Base) (lambda.Handler, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	t := triggers.Open(b)
	a, err := apis.Open(b, objects, apis.Options{Triggers: t, Background: imports.Machine(b)})
	if err != nil {
		return nil, err
	}
	r, err := runs.Open(b, objects, t)
	if err != nil {
		return nil, err
	}
	ports.Use(b, t, trigger.Ports{Workflows: a.Workflows, Launcher: launch.New(a.Workflows, wiring.Resolver{Connections: a.Connections}, r.Service)})
	keys, err := rotation.Open(b, a.Connections, t)
	if err != nil {
		return nil, err
	}
	out, err := sinks.Open(b)
	if err != nil {
		return nil, err
	}
	people := identity.NewDirectory(b.Store)
	leaving := func(ctx context.Context) error { return people.ResumeLeaving(ctx, a.Connections, a.Workflows) }
	deletion := upkeep.NewDeletion(people, r.Service, t, b.Sealer, b.Trail, b.Store, objects, nil)
	expiry := upkeep.NewRetention(people, retention.Open(b), map[kept.Kind]upkeep.Past{kept.Runs: r.Service, kept.Plans: plan.NewPast(b.Store)}, b.Trail, b.Store, nil)
	desk := notice.New(people, post.New(b.Store, b.Sealer, &post.Options{URL: b.Env.PublicURL, Log: b.Log}))
	warn := func(ctx context.Context) error { return b.Quotas.Tell(ctx, desk) }
	open := func(ctx context.Context) error { return r.Service.SweepOn(ctx, runsAtOnce) }
	return func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
		ctx = tenant.WithActor(audit.Track(ctx), tenant.Actor{ID: "system"})
		return nil, together(ctx, open, t.Resume, keys.Resume, out.Deliver, domains.Open(b, nil).Recheck, deletion.Resume, expiry.Resume, warn, leaving, func(ctx context.Context) error {
			_, err := a.Connections.ResumeImports(ctx)
			return err
		})
	}, nil
}
