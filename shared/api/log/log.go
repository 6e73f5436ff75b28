// Package log holds the handlers of the audit trail.
package log

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

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
	Format   string    `query:"format" enum:"csv,ndjson" doc:"Defaults to ndjson."`
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

// exportPage is how many records are held at once.
const exportPage = 500

func export(w http.ResponseWriter, r *http.Request, trail *audit.Trail, in *ExportIn) error {
	f := audit.Filter{Action: in.Action, Resource: in.Resource, Actor: in.Actor, Outcome: audit.Outcome(in.Outcome), Level: audit.Level(in.Level), From: in.From, To: in.To, Text: in.Q}
	// The first page before the first byte: what fails then is told as a problem.
	page, err := trail.List(r.Context(), f, exportPage, "")
	if err != nil {
		return err
	}
	out, format := file(ndjson{json.NewEncoder(w)}), "ndjson"
	w.Header().Set("Content-Type", "application/x-ndjson")
	if in.Format == "csv" {
		out, format = &table{csv.NewWriter(w)}, in.Format
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	}
	w.Header().Set("Content-Disposition", `attachment; filename="apiq-audit.`+format+`"`)
	if err := out.begin(); err != nil {
		return err
	}
	for {
		if err := out.write(page.Records); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		if page, err = trail.List(r.Context(), f, exportPage, page.Next); err != nil {
			return err
		}
	}
}

// file is one format of an export.
type file interface {
	begin() error
	write(records []audit.Record) error
}

type ndjson struct{ out *json.Encoder }

func (ndjson) begin() error { return nil }

func (n ndjson) write(records []audit.Record) error {
	for _, r := range records {
		if err := n.out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

type table struct{ out *csv.Writer }

// begin writes the head, in an export without records too.
func (t *table) begin() error {
	return t.flushed(t.out.Write([]string{"seq", "at", "actor", "actorName", "action", "resource", "outcome", "level", "code", "message", "requestId", "ip", "details", "prevHash", "hash", "shard"}))
}

func (t *table) write(records []audit.Record) error {
	for _, r := range records {
		err := t.out.Write([]string{strconv.FormatInt(r.Seq, 10), r.At.Format(time.RFC3339Nano), cell(r.Actor), cell(r.ActorName), cell(r.Action), cell(r.Resource),
			cell(string(r.Outcome)), cell(string(r.Level)), cell(r.Code), cell(r.Message), cell(r.RequestID), cell(r.IP), cell(string(r.Details)), r.PrevHash, r.Hash, strconv.Itoa(r.Shard)})
		if err != nil {
			return err
		}
	}
	return t.flushed(nil)
}

func (t *table) flushed(err error) error {
	t.out.Flush()
	return errors.Join(err, t.out.Error())
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
