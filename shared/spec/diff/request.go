package diff

import (
	"slices"

	"github.com/apiq/apiq/shared/spec"
)

func findParameter(list []spec.Parameter, p spec.Parameter) (spec.Parameter, bool) {
	i := slices.IndexFunc(list, func(q spec.Parameter) bool { return q.Name == p.Name && q.In == p.In })
	if i < 0 {
		return spec.Parameter{}, false
	}
	return list[i], true
}

func (c *comparison) parameters(before, after *spec.Operation) {
	for _, p := range after.Parameters {
		was, existed := findParameter(before.Parameters, p)
		at := p.In + "." + p.Name
		switch {
		case !existed && p.Required:
			c.tell(true, ParameterRequired, at, "The new parameter %s (%s) is required.", p.Name, p.In)
		case !existed:
			c.tell(false, ParameterAdded, at, "The parameter %s (%s) is new.", p.Name, p.In)
		case p.Required && !was.Required:
			c.tell(true, ParameterRequired, at, "The parameter %s (%s) is required now.", p.Name, p.In)
		case !p.Required && was.Required:
			c.tell(false, ParameterOptional, at, "The parameter %s (%s) is not required any more.", p.Name, p.In)
		}
	}
	for _, p := range before.Parameters {
		at := p.In + "." + p.Name
		is, there := findParameter(after.Parameters, p)
		if !there {
			c.tell(true, ParameterRemoved, at, "The parameter %s (%s) is gone.", p.Name, p.In)
			continue
		}
		if (p.Style != is.Style || p.Explode != is.Explode) && listed(c.old.Shape(p.Schema)) || p.ContentType != is.ContentType {
			c.tell(true, ParameterStyle, at, "The parameter %s (%s) is written in another way now.", p.Name, p.In)
		}
		c.schema(sideRequest, at, p.Schema, is.Schema)
	}
}

// listed says whether a parameter's style makes a difference to its value.
func listed(s spec.Shape) bool {
	types := s.Types()
	return len(types) == 0 || slices.Contains(types, "array") || slices.Contains(types, "object")
}

func (c *comparison) body(was, is *spec.Body, before, after *spec.Operation) {
	switch {
	case was == nil && is == nil:
		return
	case was == nil && is.Required:
		c.tell(true, BodyRequired, "body", "A request body is required now.")
		return
	case was == nil:
		c.tell(false, BodyAdded, "body", "A request body may be sent now.")
		return
	case is == nil:
		c.tell(true, BodyRemoved, "body", "No request body is taken any more.")
		return
	case is.Required && !was.Required:
		c.tell(true, BodyRequired, "body", "A request body is required now.")
	case !is.Required && was.Required:
		c.tell(false, BodyOptional, "body", "A request body is not required any more.")
	}
	sent, schema, has := before.BodySchema()
	for _, m := range was.Content {
		if !hasMedia(is.Content, m.Type) {
			c.tell(m.Type == sent, MediaTypeRemoved, "body", "The media type %s is not taken any more.", m.Type)
		}
	}
	for _, m := range is.Content {
		if !hasMedia(was.Content, m.Type) {
			c.tell(false, MediaTypeAdded, "body", "The media type %s is taken now.", m.Type)
		}
	}
	if !has {
		return
	}
	next := schemaOf(is.Content, sent)
	if !hasMedia(is.Content, sent) {
		_, next, _ = after.BodySchema()
	}
	c.schema(sideRequest, "body", schema, next)
}

func hasMedia(list []spec.MediaType, name string) bool {
	return slices.ContainsFunc(list, func(m spec.MediaType) bool { return m.Type == name })
}

func schemaOf(list []spec.MediaType, name string) []byte {
	for _, m := range list {
		if m.Type == name {
			return m.Schema
		}
	}
	return nil
}
