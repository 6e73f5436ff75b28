package check

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// object compares members, and asks for the required ones.
func (f *fitter) object(at string, v static.Value, target spec.Shape) {
	if len(target.Variants()) > 0 {
		f.say(unknown, at, ": the spec allows several forms; which one it will have is not known.")
		return
	}
	members, built := v.Parts.(static.Members)
	if !built {
		f.described(at, v, target)
		return
	}
	for _, name := range required(target) {
		if m, bound := members[name]; !bound || m.Missing != "" {
			if p, ok := target.Property(name); ok && p.ReadOnly {
				continue
			}
			if !bound {
				f.say(absent, at+workflow.Pointer(name), " is required and not set.")
			}
		}
	}
	for _, name := range sortedNames(members) {
		inner, ok := target.At(name)
		if !ok {
			if _, allowed := target.Additional(); !allowed {
				f.say(mismatch, at+workflow.Pointer(name), ": the spec has no such field"+nearest(name, target)+".")
			} else {
				f.say(unknown, at+workflow.Pointer(name), ": the spec does not name this field"+nearest(name, target)+".")
			}
			continue
		}
		f.fit(at+workflow.Pointer(name), members[name], inner)
	}
}

// required are the names of the fields that must be there, also of those that say so
// of themselves, as in draft 3 of JSON Schema. Where a document requires “name” and
// describes “Name”, the field that it describes is meant.
func required(target spec.Shape) []string {
	names := target.Required()
	described := target.Properties()
	for i, name := range names {
		for _, p := range described {
			if p.Name == name {
				names[i] = name
				break
			}
			if plain(p.Name) == plain(name) {
				names[i] = p.Name
			}
		}
	}
	for _, p := range described {
		if p.Required && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// described compares two schemas: the same component fits; else what the target
// requires must be there.
func (f *fitter) described(at string, v static.Value, target spec.Shape) {
	if from, ok := v.Origin.(spec.Shape); ok && from.Ref() != "" && from.Ref() == target.Ref() {
		return
	}
	if v.Parts == nil {
		if len(target.Required()) > 0 {
			f.say(perhapsAbsent, at, ": whether it has the required fields is not known before the run.")
		}
		return
	}
	for _, name := range required(target) {
		p, declared := target.Property(name)
		if declared && p.ReadOnly {
			continue
		}
		member, ok := v.Parts.Field(name)
		if !ok || member.Missing != "" {
			f.say(absent, at+workflow.Pointer(name), " is required, and what is given has no such field.")
			continue
		}
		if declared {
			f.fit(at+workflow.Pointer(name), member, p.Shape)
		}
	}
}

// enum: a set of values fits when the source's own set lies inside it.
func (f *fitter) enum(at string, v static.Value, target spec.Shape) {
	allowed := target.Enum()
	if from, ok := v.Origin.(spec.Shape); ok {
		if own := from.Enum(); len(own) > 0 {
			for _, x := range own {
				if !slices.ContainsFunc(allowed, func(y json.RawMessage) bool { return string(x) == string(y) }) {
					f.say(unknown, at, ": it may be "+string(x)+", which is not among the values allowed.")
					return
				}
			}
			return
		}
	}
	f.say(unknown, at, ": whether it is among the "+plural(len(allowed), "value", "values")+" allowed is not known before the run.")
}
