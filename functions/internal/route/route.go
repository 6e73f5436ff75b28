// Package route serves one row of the table of routes from a function.
package route

import (
	"fmt"
	"net/http"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/web"
)

// Build makes the endpoints of the row's area; the other rows' are left out.
type Build func(*base.Base, *identity.Service) ([]web.Endpoint, error)

// Serve is the main of a route's function; it does not return.
func Serve(id string, build Build) {
	base.Main(func(b *base.Base) (lambda.Handler, error) {
		h, err := Handler(b, id, build)
		if err != nil {
			return nil, err
		}
		return lambda.HTTP(h, &lambda.HTTPOptions{Origin: b.Env.Origin}), nil
	})
}

// Handler is the row as HTTP.
func Handler(b *base.Base, id string, build Build) (http.Handler, error) {
	limiter, err := bucket.New(b.Store, nil)
	if err != nil {
		return nil, err
	}
	row, ok := route.FunctionByID(id)
	if !ok {
		return nil, fmt.Errorf("route: no function %s", id)
	}
	people, err := identity.New(b.Store, b.Trail, b.Sealer, limiter, &identity.Options{
		Mail: post.New(b.Store, b.Sealer, &post.Options{URL: b.Env.PublicURL, Log: b.Log}), Registration: b.Env.Registration, Room: b.Quotas.GlobalRoom(quota.Members), ReadOnly: row.Needs.Table != route.Write})
	if err != nil {
		return nil, err
	}
	all, err := build(b, people)
	if err != nil {
		return nil, err
	}
	one, err := web.Only(all, id)
	if err != nil {
		return nil, err
	}
	server, err := web.New(one, web.Deps{Auth: people, Directory: people, Trail: b.Trail, Store: b.Store, Sealer: b.Sealer, Limiter: limiter, Quotas: b.Quotas, Log: b.Log}, nil)
	if err != nil {
		return nil, err
	}
	return server.Handler(), nil
}
