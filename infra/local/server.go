package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apiq/apiq/dashboard"
	"github.com/apiq/apiq/shared/api/account"
	"github.com/apiq/apiq/shared/api/auth"
	apicall "github.com/apiq/apiq/shared/api/call"
	"github.com/apiq/apiq/shared/api/chat"
	apiconnection "github.com/apiq/apiq/shared/api/connection"
	"github.com/apiq/apiq/shared/api/directory"
	apidomain "github.com/apiq/apiq/shared/api/domain"
	"github.com/apiq/apiq/shared/api/exchange"
	apiexecution "github.com/apiq/apiq/shared/api/execution"
	apigallery "github.com/apiq/apiq/shared/api/gallery"
	apigrant "github.com/apiq/apiq/shared/api/grant"
	"github.com/apiq/apiq/shared/api/key"
	apilaunch "github.com/apiq/apiq/shared/api/launch"
	"github.com/apiq/apiq/shared/api/log"
	apimail "github.com/apiq/apiq/shared/api/mail"
	"github.com/apiq/apiq/shared/api/member"
	apipasskey "github.com/apiq/apiq/shared/api/passkey"
	"github.com/apiq/apiq/shared/api/policy"
	apipreset "github.com/apiq/apiq/shared/api/preset"
	apirehearse "github.com/apiq/apiq/shared/api/rehearse"
	apiretention "github.com/apiq/apiq/shared/api/retention"
	apisaml "github.com/apiq/apiq/shared/api/saml"
	apisignin "github.com/apiq/apiq/shared/api/signin"
	apisink "github.com/apiq/apiq/shared/api/sink"
	"github.com/apiq/apiq/shared/api/speccache"
	apistats "github.com/apiq/apiq/shared/api/stats"
	"github.com/apiq/apiq/shared/api/system"
	apitrigger "github.com/apiq/apiq/shared/api/trigger"
	"github.com/apiq/apiq/shared/api/usage"
	apiworkflow "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/api/workspace"
	"github.com/apiq/apiq/shared/identity/passkey"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
	"github.com/apiq/apiq/shared/workflow"
)

// endpoints binds every route of the table to the home's services.
func (h *home) endpoints() ([]web.Endpoint, error) {
	var all []web.Endpoint
	cookies := auth.Cookies{Secure: h.config.SecureCookies()}
	all = append(all, auth.Endpoints(h.people, cookies)...)
	all = append(all, auth.Logout(h.people, cookies, signin.Exit{PublicURL: func() string { return h.public }, Store: h.store})...)
	all = append(all, auth.Second(h.people)...)
	browsers := outside.Cookies{Secure: cookies.Secure, Session: cookies.Session}
	all = append(all, apisignin.Endpoints(h.signins, browsers)...)
	all = append(all, apisignin.Identities(h.signins, h.people, browsers)...)
	all = append(all, apidomain.Endpoints(h.domains)...)
	all = append(all, auth.Tokens(h.people)...)
	all = append(all, auth.Choices(h.people, !h.config.SMTPURL.IsZero(), func() string { return h.public })...)
	all = append(all, apipasskey.Endpoints(passkey.New(h.store, h.trail, h.people, func() string { return h.public }, nil), cookies.Reply)...)
	all = append(all, member.Endpoints(h.people)...)
	all = append(all, workspace.Endpoints(h.people)...)
	all = append(all, policy.Endpoints(h.people)...)
	all = append(all, apiretention.Endpoints(h.retention)...)
	all = append(all, usage.Endpoints(h.quotas, stats.Counters(h.connections, h.flows, h.triggers, h.people))...)
	all = append(all, account.Endpoints(h.people)...)
	all = append(all, apiconnection.Endpoints(h.connections)...)
	all = append(all, apigrant.Endpoints(h.grants, apigrant.Cookies{Secure: h.config.SecureCookies()})...)
	all = append(all, apipreset.Endpoints()...)
	all = append(all, apicall.Endpoints(h.connections, h.calls)...)
	all = append(all, chat.Endpoints(h.plans, h.launcher)...)
	all = append(all, apiworkflow.Endpoints(h.flows)...)
	all = append(all, apigallery.Endpoints(h.templates)...)
	all = append(all, apilaunch.Endpoints(h.launcher)...)
	all = append(all, exchange.Endpoints(h.flows, h.launcher, h.connections)...)
	all = append(all, apirehearse.Endpoints(h.rehearsals)...)
	all = append(all, apirehearse.Comparisons(rehearse.NewComparer(h.rehearsals, h.runs, h.calls))...)
	all = append(all, apiexecution.Endpoints(h.runs, h.flows)...)
	all = append(all, apitrigger.Endpoints(h.triggers)...)
	all = append(all, log.Endpoints(h.trail)...)
	all = append(all, apimail.Endpoints(h.desk, h.config.Alone())...)
	all = append(all, speccache.Endpoints(h.library)...)
	all = append(all, key.Endpoints(h.rotation)...)
	all = append(all, apisink.Endpoints(h.sinks)...)
	all = append(all, apisaml.Endpoints(h.saml, browsers)...)
	all = append(all, directory.Endpoints(h.directory, h.people)...)
	all = append(all, apistats.Endpoints(h.stats)...)
	all = append(all, system.Endpoints(system.Deps{
		Version: version, Schema: workflow.Schema,
		Checks: map[string]system.Check{"table": h.store.Answers},
		// Made when it is first asked for: it would be a good part of each start.
		Contract: sync.OnceValues(func() ([]byte, error) { return web.OpenAPI(all, version) }),
	})...)
	if missing := web.Missing(all); len(missing) > 0 {
		return nil, fmt.Errorf("routes without a handler: %v", missing)
	}
	return all, nil
}

// handler is the whole process: the API, the sample APIs, the dashboard.
func (h *home) handler(samples http.Handler) (http.Handler, error) {
	all, err := h.endpoints()
	if err != nil {
		return nil, err
	}
	api, err := web.New(all, web.Deps{Auth: h.people, Directory: h.people, Trail: h.trail, Store: h.store, Sealer: h.sealer, Limiter: h.limiter, Quotas: h.quotas, Log: h.log}, &web.Options{Since: h.since})
	if err != nil {
		return nil, err
	}
	files, err := dashboard.Files()
	if err != nil {
		return nil, err
	}
	served, mux := api.Handler(), http.NewServeMux()
	mux.Handle(samplesPath, samples)
	mux.Handle("/", dashboardHandler(fs.FS(files)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What the API has, and has not, it tells itself: the mux would redirect to a clean path.
		if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/hooks/") || strings.HasPrefix(r.URL.Path, "/scim/") {
			served.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// Time-outs of the server: a slow client cannot hold a connection for ever. An
// event poll waits up to 25 s, a spec upload may take a minute.
const (
	headerTimeout   = 10 * time.Second
	bodyTimeout     = 2 * time.Minute
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 64 << 10
	shutdownTimeout = 10 * time.Second
)

// serveHTTP serves until ctx ends, then lets requests under way finish.
func serveHTTP(ctx context.Context, logger *slog.Logger, l net.Listener, handler http.Handler) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: 6 * time.Minute,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(stopping); err != nil {
		return srv.Close()
	}
	return nil
}
