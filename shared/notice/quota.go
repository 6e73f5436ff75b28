package notice

import (
	"context"

	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

// Near implements quota.Teller: one letter to each of the workspace's admins.
func (d Desk) Near(ctx context.Context, w quota.Warning) ([]table.Op, func(context.Context), error) {
	admins, err := d.people.Reach(ctx, []string{string(route.RoleAdmin)}, maxPeople)
	if err != nil {
		return nil, nil, err
	}
	l := letter.NearLimit(w.Kind.Meaning(), w.Kind.Amount(w.Used), w.Kind.Amount(w.Limit), w.RenewsAt, d.post.Link("/settings/usage"))
	return d.pack(ctx, w.Workspace, admins, l)
}

// pack queues a letter to each of some people.
func (d Desk) pack(ctx context.Context, workspace string, people []string, l letter.Letter) ([]table.Op, func(context.Context), error) {
	var ops []table.Op
	var parcels []post.Parcel
	for _, to := range people {
		parcel, err := d.post.Pack(ctx, workspace, to, l)
		if err != nil {
			return nil, nil, err
		}
		ops, parcels = append(ops, parcel.Op), append(parcels, parcel)
	}
	return ops, func(ctx context.Context) { d.post.Ring(ctx, parcels...) }, nil
}
