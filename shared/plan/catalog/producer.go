package catalog

import "strings"

// Producer is a place in an operation's answer that can fill an argument.
type Producer struct {
	Op    *Op
	Field *Field
	// Score is how well it fits, 0–1.
	Score float64
}

const maxProducers = 64

// place is one in an operation's answer.
type place struct{ op, field int32 }

// produce files the answers of operations under what they can fill.
func produce(ops []*Op) map[string][]place {
	out := map[string][]place{}
	for n, op := range ops {
		if !op.Safe() && op.Spec.Method != "POST" {
			continue
		}
		seen := map[string]bool{}
		for i := range op.Yields {
			f := &op.Yields[i]
			if !f.Scalar() || f.Arrays > 2 {
				continue
			}
			for _, key := range producerKeys(f) {
				if seen[key] {
					continue // the first place is the nearest to the root
				}
				seen[key] = true
				out[key] = append(out[key], place{int32(n), int32(i)}) //nolint:gosec // far below
			}
		}
	}
	return out
}

func producerKeys(f *Field) []string {
	keys := make([]string, 0, 2)
	if len(f.Words) > 1 || !f.Identifier() {
		keys = append(keys, "name:"+strings.Join(f.Words, " "))
	}
	if f.Identifier() {
		if e := f.names; e != "" {
			keys = append(keys, "id:"+e)
		} else if f.Entity != "" && len(f.Words) <= 1 {
			keys = append(keys, "id:"+f.Entity)
			if f.Also != "" {
				keys = append(keys, "id:"+f.Also)
			}
		}
	}
	return keys
}

// Producers are the operations of this API whose answer yields what an argument
// takes, where its name alone tells; unordered.
func (a *API) Producers(arg *Field, entity string) []Producer {
	var out []Producer
	have := map[int32]bool{}
	add := func(key string) {
		for _, p := range a.producers()[key] {
			if len(out) >= maxProducers {
				return
			}
			f := a.yield(p)
			if s := Fits(arg, entity, f, true); s > 0 && !have[p.op] {
				have[p.op] = true
				out = append(out, Producer{Op: a.At(int(p.op)), Field: f, Score: s})
			}
		}
	}
	if entity != "" && arg.Identifier() {
		add("id:" + entity)
	}
	if len(arg.Words) > 1 || !arg.Identifier() {
		add("name:" + strings.Join(arg.Words, " "))
	}
	return out
}

// common names say nothing about what they belong to.
var common = Words(`name title type kind status state description date time created updated start end page limit offset size count total url href link
language locale format value text message content version key token code cursor sort order filter fields market country currency timezone tags label note comment
created_at updated_at enabled active position index`)

// Fits says how well a place in an answer fills an argument that names a thing
// of the entity: 0 for not at all. sameAPI is false across APIs, where equal
// nouns need not be equal things.
func Fits(arg *Field, entity string, from *Field, sameAPI bool) float64 {
	if !from.Scalar() || !Compatible(arg, from) {
		return 0
	}
	depth := 0.03*float64(len(from.Path)) + 0.15*float64(max(0, from.Arrays-1))
	if arg.Identifier() {
		if !from.Identifier() {
			return 0
		}
		argLast, fromLast := arg.idWord, from.idWord
		fromEntity := from.names
		plain := fromEntity == "" && len(from.Words) <= 1
		switch {
		case entity != "" && plain && (from.Entity == entity || from.Also == entity) && (argLast == fromLast || fromLast == "id" || argLast == "id" && idLike[fromLast]):
			if argLast != fromLast && argLast != "id" {
				return 0 // an id where a key or name is wanted
			}
			if !sameAPI {
				return 0.5 - depth
			}
			if argLast != fromLast {
				return 0.85 - depth
			}
			return 1 - depth
		case len(arg.Words) > 1 && sameWords(arg.Words, from.Words):
			return 1 - depth
		case entity != "" && fromEntity == entity && argLast == fromLast && sameAPI:
			return 0.9 - depth
		case entity == "" && len(arg.Words) <= 1 && argLast == fromLast && plain && sameAPI:
			return 0.6 - depth
		}
		return 0
	}
	if arg.propertyOf(from) && sameAPI {
		return 0.85 - depth
	}
	if len(arg.Words) == 0 || !sameWords(arg.Words, from.Words) || common[strings.ToLower(arg.Name)] || len(arg.Words) == 1 && common[Singular(strings.ToLower(arg.Name))] {
		return 0
	}
	return 0.8 - depth
}

// propertyOf says whether an argument of the path is called by a thing and the name of
// its property: "team_name" of a team's "name".
func (arg *Field) propertyOf(from *Field) bool {
	n := len(arg.Words)
	return arg.In == "path" && n > 1 && len(from.Words) == 1 && arg.Words[n-1] == from.Words[0] &&
		(from.Entity != "" && arg.Words[n-2] == Stem(from.Entity) || from.Also != "" && arg.Words[n-2] == Stem(from.Also))
}

var idLike = Words("id uuid guid gid sid slug key number uid")

func idWord(ws []string) string {
	if len(ws) == 0 {
		return ""
	}
	return Singular(strings.TrimSuffix(ws[len(ws)-1], "s"))
}

func sameWords(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) > 0
}

// Compatible says whether the types can be the same, as far as is known.
func Compatible(arg, from *Field) bool {
	a, b := arg.Types(), from.Types()
	if arg.Is("array") {
		a = arg.kind.items
	}
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			if x == "null" || y == "null" {
				continue
			}
			if x == y || x == "number" && y == "integer" {
				return true
			}
		}
	}
	return false
}

// SelfDescribing says whether the operation answers with the caller's own
// record: no argument needed, one thing, and its name says so.
func (o *Op) SelfDescribing() bool {
	if o.Spec.Method != "GET" || o.IsList || len(o.Required()) > 0 {
		return false
	}
	segs := fixedSegments(o.Spec.Path)
	if n := len(segs); n > 0 && selfWords[strings.ToLower(segs[n-1])] {
		return true
	}
	for _, w := range Split(o.Spec.ID) {
		if selfWords[w] && w != "account" && w != "user" && w != "profile" {
			return len(segs) <= 3 && selfEntities[o.Entity]
		}
	}
	return false
}

// callers are path segments that stand for whoever calls.
var callers = Words("me self myself whoami")

var selfWords = Words("me self myself whoami current authenticated user account profile")
var selfEntities = Words("user account profile me member owner self")

// Self says whether an entity is the kind of thing that the caller is.
func Self(entity string) bool { return selfEntities[entity] }
