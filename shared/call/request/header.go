package request

import (
	"maps"
	"slices"

	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/spec"
)

// headers adds the caller's own header fields.
func (b *builder) headers() {
	for _, name := range slices.Sorted(maps.Keys(b.in.Headers)) {
		at := "/headers/" + escapePointer(name)
		v, err := parseValue(b.in.Headers[name])
		switch {
		case err != nil || !v.scalar():
			b.fault(at, "type", "A header's value is a string, a number or a boolean.")
		case v.null():
		default:
			b.setHeader(name, v.text, at)
		}
	}
}

// setHeader refuses what would change the message's framing, its target or its
// credential, and anything with a line break in it.
func (b *builder) setHeader(name, text, at string) {
	switch {
	case !token(name):
		b.fault(at, "header", "This is not a header name.")
	case spec.ReservedHeader(name) || b.provided("header", name):
		b.fault(at, "forbidden_header", "This header cannot be set: it belongs to the connection or to the message itself.")
	case !fieldValue(text):
		b.fault(at, "header", "A header's value must not hold line breaks or control characters.")
	default:
		b.header.Set(name, text)
	}
}

func token(name string) bool       { return httpguts.ValidHeaderFieldName(name) }
func fieldValue(value string) bool { return httpguts.ValidHeaderFieldValue(value) }
