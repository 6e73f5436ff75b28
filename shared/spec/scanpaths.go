package spec

import (
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxSummaryDescription is the bound that Summary.Description states, in bytes.
const maxSummaryDescription = 400

// paths records every operation. A document that may have no paths at all is one
// of 3.1 or later with components or webhooks (OpenAPI 3.1, "OpenAPI Object").
func (s *scanner) paths() error {
	at, ok := s.root["paths"]
	kind := rawjson.Kind(s.get("paths"))
	switch {
	case !ok || kind == 'n':
		_, hooks := s.root["webhooks"]
		_, parts := s.root["components"]
		if s.v2 || strings.HasPrefix(s.info.SpecVersion, "3.0") || !hooks && !parts {
			return invalid("missing_paths", "The document has no \"paths\", so it offers no operation.")
		}
	case kind != '{':
		return invalid("missing_paths", "The document's \"paths\" is not an object.")
	default:
		rawjson.MembersAt(s.json, at.Start, func(key []byte, value rawjson.Span) bool {
			if path := string(key); !strings.HasPrefix(path, "x-") {
				if _, twice := s.parts["paths/"+path]; twice {
					s.warns.add(pointer("/paths", path), "duplicate_key", "The path is repeated; the operations of both count.")
				}
				s.parts["paths/"+path] = value
				s.pathItem(path, value)
			}
			return s.ctx.Err() == nil
		})
	}
	if len(s.ops) == 0 {
		s.warns.add("/paths", "no_operations", "The document offers no operation.")
	}
	return nil
}

func (s *scanner) operation(path, method, at string, item, value rawjson.Span) {
	switch rawjson.Kind(s.raw(value)) {
	case '{':
	case 'n': // "get:" with nothing under it: callable all the same
		s.warns.add(at, "odd_type", "The operation is empty.")
	default:
		s.warns.add(at, "odd_type", "The operation is not an object.")
	}
	e := opEntry{op: value, item: item}
	e.Method, e.Path = method, path
	for key, v := range rawjson.Members(s.raw(value)) {
		switch string(key) {
		case "operationId":
			e.ID, _ = rawjson.Text(v)
		case "summary":
			e.Summary.Summary = s.text(v, at, "summary")
		case "description":
			e.Description = rawjson.Cut(s.text(v, at, "description"), maxSummaryDescription)
		case "deprecated":
			e.Deprecated = s.flag(v, at, "deprecated")
		case "tags":
			e.Tags = s.tags(v, at)
		}
	}
	e.ID = s.uniqueID(e.ID, method, path, at)
	s.byID[e.ID] = len(s.ops)
	s.ops = append(s.ops, e)
}

// tags reads an operation's tags, as loosely as documents write them: one without
// a list, and Tag Objects where their names are due.
func (s *scanner) tags(v []byte, at string) (tags []string) {
	odd := false
	add := func(v []byte) {
		if rawjson.Kind(v) == '{' {
			odd = true
			v = rawjson.Get(v, "name")
		}
		name, ok := rawjson.Text(v)
		if odd = odd || !ok; ok {
			tags = append(tags, name)
		}
	}
	switch rawjson.Kind(v) {
	case '[':
		for _, tag := range rawjson.Elements(v) {
			add(tag)
		}
	case 'n':
	default:
		add(v)
		odd = true
	}
	if odd {
		s.warns.add(at+"/tags", "odd_type", "The tags should be a list of names.")
	}
	return tags
}

// uniqueID gives an operation that has no name, or another's, one of its own.
func (s *scanner) uniqueID(id, method, path, at string) string {
	id = strings.TrimSpace(id)
	if id == "" {
		s.warns.add(at+"/operationId", "missing_operation_id", "The operation has no operationId; it is named by method and path.")
	} else if _, taken := s.byID[id]; taken {
		s.warns.add(at+"/operationId", "duplicate_operation_id", "The operationId %q is used twice; this one is named by method and path.", rawjson.Cut(id, 200))
		id = ""
	}
	if id != "" {
		return id
	}
	id = method + " " + path
	for n := 2; ; n++ {
		if _, taken := s.byID[id]; !taken {
			return id
		}
		id = method + " " + path + " #" + strconv.Itoa(n)
	}
}

func (s *scanner) text(v []byte, at, field string) string {
	text, ok := rawjson.Text(v)
	if !ok && rawjson.Kind(v) != 'n' {
		s.warns.add(at+"/"+field, "odd_type", "The field should be a string.")
	}
	return text
}

func (s *scanner) flag(v []byte, at, field string) bool { return readBool(v, &s.warns, at+"/"+field) }

// readBool reads a boolean as loosely as documents write it.
func readBool(v []byte, w *warnings, at string) bool {
	value, exact, ok := rawjson.Bool(v)
	if v != nil && (!ok || !exact) {
		w.add(at, "odd_type", "The field should be true or false.")
	}
	return value
}
