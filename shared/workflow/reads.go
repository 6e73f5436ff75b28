package workflow

import (
	"regexp"
	"slices"

	"github.com/apiq/apiq/shared/expr"
)

// mention finds $name, and whether it is called.
var mention = regexp.MustCompile(`\$([A-Za-z][A-Za-z0-9_]*)(\s*\()?`)

// Functions are the names of steps and items in the document that are also names
// of JSONata functions ("each", "count"). For these, $each(…) goes on to mean the
// function and $each alone means the step; an expression may not use both.
func (d *Document) Functions() []string {
	var names []string
	d.Walk(func(_ string, s *Step) {
		for _, name := range []string{s.ID, s.As} {
			if name != "" && expr.IsBuiltin(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	})
	return names
}

// Reads lists the names, without $, that a compiled expression reads from
// outside, functions being the document's Functions; mixed is one of these that
// the expression also calls, or "".
func Reads(p *expr.Program, functions []string) (names []string, mixed string) {
	names = p.Variables()
	if len(functions) == 0 {
		return names, ""
	}
	var called, read []string
	for _, m := range mention.FindAllStringSubmatch(p.Source(), -1) {
		if !slices.Contains(functions, m[1]) {
			continue
		}
		if m[2] != "" {
			called = append(called, m[1])
		} else if !slices.Contains(read, m[1]) {
			read = append(read, m[1])
		}
	}
	for _, name := range read {
		if slices.Contains(called, name) {
			mixed = name
		}
	}
	return append(slices.Clone(names), read...), mixed
}
