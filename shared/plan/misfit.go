package plan

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

// misfits tells which answers an operation does not take, by its document: they are
// judged as if they stood in the plan. A problem's path is the input's name. A plan
// whose documents have changed is not judged here, but when it is confirmed.
func (s *Service) misfits(ctx context.Context, rec record, conns []connection.Connection, given map[string]json.RawMessage) ([]apierr.Problem, error) {
	made := reading{Draft: rec.Draft, SpecHashes: rec.SpecHashes}
	if len(rec.Draft) == 0 || len(given) == 0 || made.fresh(conns) != nil {
		return nil, nil
	}
	set, err := s.sources.set(ctx, conns)
	if err != nil {
		return nil, err
	}
	d, err := draft.Decode(rec.Draft, set)
	if err != nil {
		return nil, nil //nolint:nilerr // the documents are said to be the same and are not: see above
	}
	return newProver(conns, set).misfits(ctx, d, given)
}

func (p *prover) misfits(ctx context.Context, d *draft.Draft, given map[string]json.RawMessage) ([]apierr.Problem, error) {
	bound := *d
	bound.Steps = nil
	for _, st := range d.Steps {
		with := *st
		with.Args = append([]draft.Arg{}, st.Args...)
		for i, a := range with.Args {
			if a.Value.Input == nil {
				continue
			}
			if v, ok := given[a.Value.Input.Name]; ok {
				with.Args[i].Value = draft.Value{Literal: v}
			}
		}
		bound.Steps = append(bound.Steps, &with)
	}
	pr, problems, err := p.prove(ctx, &bound)
	if err != nil {
		return nil, err
	}
	var out []apierr.Problem
	told := map[string]bool{}
	for _, pb := range problems {
		in, whole := asked(d, pr.doc, pb)
		if in == nil || told[in.Name] {
			continue
		}
		if _, ok := given[in.Name]; !ok {
			continue
		}
		told[in.Name] = true
		detail := pb.detail
		if _, text, ok := strings.Cut(detail, ": "); ok && whole {
			detail = text // the input's name is said already
		}
		out = append(out, apierr.Problem{Path: in.Name, Code: pb.name, Message: detail + asIn(in.Schema)})
	}
	return out, nil
}

// asked is the input that is bound at the place of a problem, nil for none; whole says
// that the problem is not with a part of it.
func asked(d *draft.Draft, doc *workflow.Document, pb problem) (in *draft.Input, whole bool) {
	at, id := place(doc, pb)
	st, ok := d.Find(id)
	if !ok {
		return nil, false
	}
	names := pointer(strings.TrimPrefix(pb.path, at))
	if len(names) == 0 {
		return nil, false
	}
	for _, a := range st.Args {
		if a.Value.Input != nil && (a.In == "body") == (names[0] == "body") && (len(a.Path) == 0 || covers(a.Path, names[1:])) {
			return a.Value.Input, len(a.Path) >= len(names[1:])
		}
	}
	return nil, false
}

// asIn shows how a format is written, of an input or of the members of its list.
func asIn(schema json.RawMessage) string {
	var s struct {
		Format string          `json:"format"`
		Items  json.RawMessage `json:"items"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return ""
	}
	switch s.Format {
	case "date":
		return " Write it as in 2026-05-01."
	case "date-time":
		return " Write it as in 2026-05-01T10:00:00Z."
	case "time":
		return " Write it as in 10:00:00Z."
	case "email":
		return " Write it as in ann@example.org."
	case "uuid":
		return " Write it as in 0b8a6f6e-5d0c-4f43-9d07-3f6b1f9f5f1e."
	case "":
		if len(s.Items) > 0 {
			return asIn(s.Items)
		}
	}
	return ""
}

// place is the path and the id of the step that a problem lies in.
func place(doc *workflow.Document, pb problem) (at, id string) {
	if doc == nil {
		return "", ""
	}
	doc.Walk(func(path string, s *workflow.Step) {
		if strings.HasPrefix(pb.path+"/", path+"/") && len(path) > len(at) {
			at, id = path, s.ID
		}
	})
	return at, id
}

// pointer splits a JSON Pointer (RFC 6901).
func pointer(path string) []string {
	names := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range names {
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(names[i])
	}
	return names
}
