package check

import (
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// nearest suggests a field of about the same name.
func nearest(name string, target spec.Shape) string {
	for _, p := range target.Properties() {
		a, b := plain(p.Name), plain(name)
		if a == b || len(a) > 3 && len(b) > 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
			return "; did you mean " + p.Name + "?"
		}
	}
	return ""
}

// plain is a name without case and punctuation.
func plain(name string) string { return plainly.Replace(strings.ToLower(name)) }

// label names a place for people: "parameter petId", "body.name".
func label(at string) string {
	segments := strings.Split(strings.TrimPrefix(at, "/"), "/")
	for i, s := range segments {
		segments[i] = unescape.Replace(s)
	}
	if len(segments) >= 2 && (segments[0] == "parameters" || segments[0] == "headers") {
		return strings.TrimSuffix(segments[0], "s") + " " + strings.Join(segments[1:], ".")
	}
	return strings.Join(segments, ".")
}

var (
	// unescape is JSON Pointer's (RFC 6901).
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
	plainly  = strings.NewReplacer("_", "", "-", "", ".", "")
)
