// Package connection holds the handlers of connections and their operations.
package connection

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(cons *connection.Service) []web.Endpoint {
	h := handlers{cons: cons}
	return []web.Endpoint{
		web.Bind("apis-list", http.StatusOK, h.list),
		web.Bind("apis-create", http.StatusCreated, h.create),
		web.Bind("apis-get", http.StatusOK, h.get),
		web.Bind("apis-update", http.StatusOK, h.update),
		web.Bind("apis-access", http.StatusOK, h.share),
		web.Bind("apis-delete", http.StatusOK, h.remove),
		web.Bind("apis-report", http.StatusOK, h.report),
		web.Bind("apis-refresh", http.StatusOK, h.refresh),
		web.Bind("apis-approve", http.StatusOK, h.approve),
		web.Bind("apis-endpoints", http.StatusOK, h.endpoints),
		web.Bind("apis-endpoint", http.StatusOK, h.endpoint),
	}
}

type handlers struct{ cons *connection.Service }

func (h handlers) list(ctx context.Context, in *ListIn) (*web.Reply[[]connection.Connection], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	whose, err := access.ParseWhose(in.Owner)
	if err != nil {
		return nil, err
	}
	all, next, err := web.Narrow(page, func(limit int, cursor string) ([]connection.Connection, string, error) {
		return h.cons.Told(ctx, limit, cursor)
	}, func(c connection.Connection) bool {
		return whose.Fits(ctx, c.Sharing) && (in.Q == "" || strings.Contains(strings.ToLower(c.Name), strings.ToLower(in.Q)))
	})
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func (h handlers) create(ctx context.Context, in *CreateIn) (*web.Reply[connection.Connection], error) {
	b := in.Body
	text, err := document(b.SpecDocument)
	if err != nil {
		return nil, err
	}
	c, err := h.cons.Create(ctx, connection.CreateInput{Name: b.Name, SpecURL: b.SpecURL, SpecDocument: text, BaseURL: b.BaseURL,
		Variables: b.Variables, AuthType: b.AuthType, AuthConfig: b.AuthConfig, ClientCertificate: b.ClientCertificate, Settings: b.Settings, Access: b.Access})
	if err != nil {
		return nil, err
	}
	return web.Created(c, c.Version)
}

func (h handlers) get(ctx context.Context, in *IDIn) (*web.Reply[connection.Connection], error) {
	c, err := h.cons.GetReported(ctx, in.ID)
	return reply(c, err)
}

func (h handlers) update(ctx context.Context, in *UpdateIn) (*web.Reply[connection.Connection], error) {
	b := in.Body
	change := connection.UpdateInput{Name: b.Name, SpecURL: b.SpecURL, BaseURL: b.BaseURL, Variables: b.Variables, AuthType: b.AuthType, AuthConfig: b.AuthConfig, ClientCertificate: b.ClientCertificate,
		Settings: b.Settings}
	if len(b.SpecDocument) > 0 {
		text, err := document(b.SpecDocument)
		if err != nil {
			return nil, err
		}
		change.SpecDocument = &text
	}
	c, err := h.cons.Update(ctx, in.ID, in.IfMatch, change)
	return reply(c, err)
}

func (h handlers) remove(ctx context.Context, in *IDIn) (*web.Reply[web.None], error) {
	if err := h.cons.Delete(ctx, in.ID); err != nil {
		return nil, err
	}
	return web.OK(web.None{})
}

func (h handlers) share(ctx context.Context, in *AccessIn) (*web.Reply[connection.Connection], error) {
	return reply(h.cons.SetAccess(ctx, in.ID, in.IfMatch, in.Body))
}

func (h handlers) approve(ctx context.Context, in *IDIn) (*web.Reply[connection.Connection], error) {
	c, err := h.cons.Approve(ctx, in.ID)
	return reply(c, err)
}

func (h handlers) refresh(ctx context.Context, in *IDIn) (*web.Reply[RefreshResult], error) {
	got, err := h.cons.Refresh(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := RefreshResult{Changed: got.Changed, Breaking: got.Breaking, AffectedWorkflows: got.AffectedWorkflows, Added: got.Added, Stale: got.Stale,
		BreakingCount: got.BreakingCount, Harmless: got.Harmless, HarmlessCount: got.HarmlessCount, BrokenWorkflows: got.BrokenWorkflows}
	if out.Harmless == nil {
		out.Harmless = []connection.Change{}
	}
	if out.BrokenWorkflows == nil {
		out.BrokenWorkflows = []connection.BrokenWorkflow{}
	}
	if out.Breaking == nil {
		out.Breaking = []connection.Change{}
	}
	if out.AffectedWorkflows == nil {
		out.AffectedWorkflows = []connection.WorkflowRef{}
	}
	return web.OK(out)
}

func (h handlers) endpoints(ctx context.Context, in *EndpointsIn) (*web.Reply[[]connection.EndpointHit], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	hits, next, err := h.cons.Endpoints(ctx, in.ID, in.Q, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(hits, next)
}

func (h handlers) report(ctx context.Context, in *ReportIn) (*web.Reply[[]spec.Warning], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	list, next, err := h.cons.Findings(ctx, in.ID, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(list, next)
}

func (h handlers) endpoint(ctx context.Context, in *EndpointIn) (*web.Reply[Endpoint], error) {
	e, err := h.cons.Endpoint(ctx, in.ID, in.OperationID)
	if err != nil {
		return nil, err
	}
	out, err := view(e)
	if err != nil {
		return nil, err
	}
	return web.OK(out)
}

func reply(c connection.Connection, err error) (*web.Reply[connection.Connection], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[connection.Connection]{Data: c, Version: c.Version}, nil
}

// document takes the text of a document from a JSON string, or the JSON itself.
func document(raw json.RawMessage) (connection.Text, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	if raw[0] != '"' && raw[0] != '{' {
		return "", apierr.New(apierr.ValidationFailed, "Give the document as text, or as a JSON object.").
			With(apierr.Problem{Path: "/specDocument", Code: "type", Message: "Give the document as text, or as a JSON object."})
	}
	var text connection.Text
	err := json.Unmarshal(raw, &text)
	return text, err
}

// view is an operation as clients see it, with what calling it means.
func view(e connection.Endpoint) (Endpoint, error) {
	op := &spec.Operation{Summary: e.Summary, Parameters: e.Parameters, Body: e.Body, Responses: e.Responses}
	risk, _ := effect.Risk(op)
	out := Endpoint{Summary: e.Summary, Parameters: []Parameter{}, Responses: []Response{}, Security: e.Security, BaseURL: e.BaseURL,
		Risk: string(risk), Effect: string(effect.Of(op, e.KeyHeader))}
	for _, p := range e.Parameters {
		out.Parameters = append(out.Parameters, Parameter{Name: p.Name, In: p.In, Required: p.Required, Deprecated: p.Deprecated,
			Description: p.Description, Schema: p.Schema, Example: p.Example})
	}
	if media, schema, ok := op.BodySchema(); ok {
		out.Body = &Body{Required: e.Body.Required, Description: e.Body.Description, MediaType: media, Schema: schema, MediaTypes: []string{}}
		for _, m := range e.Body.Content {
			out.Body.MediaTypes = append(out.Body.MediaTypes, m.Type)
		}
	}
	for _, r := range e.Responses {
		res := Response{Status: r.Status, Description: r.Description}
		if len(r.Content) > 0 {
			res.MediaType, res.Schema = r.Content[0].Type, r.Content[0].Schema
		}
		out.Responses = append(out.Responses, res)
	}
	out.Sample.Parameters = map[string]json.RawMessage{}
	for name, v := range e.Sample.Parameters {
		raw, err := json.Marshal(v)
		if err != nil {
			return Endpoint{}, err
		}
		out.Sample.Parameters[name] = raw
	}
	var err error
	if e.Sample.Body != nil {
		out.Sample.Body, err = json.Marshal(e.Sample.Body)
	}
	return out, err
}
