package rehearse

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
)

// maxFields bounds the fields that a report lists for one step.
const maxFields = 200

// wholeBody names a body that one expression makes.
const wholeBody = "*"

// fieldsOf lists what a call sends, credentials aside.
func (c *cast) fieldsOf(call *callStep) []Field {
	sc, s, op := call.script, call.step, call.op
	out := []Field{}
	add := func(in, name string, from []Source) {
		same := func(f Field) bool { return f.In == in && f.Name == name }
		if i := slices.IndexFunc(out, same); i >= 0 {
			for _, s := range from {
				if !slices.Contains(out[i].From, s) {
					out[i].From = append(out[i].From, s)
				}
			}
			return
		}
		if len(out) < maxFields {
			out = append(out, Field{In: in, Name: name, From: from})
		}
	}
	for _, name := range sorted(s.Parameters) {
		in, bare := placeOf(op, name)
		add(in, bare, c.sources(sc, s.Parameters[name]))
	}
	for _, name := range sorted(s.Headers) {
		add("header", name, c.sources(sc, s.Headers[name]))
	}
	if len(s.Body) > 0 {
		leaves(s.Body, "", func(name string, value json.RawMessage) {
			add("body", cmp.Or(name, wholeBody), c.sources(sc, value))
		})
	}
	if name, in, ok := effect.KeyParameter(op, call.api.conn.Settings.KeyHeader()); ok && call.class == effect.Keyed {
		if !slices.ContainsFunc(out, func(f Field) bool { return f.In == in && strings.EqualFold(f.Name, name) }) {
			out = append(out, Field{In: in, Name: name, From: []Source{{Kind: "product", Ref: "idempotency key"}}, Sent: true})
		}
	}
	return out
}

// placeOf says where a parameter goes; "query.limit" names its place itself.
func placeOf(op *spec.Operation, name string) (in, bare string) {
	for _, p := range op.Parameters {
		if p.Name == name {
			return p.In, name
		}
	}
	for _, p := range op.Parameters {
		if p.In+"."+p.Name == name {
			return p.In, p.Name
		}
	}
	return "query", name
}

// sentBy are the fields that a task's evaluated payload holds, as "in name", with
// what they hold: a digest, for values are nobody's to keep.
func sentBy(t call.Task, op *spec.Operation) map[string]uint64 {
	sent := map[string]uint64{}
	for name, value := range t.Parameters {
		in, bare := placeOf(op, name)
		note(sent, in+" "+bare, value)
	}
	for name, value := range t.Headers {
		note(sent, "header "+name, value)
	}
	if len(t.Body) > 0 {
		note(sent, "body "+wholeBody, t.Body)
		inBody(t.Body, "", sent)
	}
	return sent
}

// inBody notes every place of a body that has a value, inner ones too: a template's
// leaf may become a whole object.
func inBody(v json.RawMessage, name string, sent map[string]uint64) {
	if name != "" {
		note(sent, "body "+name, v)
	}
	if len(sent) > 4*maxFields {
		return
	}
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(v, &object) == nil:
		for key, inner := range object {
			inBody(inner, strings.TrimPrefix(name+"."+key, "."), sent)
		}
	case json.Unmarshal(v, &list) == nil:
		for _, item := range list {
			inBody(item, name+"[]", sent)
		}
	}
}

// note keeps a field's value; those of the items of a list together.
func note(sent map[string]uint64, field string, value json.RawMessage) {
	if string(value) == "null" {
		return
	}
	h := fnv.New64a()
	_, _ = h.Write(value)
	sent[field] += h.Sum64()
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
