package twin

import (
	"net/url"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// route is an operation's method and path, split into segments.
type route struct {
	op       *spec.Operation
	segments []segment
}

// segment is literal, or holds a {parameter} with text around it ("{id}.json");
// more of them may follow in its suffix ("{index}.{diffType}").
type segment struct {
	literal        string
	param          string
	prefix, suffix string
	// more takes the suffix apart where it holds parameters itself.
	more *segment
}

func routes(doc *spec.Document) ([]route, error) {
	all := make([]route, 0, doc.Len())
	for _, s := range doc.Summaries() {
		op, err := doc.Operation(s.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, route{op: op, segments: split(op.Path)})
	}
	// More literal routes first, so that /pets/mine wins over /pets/{id}.
	slices.SortStableFunc(all, func(a, b route) int { return strings.Compare(b.weight(), a.weight()) })
	return all, nil
}

func split(path string) []segment {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	var out []segment
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		out = append(out, cutSegment(part))
	}
	return out
}

func cutSegment(part string) segment {
	before, rest, ok := strings.Cut(part, "{")
	param, after, closed := strings.Cut(rest, "}")
	if !ok || !closed || param == "" {
		return segment{literal: part}
	}
	s := segment{param: param, prefix: before, suffix: after}
	if more := cutSegment(after); more.param != "" {
		s.more = &more
	}
	return s
}

// bind reads a segment's parameters from a part of a path.
func (s segment) bind(part string, bound map[string]string) bool {
	if s.param == "" {
		return part == s.literal
	}
	rest, ok := strings.CutPrefix(part, s.prefix)
	if !ok {
		return false
	}
	if s.more == nil {
		value, ok := strings.CutSuffix(rest, s.suffix)
		bound[s.param] = value
		return ok && value != ""
	}
	// The first value is the longest that leaves the rest its beginning: v1.2.diff
	// is the diff of v1.2.
	at := strings.LastIndex(rest, s.more.prefix)
	if s.more.prefix == "" {
		at = len(rest) - 1
	}
	if at < 1 {
		return false
	}
	bound[s.param] = rest[:at]
	return s.more.bind(rest[at:], bound)
}

// fill puts bound parameters into a segment, escaped, so that no value can stand
// for another path.
func (s segment) fill(bound map[string]string) string {
	if s.param == "" {
		return s.literal
	}
	after := s.suffix
	if s.more != nil {
		after = s.more.fill(bound)
	}
	return s.prefix + url.PathEscape(bound[s.param]) + after
}

// weight orders routes: '2' a literal, '1' a partly literal segment, '0' a parameter.
func (r route) weight() string {
	var b strings.Builder
	for _, s := range r.segments {
		switch {
		case s.param == "":
			b.WriteByte('2')
		case s.prefix+s.suffix != "":
			b.WriteByte('1')
		default:
			b.WriteByte('0')
		}
	}
	return b.String()
}

// match binds the parameters of an escaped request path, as they stand in it: in
// some styles an encoded comma is not one that separates.
func (r route) match(parts []string) (map[string]string, bool) {
	if len(parts) != len(r.segments) {
		return nil, false
	}
	bound := map[string]string{}
	for i, s := range r.segments {
		part, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, false
		}
		if s.param == "" && part != s.literal {
			return nil, false
		}
		if s.param == "" || s.bind(parts[i], bound) {
			continue
		}
		// What stands around the parameter may be encoded too.
		decoded := map[string]string{}
		if !s.bind(part, decoded) {
			return nil, false
		}
		for name, value := range decoded {
			bound[name] = url.PathEscape(value)
		}
	}
	return bound, true
}

// unescaped are the values of parameters that match found.
func unescaped(bound map[string]string) map[string]string {
	out := make(map[string]string, len(bound))
	for name, value := range bound {
		out[name], _ = url.PathUnescape(value) // match has decoded it as a part of the path
	}
	return out
}

// isItem says whether the path ends in a parameter: it names one thing of a collection.
func (r route) isItem() bool {
	return len(r.segments) > 1 && r.segments[len(r.segments)-1].param != ""
}

// find gives the route of a request; others tells whether its path is known under
// another method.
func (t *Twin) find(method, escapedPath string) (found route, bound map[string]string, others bool) {
	parts := strings.Split(strings.Trim(escapedPath, "/"), "/")
	for _, r := range t.routes {
		b, ok := r.match(parts)
		if !ok {
			continue
		}
		if r.op.Method == method {
			return r, b, false
		}
		others = true
	}
	return route{}, nil, others
}

// itemRoute finds an item path of the collection at a path template: /pets → /pets/{petId}.
func (t *Twin) itemRoute(collection []segment) (route, bool) {
	for _, r := range t.routes {
		if r.isItem() && slices.EqualFunc(r.segments[:len(r.segments)-1], collection, sameSegment) {
			return r, true
		}
	}
	return route{}, false
}

// sameSegment: parameters are the same wherever they stand, whatever their names.
func sameSegment(a, b segment) bool {
	if a.literal != b.literal || (a.param == "") != (b.param == "") || a.prefix != b.prefix || (a.more == nil) != (b.more == nil) {
		return false
	}
	if a.more != nil {
		return sameSegment(*a.more, *b.more)
	}
	return a.suffix == b.suffix
}
