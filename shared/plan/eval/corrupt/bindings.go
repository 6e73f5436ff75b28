package corrupt

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

// bindings break what is read of an earlier answer.
func (b *breaker) bindings(class Class) []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		for j, a := range st.Args {
			if a.Value.Ref == nil {
				continue
			}
			ref, open, ok := b.rebound(class, st, a)
			if !ok {
				continue
			}
			out = append(out, func() Broken {
				d := copied(b.d)
				d.Steps[i].Args[j].Value = draft.Value{Ref: &ref}
				return Broken{Draft: d, Step: st.ID, At: []string{pointer(a)}, Put: ref.Expression(nil), Open: open}
			})
		}
	}
	return out
}

func (b *breaker) rebound(class Class, st *draft.Step, a draft.Arg) (ref draft.Ref, open, ok bool) {
	ref = *a.Value.Ref
	if class == NoStep {
		ref.Step = nowhere
		return ref, false, true
	}
	from, ok := b.d.Find(ref.Step)
	if !ok {
		return ref, false, false
	}
	if class == NoPlace {
		ref.Path = astray(ref.Path)
		_, open = from.Op.Answer().At(ref.Path...)
		return ref, open, true
	}
	places := incompatible(from.Op, takes(st.Op, a.In, a.Path), onWire(st.Op, a.In))
	if len(places) == 0 {
		return ref, false, false
	}
	return draft.Ref{Step: ref.Step, Path: places[b.pick(len(places))]}, false, true
}

// astray is a path beside another that leads nowhere.
func astray(path []string) []string {
	last := len(path) - 1
	for last >= 0 && path[last] == "*" {
		last--
	}
	return append(slices.Clone(path[:max(last, 0)]), nowhere)
}

// conditions let a step depend on what an earlier answer does not have.
func (b *breaker) conditions() []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		if step, _ := readers(b.d, st.ID); step != "" {
			continue // what a condition holds is not to be read from outside
		}
		for _, a := range st.Args {
			if a.Value.Ref == nil {
				continue
			}
			from, ok := b.d.Find(a.Value.Ref.Step)
			if !ok {
				continue
			}
			left := draft.Ref{Step: from.ID, Path: astray(a.Value.Ref.Path)}
			_, open := from.Op.Answer().At(left.Path...)
			out = append(out, func() Broken {
				d := copied(b.d)
				d.Steps[i].Guard = &draft.Guard{Left: left, Op: "=", Right: json.RawMessage("1"), Text: "it is so"}
				return Broken{Draft: d, Step: "if_" + st.ID, At: []string{"/if"}, Put: left.Expression(nil), Open: open}
			})
		}
	}
	return out
}

// incompatible are the places of an answer that certainly do not fit.
func incompatible(op *catalog.Op, target spec.Shape, wire bool) [][]string {
	want := kinds(target)
	if len(want) == 0 {
		return nil
	}
	var out [][]string
	add := func(path []string, s spec.Shape) {
		have := kinds(s)
		for _, t := range have {
			if slices.Contains(want, t) || t == "integer" && slices.Contains(want, "number") || t == "number" && slices.Contains(want, "integer") {
				return
			}
			if wire && t != "object" && t != "array" {
				return // a scalar is text there, and text may be anything
			}
		}
		if len(have) > 0 {
			out = append(out, path)
		}
	}
	add(nil, op.Answer())
	for i := range op.Yields {
		f := &op.Yields[i]
		add(f.Path, f.Shape())
		if len(f.Path) > 1 && f.Path[len(f.Path)-1] != "*" {
			whole := f.Path[:len(f.Path)-1]
			if s, ok := op.Answer().At(whole...); ok {
				add(whole, s)
			}
		}
	}
	return out
}

// loops repeat a step for what is no list: a part of an answer, or an input.
func (b *breaker) loops() []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		if step, _ := readers(b.d, st.ID); step != "" {
			continue // what a loop holds is not to be read from outside
		}
		for _, a := range st.Args {
			var over draft.Ref
			var s spec.Shape
			switch {
			case a.Value.Ref != nil:
				over = draft.Ref{Step: a.Value.Ref.Step, Path: a.Value.Ref.Path}
				from, ok := b.d.Find(over.Step)
				if !ok {
					continue
				}
				s, _ = from.Op.Answer().At(over.Path...)
			case a.Value.Input != nil:
				over = draft.Ref{Step: "input", Path: []string{a.Value.Input.Name}}
				s = takes(st.Op, a.In, a.Path)
			default:
				continue
			}
			have := kinds(s)
			if slices.Contains(have, "array") || len(have) == 0 && len(s.Variants()) > 0 {
				continue
			}
			out = append(out, func() Broken {
				d := copied(b.d)
				d.Steps[i].Loop = &draft.Loop{Over: over, As: "one_thing"}
				return Broken{Draft: d, Step: "each_" + st.ID, At: []string{"/over"}, Put: over.Expression(nil), Open: len(have) == 0}
			})
		}
	}
	return out
}
