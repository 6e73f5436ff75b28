// Package apis opens connections and the library of their documents.
package apis

import (
	"context"
	"strings"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/news"
	"github.com/apiq/apiq/shared/wiring"
	"github.com/apiq/apiq/shared/workflow"
)

// APIs are connections, with all that they need.
type APIs struct {
	Connections *connection.Service
	Library     *library.Library
	Workflows   *workflow.Service
	Guard       *egress.Guard
	Grants      *grant.Service
	Triggers    *trigger.Service
}

// Options of APIs.
type Options struct {
	// Triggers are told what happens. Defaults to triggers without ports.
	Triggers *trigger.Service
	// Background takes imports of large documents over. Defaults to nobody: an import
	// is then promised, and handed over by event-resume.
	Background func(ctx context.Context, job connection.ImportJob) error
	// Imported is told of each document that was imported: what planning reads of it is
	// stored then. Defaults to nobody.
	Imported func(ctx context.Context, doc *spec.Document)
}

// Open opens connections whose documents can be read and fetched.
func Open(b *base.Base, blobs *blob.Store, o Options) (*APIs, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	if o.Triggers == nil {
		o.Triggers = triggers.Open(b)
	}
	if o.Background == nil {
		o.Background = func(context.Context, connection.ImportJob) error { return nil }
	}
	a := &APIs{Guard: g, Triggers: o.Triggers}
	a.Library = library.New(a.Guard.Client(nil), b.Store, blobs, b.Trail, &library.Options{
		TTL: b.Env.CacheTTL(), MaxBytes: b.Env.SpecMaxBytes, FetchTimeout: b.Env.FetchTimeout(), Tied: true, Imported: o.Imported, Log: b.Log})
	members := identity.NewDirectory(b.Store)
	a.Workflows = workflow.New(b.Store, blobs, b.Trail, &workflow.Options{Watcher: o.Triggers, Room: b.Quotas.Room(quota.Workflows), Members: members})
	a.Connections = connection.New(b.Store, b.Trail, b.Sealer, a.Library, a.Guard, &connection.Options{
		Room: b.Quotas.Room(quota.Connections), Members: members, Workflows: wiring.Uses{Workflows: a.Workflows}, Impact: &wiring.Impact{Workflows: a.Workflows, Connections: func() *connection.Service { return a.Connections }}, Announcer: news.New(o.Triggers), Background: o.Background, Log: b.Log})
	redirect := ""
	if b.Env.PublicURL != "" { // only routes know it, and only they send people away
		redirect = strings.TrimRight(b.Env.PublicURL, "/") + grant.CallbackPath
	}
	a.Grants = grant.New(b.Store, b.Trail, b.Sealer, a.Connections, a.Guard.Client(&egress.ClientOptions{NoRedirects: true}), &grant.Options{
		Redirect: redirect, Needs: wiring.Scopes{Workflows: a.Workflows, Connections: a.Connections}, Log: b.Log})
	a.Connections.UseTokens(connection.AuthOAuth, a.Grants)
	a.Connections.UseTokens(connection.AuthTokenExchange, a.Grants)
	return a, nil
}

// Records opens connections without their documents: what can be told and changed
// of them alone.
func Records(b *base.Base) *connection.Service {
	return connection.New(b.Store, b.Trail, b.Sealer, nil, nil, &connection.Options{Members: identity.NewDirectory(b.Store), Log: b.Log})
}

// Cache opens what is remembered of fetched documents, without the documents.
func Cache(b *base.Base) *library.Library {
	return library.New(nil, b.Store, nil, b.Trail, &library.Options{TTL: b.Env.CacheTTL(), Log: b.Log})
}
