package spec

import (
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// pathItem records the operations of a path: those written there, and of the Path
// Item Objects that it refers to, one after the other, those whose methods it does
// not have already (OpenAPI 3.1 leaves open which counts).
func (s *scanner) pathItem(path string, item rawjson.Span) {
	at := pointer("/paths", path)
	if !strings.HasPrefix(path, "/") {
		s.warns.add(at, "path_slash", "The path does not begin with a slash.")
	}
	if rawjson.Kind(s.raw(item)) != '{' {
		s.warns.add(at, "odd_type", "The path is not an object.")
		return
	}
	p := pathScan{scanner: s, path: path, at: at, item: item, have: map[string]bool{}}
	for n, object := range s.itemChain(item) {
		p.far = n > 0
		p.methods(object)
	}
}

// itemChain is a Path Item Object and those that it refers to, each through the
// one before. A reference at fault ends it, and is told by checkRefs.
func (d *Document) itemChain(item rawjson.Span) []rawjson.Span {
	chain := []rawjson.Span{item}
	for len(chain) <= maxRefChain {
		ref, ok := refOf(d.raw(chain[len(chain)-1]))
		if !ok {
			break
		}
		next, err := d.lookup(ref)
		if err != nil || next == item {
			break
		}
		chain = append(chain, next)
	}
	return chain
}

// pathScan gathers one path's operations.
type pathScan struct {
	*scanner
	path, at string
	item     rawjson.Span
	far      bool            // in an object that is referred to
	have     map[string]bool // methods of the objects before
}

// methods records the operations of one Path Item Object.
func (p *pathScan) methods(object rawjson.Span) {
	found := map[string]bool{}
	rawjson.MembersAt(p.json, object.Start, func(key []byte, value rawjson.Span) bool {
		name := string(key)
		lower := strings.ToLower(name)
		at := pointer(p.at, name)
		switch {
		case isMethod(lower), lower == "query" && !p.v2:
			if lower != name {
				p.warns.add(at, "method_case", "The method should be in lower case.")
			}
			if lower == "query" && !p.is32() {
				p.warns.add(at, "method_version", "OpenAPI has the method QUERY from 3.2 on.")
			}
			p.add(strings.ToUpper(name), at, value, found)
		case name == "additionalOperations" && !p.v2:
			p.additional(at, value, found)
		}
		return true
	})
	for method := range found {
		p.have[method] = true
	}
}

// additional records operations by methods that OpenAPI has no field for (3.2,
// "Path Item Object"). These keep the case in which they are written.
func (p *pathScan) additional(at string, object rawjson.Span, found map[string]bool) {
	if !p.is32() {
		p.warns.add(at, "method_version", "OpenAPI has additional operations from 3.2 on.")
	}
	if rawjson.Kind(p.raw(object)) != '{' {
		p.warns.add(at, "odd_type", "The additional operations should be an object.")
		return
	}
	rawjson.MembersAt(p.json, object.Start, func(key []byte, value rawjson.Span) bool {
		method := string(key)
		if lower := strings.ToLower(method); isMethod(lower) || lower == "query" {
			p.warns.add(pointer(at, method), "method_case", "The method has a field of its own.")
		}
		p.add(method, pointer(at, method), value, found)
		return true
	})
}

func (p *pathScan) add(method, at string, value rawjson.Span, found map[string]bool) {
	if p.far && p.have[method] {
		p.warns.add(p.at, "duplicate_method", "The path has the method %s itself, and by reference: the path's own counts.", rawjson.Cut(method, 40))
		return
	}
	found[method] = true
	p.operation(p.path, method, at, p.item, value)
}

func (s *scanner) is32() bool { return strings.HasPrefix(s.info.SpecVersion, "3.2") }

// isMethod tells the fixed fields of a Path Item Object that hold operations.
func isMethod(name string) bool {
	switch name {
	case "get", "put", "post", "delete", "options", "head", "patch", "trace":
		return true
	}
	return false
}

// item reads what a path states for all its operations: its servers are taken over,
// and its parameters returned, those of the objects it refers to before its own.
func (b *builder) item(at rawjson.Span) (parameters []json.RawMessage) {
	chain := b.itemChain(at)
	for n := len(chain) - 1; n >= 0; n-- {
		for key, v := range rawjson.Members(b.raw(chain[n])) {
			switch string(key) {
			case "parameters":
				parameters = append(parameters, v)
			case "servers":
				if list := readServers(v, b.warns, pointer("/paths", b.op.Path, "servers")); len(list) > 0 {
					b.op.Servers = list
				}
			}
		}
	}
	return parameters
}
