package request

import (
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// bound is a parameter with its value.
type bound struct {
	param spec.Parameter
	value value
	at    string // the problem path of its value
}

// bind matches values to the operation's parameters and serialises all but the
// path's, which belong in the template.
func (b *builder) bind() {
	b.pathVals = map[string]bound{}
	used := map[string]bool{}
	for _, p := range b.op.Parameters {
		if p.Ignored() {
			used[p.Name], used[p.In+"."+p.Name] = true, true
			continue
		}
		raw, key, ok := p.Given(b.in.Parameters)
		at := "/parameters/" + escapePointer(key)
		if ok {
			used[key] = true
		}
		if b.provided(p.In, p.Name) {
			if ok && string(raw) != "null" {
				b.fault(at, "credential", "The connection's credential fills this parameter; leave it out.")
			}
			continue
		}
		var v value
		if ok {
			var err error
			if v, err = parseValue(raw); err != nil {
				b.fault(at, "json", "The value is not JSON of reasonable depth.")
				continue
			}
		}
		if !ok || v.null() {
			if p.Required && !p.Automatic() || p.In == "path" {
				b.fault(at, "required", "The operation needs the "+p.In+" parameter "+p.Name+".")
			}
			continue
		}
		b.place(bound{p, v, at})
	}
	b.unknown(used)
}

// unknown takes what names a placeholder that the document forgot to declare,
// and refuses the rest.
func (b *builder) unknown(used map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(b.in.Parameters)) {
		if used[name] {
			continue
		}
		at := "/parameters/" + escapePointer(name)
		bare := strings.TrimPrefix(name, "path.")
		if _, declared := b.pathVals[bare]; !declared && strings.Contains(b.op.Path, "{"+bare+"}") {
			v, err := parseValue(b.in.Parameters[name])
			if err == nil && !v.null() {
				b.place(bound{spec.Parameter{Name: bare, In: "path", Style: "simple"}, v, at})
				continue
			}
		}
		b.fault(at, "unknown_parameter", "The operation has no parameter of this name.")
	}
}

func (b *builder) place(v bound) {
	switch v.param.In {
	case "path":
		b.pathVals[v.param.Name] = v
	case "query":
		b.query = append(b.query, queryPairs(v.param, v.value)...)
	case "header":
		b.setHeader(v.param.Name, headerText(v.param, v.value), v.at)
	case "cookie":
		if !token(v.param.Name) {
			b.fault(v.at, "cookie", "The document's cookie name is not one.")
			return
		}
		b.cookies = append(b.cookies, v.param.Name+"="+cookieText(v.param, v.value))
	default:
		b.fault(v.at, "location", "The document places this parameter somewhere unknown.")
	}
}

func (b *builder) provided(in, name string) bool {
	return slices.ContainsFunc(b.in.Provided, func(p Place) bool {
		return p.In == in && (p.Name == name || in == "header" && strings.EqualFold(p.Name, name))
	})
}

// escapePointer escapes a name for a JSON Pointer (RFC 6901).
func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}
