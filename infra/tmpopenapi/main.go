package main

import (
	"context"
	"net/http"
	"os"

	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/api/chat"
	apiconn "github.com/apiq/apiq/shared/api/connection"
	apiexec "github.com/apiq/apiq/shared/api/execution"
	"github.com/apiq/apiq/shared/api/log"
	"github.com/apiq/apiq/shared/api/member"
	"github.com/apiq/apiq/shared/api/system"
	apiwf "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/web"
)

func b[In, Out any](id string, st int) web.Endpoint {
	return web.Bind(id, st, func(context.Context, *In) (*web.Reply[Out], error) { return nil, nil })
}
func raw[In any](id, p string) web.Endpoint {
	return web.BindRaw(id, p, func(http.ResponseWriter, *http.Request, *In) error { return nil })
}

func main() {
	all := auth.Endpoints(nil, auth.Cookies{})
	all = append(all, member.Endpoints(nil)...)
	all = append(all, log.Endpoints(nil)...)
	all = append(all,
		b[apiconn.ListIn, []connection.Connection]("apis-list", 200), b[apiconn.CreateIn, connection.Connection]("apis-create", 201),
		b[apiconn.IDIn, connection.Connection]("apis-get", 200), b[apiconn.UpdateIn, connection.Connection]("apis-update", 200),
		b[apiconn.IDIn, web.None]("apis-delete", 200), b[apiconn.IDIn, apiconn.TestResult]("apis-test", 200), b[apiconn.IDIn, apiconn.RefreshResult]("apis-refresh", 200),
		b[apiconn.EndpointsIn, []spec.Summary]("apis-endpoints", 200), b[apiconn.EndpointIn, apiconn.Endpoint]("apis-endpoint", 200), b[apiconn.TryIn, apiconn.TryResult]("apis-try", 200),
		b[chat.ChatIn, chat.Plan]("chat", 200), b[chat.ExecuteIn, chat.Started]("chat-execute", 202),
		b[apiwf.ListIn, []apiwf.Summary]("workflows-list", 200), b[apiwf.CreateIn, apiwf.Workflow]("workflows-create", 201), b[apiwf.IDIn, apiwf.Workflow]("workflows-get", 200), b[apiwf.UpdateIn, apiwf.Workflow]("workflows-update", 200), b[apiwf.IDIn, web.None]("workflows-delete", 200),
		b[apiwf.PageIn, []apiwf.Version]("workflows-versions", 200), b[apiwf.RollbackIn, apiwf.Workflow]("workflows-rollback", 200), b[apiwf.ExecuteIn, apiwf.Started]("workflows-execute", 202), raw[apiwf.ExportIn]("workflows-export", "application/json"), raw[web.None]("workflow-schema", "application/schema+json"),
		b[apiexec.ListIn, []execution.Execution]("executions-list", 200), b[apiexec.IDIn, execution.Detail]("executions-get", 200), b[apiexec.EventsIn, apiexec.Events]("executions-events", 200), b[apiexec.IDIn, execution.Execution]("executions-cancel", 200), b[apiexec.IDIn, execution.Execution]("executions-retry", 200), b[apiexec.ResolveIn, execution.Execution]("executions-resolve", 200),
		b[web.None, []system.CacheEntry]("spec-cache-list", 200), b[system.PurgeIn, system.Purged]("spec-cache-purge", 200), b[web.None, system.Stats]("stats", 200), b[web.None, system.Health]("health", 200), raw[web.None]("openapi", "application/json"),
	)
	if m := web.Missing(all); len(m) > 0 {
		panic(m)
	}
	doc, err := web.OpenAPI(all, "0.1.0")
	if err != nil {
		panic(err)
	}
	os.WriteFile("docs/openapi.json", doc, 0o644)
}
