package rehearse

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/effect"
)

// scenario plays one fault and tells what came of it; plain is the run without. ok
// is false where it cannot come: an answer without fields lacks none.
func (c *cast) scenario(ctx context.Context, f Fault, step string, plain *run) (_ Scenario, ok bool) {
	s := Scenario{Step: step, Fault: f, Acted: []string{}, Done: []Done{}, Lost: []string{}, Altered: []string{}}
	if ctx.Err() != nil {
		s.What, s.Status, s.Cause = f.what(step, ""), Skipped, "There was no time left for it."
		return s, true
	}
	r, out, _ := c.perform(ctx, f, step)
	s.What, s.Outcome = f.what(step, fieldName(r.peers.field)), out
	if out.Status == Stopped && ctx.Err() != nil {
		s.Status, s.Cause = Skipped, "There was no time left for it."
		return s, true
	}
	s.Acted = append(repeats(plain, r, step), r.acted...)
	if len(c.calls[step].read()) == 0 && (f == FieldMissing || f == FieldType) {
		s.Acted = append(s.Acted, "No expression of the plan reads that field.")
	}
	s.Done = c.done(r)
	s.Lost, s.Altered = c.lost(plain, r)
	s.Repeat, s.RepeatWhy = c.repeat(out, s.Done)
	return s, r.peers.told
}

// repeats tells how often a step was tried again, and by which rule.
func repeats(plain, r *run, step string) []string {
	acted := []string{}
	n, before := r.at(step), plain.at(step)
	if again := n.requests - n.tasks - (before.requests - before.tasks); again > 0 { // pages are no repeats
		acted = append(acted, fmt.Sprintf("The call was repeated %s within its own budget.", times(again)))
	}
	if n.retries > 0 {
		acted = append(acted, fmt.Sprintf("The step's retry rule tried it again %s.", times(n.retries)))
	}
	if len(acted) == 0 && len(n.errors) > 0 {
		acted = append(acted, "No rule repeats it after "+n.errors[len(n.errors)-1]+".")
	}
	return acted
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// done lists the changes that took effect, in the document's order. What is
// repeated under one key, or puts the same again, counts once.
func (c *cast) done(r *run) []Done {
	out := []Done{}
	for _, id := range c.callIDs {
		s, n := c.calls[id], r.notes[id]
		if n == nil || s.class == effect.Safe {
			continue
		}
		paths, arrived := map[string]bool{}, map[string]bool{}
		twice := 0
		for _, x := range n.seen {
			if x.status == 0 || x.status >= http.StatusBadRequest || x.replayed {
				continue
			}
			if paths[x.path] && s.class == effect.Unsafe {
				twice++
			}
			paths[x.path] = true
			arrived[x.path] = arrived[x.path] || !x.lost
		}
		if len(paths) == 0 {
			continue
		}
		unnoticed := false
		for path := range paths {
			unnoticed = unnoticed || !arrived[path]
		}
		out = append(out, Done{Step: id, Verb: s.change.Verb, What: s.change.What, Times: len(paths) + twice, Unnoticed: unnoticed})
	}
	return out
}

// lost lists fields that the plain run sent and this one did not, and altered those
// that it sent with another value, of steps that both ran.
func (c *cast) lost(plain, r *run) (lost, altered []string) {
	lost, altered = []string{}, []string{}
	for _, id := range c.callIDs {
		before, now := plain.notes[id], r.notes[id]
		if before == nil || now == nil || now.tasks == 0 {
			continue
		}
		for _, f := range c.calls[id].fields {
			was, is := before.sent[f.In+" "+f.Name], now.sent[f.In+" "+f.Name]
			switch field := id + ": " + f.In + " " + f.Name; {
			case was == nil || len(lost)+len(altered) >= maxListed:
			case is == nil:
				lost = append(lost, field)
			case !maps.Equal(was, is):
				altered = append(altered, field)
			}
		}
	}
	if len(c.first.doc.Output) == 0 {
		return lost, altered // what the last step leaves is nobody's
	}
	for _, name := range sorted(plain.output) {
		if v, ok := r.output[name]; r.output != nil && (!ok || string(v) == "null") && string(plain.output[name]) != "null" {
			lost = append(lost, "output: "+name)
		}
	}
	return lost, altered
}

// repeat judges starting the workflow anew after a run that did not complete.
func (c *cast) repeat(out Outcome, done []Done) (verdict, why string) {
	if out.Status == Completed {
		return "", ""
	}
	var twice []string
	for _, d := range done {
		if class := c.calls[d.Step].class; class == effect.Unsafe || class == effect.Keyed {
			twice = append(twice, d.Step)
		}
	}
	switch {
	case out.Status == Waiting:
		return "unknown", "A person has to look at the API whether " + out.At + " had its effect; the run goes on from there, and repeats nothing that is done."
	case len(twice) > 0:
		return "duplicates", "Retry this run: it goes on from where it failed and repeats nothing that is done. Started anew, it would do " + strings.Join(twice, ", ") + " a second time."
	case len(done) > 0:
		return "safe", "What was done has the same effect when it is done again."
	}
	return "safe", "Nothing had been changed."
}
