// Package log holds the handlers of the audit trail.
package log

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/web"
)

// ListIn filters the trail.
type ListIn struct {
	Limit    int       `query:"limit"`
	Cursor   string    `query:"cursor"`
	Action   string    `query:"action" doc:"An action, or a prefix that ends in a dot."`
	Resource string    `query:"resource"`
	Actor    string    `query:"actor" doc:"A user id or e-mail."`
	Outcome  string    `query:"outcome" enum:"done,refused,failed"`
	Level    string    `query:"level" enum:"info,warn,error"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
	Q        string    `query:"q"`
}

// ExportIn filters the file and names its format.
type ExportIn struct {
	Format   string    `query:"format" enum:"csv,ndjson"`
	Action   string    `query:"action"`
	Resource string    `query:"resource"`
	Actor    string    `query:"actor"`
	Outcome  string    `query:"outcome" enum:"done,refused,failed"`
	Level    string    `query:"level" enum:"info,warn,error"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
	Q        string    `query:"q"`
}

// Endpoints binds the routes of this area.
func Endpoints(trail *audit.Trail) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("logs-list", http.StatusOK, func(ctx context.Context, in *ListIn) (*web.Reply[[]audit.Record], error) {
			page, err := web.Page(in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			f := audit.Filter{Action: in.Action, Resource: in.Resource, Actor: in.Actor, Outcome: audit.Outcome(in.Outcome), Level: audit.Level(in.Level), From: in.From, To: in.To, Text: in.Q}
			got, err := trail.List(ctx, f, page.Limit, page.Cursor)
			if err != nil {
				return nil, err
			}
			return web.List(got.Records, got.Next)
		}),
		web.BindRaw("logs-export", "application/x-ndjson", func(w http.ResponseWriter, r *http.Request, in *ExportIn) error {
			return export(w, r, trail, in)
		}),
		web.Bind("logs-verify", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[audit.Verification], error) {
			v, err := trail.Verify(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(v)
		}),
	}
}

func export(w http.ResponseWriter, r *http.Request, trail *audit.Trail, in *ExportIn) error {
	if in.Format == "" {
		in.Format = "ndjson"
	}
	if in.Format != "csv" && in.Format != "ndjson" {
		return apierr.New(apierr.ValidationFailed, "format must be csv or ndjson.").
			With(apierr.Problem{Path: "query.format", Code: "enum", Message: "Must be csv or ndjson."})
	}
	f := audit.Filter{Action: in.Action, Resource: in.Resource, Actor: in.Actor, Outcome: audit.Outcome(in.Outcome), Level: audit.Level(in.Level), From: in.From, To: in.To, Text: in.Q}
	w.Header().Set("Content-Disposition", `attachment; filename="apiq-audit.`+in.Format+`"`)
	write := ndjson(w)
	if in.Format == "csv" {
		write = rows(w)
	}
	for cursor := ""; ; {
		page, err := trail.List(r.Context(), f, 500, cursor)
		if err != nil {
			return err
		}
		for _, rec := range page.Records {
			if err := write(rec); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

func ndjson(w http.ResponseWriter) func(audit.Record) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	return func(r audit.Record) error { return enc.Encode(r) }
}

func rows(w http.ResponseWriter) func(audit.Record) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	out := csv.NewWriter(w)
	head := []string{"seq", "at", "actor", "actorName", "action", "resource", "outcome", "level", "code", "message", "requestId", "ip", "details", "prevHash", "hash"}
	begun := false
	return func(r audit.Record) error {
		if !begun {
			begun = true
			if err := out.Write(head); err != nil {
				return err
			}
		}
		err := out.Write([]string{strconv.FormatInt(r.Seq, 10), r.At.Format(time.RFC3339Nano), cell(r.Actor), cell(r.ActorName), cell(r.Action), cell(r.Resource),
			string(r.Outcome), string(r.Level), r.Code, cell(r.Message), r.RequestID, r.IP, cell(string(r.Details)), r.PrevHash, r.Hash})
		out.Flush()
		return err
	}
}

// cell keeps spreadsheets from taking outside text for a formula (OWASP, CSV injection).
func cell(s string) string {
	if s != "" {
		switch s[0] {
		case '=', '+', '-', '@', '\t', '\r':
			return "'" + s
		}
	}
	return s
}
