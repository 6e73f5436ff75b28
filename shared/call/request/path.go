package request

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// path expands the operation's template. Some documents write a query into the
// template ("/?Action=List"); it is returned apart.
func (b *builder) path() (path string, query []string) {
	template, _, _ := strings.Cut(b.op.Path, "#")
	template, fixed, hasQuery := strings.Cut(template, "?")
	if !strings.HasPrefix(template, "/") {
		template = "/" + template
	}
	placed := map[string]bool{}
	var out strings.Builder
	for template != "" {
		open := strings.IndexByte(template, '{')
		end := strings.IndexByte(template, '}')
		if open < 0 || end < open {
			out.WriteString(literal(template))
			break
		}
		out.WriteString(literal(template[:open]))
		out.WriteString(b.expand(template[open+1:end], placed))
		template = template[end+1:]
	}
	for _, name := range slices.Sorted(maps.Keys(b.pathVals)) {
		if !placed[name] {
			b.fault(b.pathVals[name].at, "unknown_parameter", "The operation's path has no place for this parameter.")
		}
	}
	if hasQuery {
		for part := range strings.SplitSeq(fixed, "&") {
			if part != "" && !strings.ContainsAny(part, "{}") {
				query = append(query, literalQuery(part))
			}
		}
	}
	return out.String(), query
}

// expand gives the text of one placeholder. RFC 6570's operators, which some
// documents borrow, do not change the name.
func (b *builder) expand(name string, placed map[string]bool) string {
	v, ok := b.pathVals[name]
	if !ok {
		name = strings.TrimRight(strings.TrimLeft(name, "+"), "*")
		v, ok = b.pathVals[name]
	}
	placed[name] = true
	if !ok {
		at := "/parameters/" + escapePointer(name)
		if !slices.ContainsFunc(b.problems, func(p problem) bool { return p.Path == at || p.Path == "/parameters/path."+escapePointer(name) }) {
			b.fault(at, "required", "The operation's path needs the parameter "+name+".")
		}
		return "x"
	}
	text := pathText(v.param, v.value)
	switch {
	case text == "":
		b.fault(v.at, "empty", "A path parameter must not be empty.")
	case climbs(text):
		b.fault(v.at, "path", "A path parameter must not hold . or .. as a part of the path.")
	}
	return text
}

// climbs says whether a server that decodes before it splits would read a dot
// segment (RFC 3986, section 3.3).
func climbs(encoded string) bool {
	plain, err := url.PathUnescape(encoded)
	if err != nil {
		return true
	}
	parts := strings.FieldsFunc(plain, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(parts, ".") || slices.Contains(parts, "..")
}

// literal encodes what may not stand in a path, leaving the document's own
// percent-encoding.
func literal(s string) string { return escape(s, "/:@!$&'()*+,;=%") }

func literalQuery(s string) string { return escape(s, "/:@!$'()*+,;=%?") }
