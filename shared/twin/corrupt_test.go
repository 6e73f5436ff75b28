package twin

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

// corrupt sends the request with one fault at a time.
func (q *trip) corrupt(s sent) {
	for _, p := range q.op.Parameters {
		key, at := p.In+"."+p.Name, "/parameters/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(p.Name)
		if s.parameters[key] == nil {
			continue
		}
		if p.Required && p.In != "path" {
			q.refuse("without", at, sent{without(s.parameters, key), s.body})
		}
		if wrong := misfit(q.tw.doc.Shape(p.Schema), false); wrong != "" {
			q.refuse("another type", at, sent{with(s.parameters, key, wrong), s.body})
		}
		if q.tw.doc.Shape(p.Schema).Enum() != nil {
			q.refuse("not of the set", at, sent{with(s.parameters, key, `"apiq-no-such"`), s.body})
		}
	}
	var body map[string]json.RawMessage
	if s.body == nil || json.Unmarshal(s.body, &body) != nil || body == nil {
		return
	}
	if q.op.Body.Required {
		q.refuse("without", "/body", sent{s.parameters, nil})
	}
	m, _ := q.op.Body.For(q.media)
	shape := q.tw.doc.Shape(m.Schema)
	for _, p := range shape.Properties() {
		at := "/body/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p.Name)
		if body[p.Name] == nil || string(body[p.Name]) == "null" {
			continue
		}
		change := func(what string, fields map[string]json.RawMessage) {
			q.refuse(what, at, sent{s.parameters, marshal(fields)})
		}
		if p.Required && !p.ReadOnly {
			change("without", without(body, p.Name))
		}
		if wrong := misfit(p.Shape, spec.IsJSON(q.media)); wrong != "" {
			change("another type", with(body, p.Name, wrong))
		}
		if p.Shape.Enum() != nil {
			change("not of the set", with(body, p.Name, `"apiq-no-such"`))
		}
	}
}

func without(from map[string]json.RawMessage, key string) map[string]json.RawMessage {
	out := maps.Clone(from)
	delete(out, key)
	return out
}

func with(from map[string]json.RawMessage, key, value string) map[string]json.RawMessage {
	out := maps.Clone(from)
	out[key] = json.RawMessage(value)
	return out
}

// misfit is a value of a type that a shape does not take, "" where there is none
// that can be told on the wire.
func misfit(s spec.Shape, typed bool) string {
	types := s.Types()
	switch {
	case len(types) == 0 || len(s.Variants()) > 0:
		return ""
	case !slices.Contains(types, "string") && !s.Is("array") && !s.Is("object"):
		return `"apiq"`
	case typed && !slices.Contains(types, "string"):
		return `"apiq"`
	case typed && !s.Is("object"):
		return `{"apiq":1}`
	}
	return ""
}

// refuse holds that a request with one fault is refused with its place. The writer
// refuses what is missing itself, so that it is told that nothing is needed.
func (q *trip) refuse(what, at string, s sent) {
	lax := *q.op
	lax.Parameters = slices.Clone(q.op.Parameters)
	for i := range lax.Parameters {
		lax.Parameters[i].Required = false
	}
	if lax.Body != nil {
		body := *lax.Body
		body.Required = false
		lax.Body = &body
	}
	r, err := q.write(&lax, s)
	if err != nil {
		q.Fatalf("%s %s %s: %v %v", q.name, what, at, err, apierr.From(err).Problems)
	}
	got, refused := q.tw.read(httptest.NewRecorder(), r)
	if got.op != nil && got.op.ID != q.op.ID {
		return
	}
	q.corrupted++
	var said struct {
		Errors []apierr.Problem `json:"errors"`
	}
	switch {
	case refused == nil:
		v := q.tw.doc.CheckRequest(q.op, spec.Request{Parameters: s.parameters, Body: s.body, ContentType: q.media})
		if q.taken++; q.taken < 40 {
			q.Errorf("%s: %s %s is taken: %s %s; by values %v", q.name, what, at, r.URL, s.body, v.Problems)
		}
	case json.Unmarshal(refused.body, &said) == nil && slices.ContainsFunc(said.Errors, func(p apierr.Problem) bool { return p.Path == at || strings.HasPrefix(p.Path, at+"/") }):
		q.refused++
	default:
		if q.elsewhere++; q.elsewhere < 40 {
			q.Errorf("%s: %s %s: %d %.300s", q.name, what, at, refused.status, refused.body)
		}
	}
}
