package rehearse

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/effect"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// steps describes the calls of the document with what the plain run sent.
func (c *cast) steps(plain *run) []Step {
	out := []Step{}
	for _, id := range c.callIDs {
		s := c.calls[id]
		level, why := effect.Risk(s.op)
		step := Step{ID: id, Name: s.step.Name, Connection: s.step.Connection, ConnectionName: s.api.conn.Name, Operation: s.step.Operation,
			Host: s.api.base(s.op).Host, Method: s.op.Method, Path: s.op.Path, Fields: slices.Clone(s.fields),
			Effect: level, EffectWhy: why, RepeatRule: repeatRule(s.step, s.class), Change: s.change}
		if n := plain.notes[id]; n != nil {
			step.Calls = n.requests
			for i, f := range step.Fields {
				step.Fields[i].Sent = n.requests > 0 && (f.Sent || n.sent[f.In+" "+f.Name] != nil)
			}
		}
		out = append(out, step)
	}
	return out
}

// egress gathers which data goes to which host.
func (c *cast) egress(steps []Step) []Destination {
	byHost := map[string]*Destination{}
	for _, s := range steps {
		d, ok := byHost[s.Host]
		if !ok {
			d = &Destination{Host: s.Host, Connections: []string{}, Steps: []string{}, Data: []Datum{}}
			byHost[s.Host] = d
		}
		if !slices.Contains(d.Connections, s.Connection) {
			d.Connections = append(d.Connections, s.Connection)
			if kind := c.calls[s.ID].api.credential(); kind != "" && !strings.Contains(d.Credential, kind) {
				d.Credential = strings.TrimPrefix(d.Credential+"; "+kind, "; ")
			}
		}
		d.Steps = append(d.Steps, s.ID)
		for _, f := range s.Fields {
			for _, from := range f.From {
				d.take(from, s.ID+": "+f.In+" "+f.Name)
			}
		}
	}
	out := []Destination{}
	for _, host := range sorted(byHost) {
		out = append(out, *byHost[host])
	}
	return out
}

// maxData bounds the sources that are listed for one host.
const maxData = 200

func (d *Destination) take(from Source, field string) {
	i := slices.IndexFunc(d.Data, func(x Datum) bool { return x.Source == from })
	if i < 0 {
		if len(d.Data) >= maxData {
			return
		}
		d.Data, i = append(d.Data, Datum{Source: from, Fields: []string{}}), len(d.Data)
	}
	if len(d.Data[i].Fields) < maxListed {
		d.Data[i].Fields = append(d.Data[i].Fields, field)
	}
}

func (c *cast) totals(steps []Step) Totals {
	t := Totals{ByConnection: []ConnectionCall{}}
	for _, s := range steps {
		t.Calls += s.Calls
		switch s.Effect {
		case effect.Read:
			t.Reads += s.Calls
		case effect.Irreversible:
			t.Irreversible += s.Calls
			t.Writes += s.Calls
		default:
			t.Writes += s.Calls
		}
		i := slices.IndexFunc(t.ByConnection, func(x ConnectionCall) bool { return x.Connection == s.Connection })
		if i < 0 {
			t.ByConnection, i = append(t.ByConnection, ConnectionCall{Connection: s.Connection, Name: s.ConnectionName}), len(t.ByConnection)
		}
		t.ByConnection[i].Calls += s.Calls
	}
	return t
}

// problems are what the plain run met.
func (c *cast) problems(plain *run, out Outcome, steps []Step) []Problem {
	found := []Problem{}
	add := func(step, message string) {
		p := Problem{step, message}
		if !slices.Contains(found, p) && len(found) < maxListed {
			found = append(found, p)
		}
	}
	if out.Status != Completed {
		add(out.At, strings.TrimSpace("The plain run does not complete: "+out.Error+" "+out.Cause))
	}
	for _, s := range steps {
		n := plain.notes[s.ID]
		if n == nil {
			add(s.ID, "The plain run did not get here, so what it would send was not seen.")
			continue
		}
		for _, x := range n.seen {
			switch why := x.refusal; {
			case why == "":
			case x.status >= http.StatusInternalServerError:
				add(s.ID, "The stand-in could not answer this request, which says nothing of the API: "+why)
			default:
				add(s.ID, "By its document the API refuses this request: "+why)
			}
		}
		for _, f := range s.Fields {
			if s.Calls > 0 && !f.Sent {
				add(s.ID, "Nothing was sent as "+f.In+" "+f.Name+": its expression gave no value.")
			}
		}
	}
	return found
}

// refusal reads what a twin says of a request that it refused.
func refusal(raw []byte) string {
	var said struct {
		Message string `json:"message"`
		Errors  []struct {
			Path    string `json:"path"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &said) != nil || said.Message == "" {
		return ""
	}
	for i, e := range said.Errors {
		if i == 3 {
			break
		}
		said.Message += " " + e.Path + ": " + e.Message
	}
	return cut(said.Message)
}
