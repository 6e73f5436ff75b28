package spec

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// scanner walks a document's bytes once and fills its index. It descends to
// operations and components and skips over everything else.
type scanner struct {
	*Document
	*scanned
	ctx   context.Context
	root  map[string]rawjson.Span
	warns warnings
}

// scan expects valid JSON in d.json, without white space before it, and the faults
// that were mended to make it so.
func scan(ctx context.Context, d *Document, faults []rawjson.Fault) error {
	s := &scanner{Document: d, scanned: newScanned(), ctx: ctx, root: map[string]rawjson.Span{}}
	d.dir = s.scanned
	if rawjson.Kind(d.json) != '{' {
		return invalid("not_openapi", "The document is not an object; an OpenAPI document is.")
	}
	rawjson.MembersAt(d.json, 0, func(key []byte, at rawjson.Span) bool {
		if _, twice := s.root[string(key)]; twice {
			s.warns.add(pointer("", string(key)), "duplicate_key", "The key %q is repeated; the last one counts.", key)
		}
		s.root[string(key)] = at
		return true
	})
	if err := s.dialect(); err != nil {
		return err
	}
	for _, f := range faults {
		message := "The document is not valid JSON here (%s); it was read as if mended."
		if f.Cut {
			message = "The document is not valid JSON here (%s); what holds the fault is left out, the rest is kept."
		}
		s.warns.add(f.Path, "json_syntax", message, f.Error())
	}
	s.components()
	s.describe()
	if err := s.paths(); err != nil {
		return err
	}
	s.checkOperations()
	s.checkRefs()
	s.checkSchemas()
	d.head.ReadOnly = bytes.Contains(d.json, []byte(`"readOnly"`))
	d.head.WriteOnly = bytes.Contains(d.json, []byte(`"writeOnly"`))
	s.scanned.warns = s.warns.all()
	return ctx.Err()
}

func (s *scanner) get(key string) []byte {
	if at, ok := s.root[key]; ok {
		return s.raw(at)
	}
	return nil
}

// dialect decides which specification the document follows.
func (s *scanner) dialect() error {
	version, key := "", "openapi"
	if _, ok := s.root[key]; !ok {
		key = "swagger"
	}
	value, ok := s.root[key]
	if !ok {
		return s.stranger()
	}
	version, ok = rawjson.Text(s.raw(value))
	if !ok {
		return invalid("not_openapi", "The field \""+key+"\" does not hold a version.")
	}
	if rawjson.Kind(s.raw(value)) != '"' {
		s.warns.add("/"+key, "odd_type", "The version should be a string in quotes.")
	}
	version = strings.TrimSpace(version)
	switch {
	case key == "swagger" && (version == "2" || strings.HasPrefix(version, "2.")):
		s.v2 = true
		if version == "2" {
			version = "2.0"
		}
	case strings.HasPrefix(version, "3."), version == "3":
	default:
		return invalid("unsupported_version", "Version "+strconv.Quote(rawjson.Cut(version, 40))+" is not supported; 2.0, 3.0 and 3.1 are.")
	}
	s.info.SpecVersion = rawjson.Cut(version, 40)
	return nil
}

// stranger says what a document without a version field seems to be.
func (s *scanner) stranger() error {
	for _, other := range [][2]string{
		{"swaggerVersion", "Swagger 1"}, {"asyncapi", "AsyncAPI"}, {"discoveryVersion", "Google discovery"},
		{"arazzo", "Arazzo"}, {"raml", "RAML"}, {"overlay", "OpenAPI Overlay"}, {"$schema", "JSON Schema"},
	} {
		if _, ok := s.root[other[0]]; ok {
			return invalid("not_openapi", "This looks like a document of "+other[1]+", not of OpenAPI 2.0 to 3.1.")
		}
	}
	return invalid("not_openapi", "The document has neither \"openapi\" nor \"swagger\" at its top, so it is no OpenAPI document.")
}

// components records where each named component lies.
func (s *scanner) components() {
	section := func(name string, at rawjson.Span) {
		rawjson.MembersAt(s.json, at.Start, func(key []byte, value rawjson.Span) bool {
			s.parts[name+"/"+string(key)] = value
			return true
		})
	}
	s.external(section)
	if s.v2 {
		for _, name := range []string{"definitions", "parameters", "responses"} {
			if at, ok := s.root[name]; ok {
				section(name, at)
			}
		}
		return
	}
	if at, ok := s.root["components"]; ok {
		s.sections("components", at, section)
	}
}

// sections records the components of the object at an offset.
func (s *scanner) sections(name string, at rawjson.Span, section func(string, rawjson.Span)) {
	rawjson.MembersAt(s.json, at.Start, func(key []byte, value rawjson.Span) bool {
		section(name+"/"+string(key), value)
		return true
	})
}

// external records the documents that lie in this one, with their components.
func (s *scanner) external(section func(string, rawjson.Span)) {
	at, ok := s.root[externalKey]
	if !ok {
		return
	}
	rawjson.MembersAt(s.json, at.Start, func(key []byte, doc rawjson.Span) bool {
		name := externalKey + "/" + string(key)
		s.parts[name] = doc
		rawjson.MembersAt(s.json, doc.Start, func(key []byte, value rawjson.Span) bool {
			switch string(key) {
			case "components":
				s.sections(name+"/components", value, section)
			case "definitions", "parameters", "responses", "paths":
				section(name+"/"+string(key), value)
			}
			return true
		})
		return true
	})
}

// describe reads info, servers and security.
func (s *scanner) describe() {
	info := s.get("info")
	if rawjson.Kind(info) != '{' {
		s.warns.add("/info", "missing_info", "The document has no info object.")
	}
	for key, value := range rawjson.Members(info) {
		switch string(key) {
		case "title":
			s.info.Title, _ = rawjson.Text(value)
		case "version":
			s.info.Version, _ = rawjson.Text(value)
		case "description":
			text, _ := rawjson.Text(value)
			s.info.Description = rawjson.Cut(text, maxInfoDescription)
		}
	}
	if s.info.Title == "" && rawjson.Kind(info) == '{' {
		s.warns.add("/info/title", "missing_title", "The document has no title.")
	}
	if s.v2 {
		s.describeV2()
	} else {
		s.info.Servers = readServers(s.get("servers"), &s.warns, "/servers")
		s.info.SecuritySchemes = s.securitySchemes(rawjson.Get(s.get("components"), "securitySchemes"), "/components/securitySchemes")
	}
	s.info.Security, _ = readSecurity(s.get("security"), &s.warns, "/security")
}

// maxInfoDescription is in bytes: some vendors put a whole manual there.
const maxInfoDescription = 4096
