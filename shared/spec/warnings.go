package spec

import (
	"fmt"
	"strings"
)

// maxWarnings keeps a document of nothing but faults from filling memory.
const maxWarnings = 1000

// warnings gathers faults; a nil *warnings discards them, so that building an
// operation again does not tell them again.
type warnings struct {
	list []Warning
	seen map[Warning]bool // what a path states is read with each of its operations
	more int
}

func (w *warnings) add(path, code, format string, args ...any) {
	switch {
	case w == nil:
	case len(w.list) >= maxWarnings:
		w.more++
	default:
		one := Warning{Path: path, Code: code, Message: fmt.Sprintf(format, args...)}
		if w.seen[one] {
			return
		}
		if w.seen == nil {
			w.seen = map[Warning]bool{}
		}
		w.seen[one] = true
		w.list = append(w.list, one)
	}
}

// all is the list, closed with the count of what did not fit.
func (w *warnings) all() []Warning {
	if w.more > 0 {
		return append(w.list, Warning{Code: "more_warnings", Message: fmt.Sprintf("%d more warnings are not shown.", w.more)})
	}
	return w.list
}

// pointer appends tokens to a JSON Pointer (RFC 6901).
func pointer(base string, tokens ...string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(escapeToken(t))
	}
	return b.String()
}

func escapeToken(t string) string {
	if !strings.ContainsAny(t, "~/") {
		return t
	}
	return strings.ReplaceAll(strings.ReplaceAll(t, "~", "~0"), "/", "~1")
}

func unescapeToken(t string) string {
	if strings.IndexByte(t, '~') < 0 {
		return t
	}
	return strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
}
