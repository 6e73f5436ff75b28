package undo

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// wrappers are names under which an answer holds what was made.
const wrappers = " data result response item object resource payload metadata "

// idIn finds, in the answer to the making of a thing, the field that a path names the
// thing by, and says where it stands: ".id". param is that path's parameter.
func idIn(answer, param spec.Shape, name, thing string) (from string, ok bool) {
	if from, ok = idOf(answer, param, name, thing); ok || !answer.Is("object") {
		return from, ok
	}
	var inside []string
	for _, p := range answer.Properties() {
		plain := plainName(p.Name)
		if !p.Shape.Is("object") || plain != plainName(thing) && !strings.Contains(wrappers, " "+plain+" ") {
			continue
		}
		if at, ok := idOf(p.Shape, param, name, thing); ok {
			inside = append(inside, member(p.Name)+at)
		}
	}
	if len(inside) != 1 {
		return "", false
	}
	return inside[0], true
}

// idOf is idIn without wrappers: the field of the parameter's name, or the thing's id
// where the parameter is called an id, or like the thing. Two that differ are none.
func idOf(answer, param spec.Shape, name, thing string) (string, bool) {
	if !answer.Is("object") {
		return "", false
	}
	plain := plainName(name)
	var found []string
	for _, p := range answer.Properties() {
		field := plainName(p.Name)
		byID := field == "id" && (strings.HasSuffix(plain, "id") || plain == plainName(thing))
		if (field == plain || byID || plain == plainName(thing)+field) && !p.WriteOnly && fits(p.Shape, param) {
			found = append(found, p.Name)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return member(found[0]), true
}

// fits says whether what a field holds is surely what a path's parameter takes: both
// types are known, and the same but for whole numbers written as text.
func fits(field, param spec.Shape) bool {
	from, to := scalars(field), scalars(param)
	if len(from) != 1 || len(to) == 0 || len(param.Enum()) > 0 || len(field.Enum()) > 0 {
		return false
	}
	if !slices.Contains(to, from[0]) && (from[0] != "integer" || !slices.Contains(to, "string") && !slices.Contains(to, "number")) {
		return false
	}
	a, b := field.Format(), param.Format()
	return a == "" || b == "" || a == b || strings.HasPrefix(a, "int") && strings.HasPrefix(b, "int")
}

// scalars are the types of a shape, nil where one of them is none of a path's.
func scalars(s spec.Shape) []string {
	var out []string
	for _, t := range s.Types() {
		switch t {
		case "string", "integer", "number":
			out = append(out, t)
		case "null":
		default:
			return nil
		}
	}
	return out
}

// plainName makes petId, pet_id and pet-id one.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// singular is a collection's name without its plural: pets, policies, boxes.
func singular(s string) string {
	s = strings.TrimSuffix(s, ".json")
	switch {
	case strings.HasSuffix(s, "ies") && len(s) > 4:
		return s[:len(s)-3] + "y"
	case strings.HasSuffix(s, "sses"), strings.HasSuffix(s, "xes"), strings.HasSuffix(s, "ches"), strings.HasSuffix(s, "shes"):
		return s[:len(s)-2]
	case strings.HasSuffix(s, "ss"):
		return s
	}
	return strings.TrimSuffix(s, "s")
}

// member is a step into a field, in JSONata.
func member(name string) string {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return ".`" + name + "`"
		}
	}
	return "." + name
}
