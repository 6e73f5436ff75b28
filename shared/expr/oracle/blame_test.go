package oracle

import (
	"testing"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// comparison keeps the outcomes of expressions and, of those that differ, of their parts.
type comparison struct {
	variables string
	ref, got  map[string]outcome
	sources   []string
}

// compare evaluates expressions by both and then, of those that differ, every part
// that is an expression by itself.
func (c *comparison) compare(t *testing.T, sources []string) {
	t.Helper()
	c.ref, c.got, c.sources = map[string]outcome{}, map[string]outcome{}, sources
	c.evaluate(t, sources)
	var parts []string
	seen := map[string]bool{}
	for _, src := range c.differing() {
		walk(parse(t, src), func(n *syntax.Node) {
			part := src[n.Start:n.End]
			if _, done := c.ref[part]; !done && !seen[part] {
				seen[part] = true
				parts = append(parts, part)
			}
		})
	}
	c.evaluate(t, parts)
}

func (c *comparison) evaluate(t *testing.T, sources []string) {
	t.Helper()
	ref, got := reference(t, c.variables, sources), ours(t, decode(t, c.variables), sources)
	for i, src := range sources {
		c.ref[src], c.got[src] = ref[i], got[i]
	}
}

func (c *comparison) differing() []string {
	var out []string
	for _, src := range c.sources {
		if difference(c.ref[src], c.got[src]) != "" {
			out = append(out, src)
		}
	}
	return out
}

// blame finds the least part of an expression that differs by itself, and names
// the class: how it differs, and the construct at the part's top.
func (c *comparison) blame(t *testing.T, src string) (class, least string) {
	t.Helper()
	var top *syntax.Node
	walk(parse(t, src), func(n *syntax.Node) {
		part := src[n.Start:n.End]
		if difference(c.ref[part], c.got[part]) != "" && (top == nil || n.End-n.Start <= top.End-top.Start) {
			top = n
		}
	})
	least = src[top.Start:top.End]
	class = difference(c.ref[least], c.got[least]) + " of " + construct(top)
	parent := false
	walk(top, func(n *syntax.Node) { parent = parent || n.Kind == syntax.Parent })
	if parent {
		class += " with %"
	}
	return class, least
}

func parse(t *testing.T, src string) *syntax.Node {
	t.Helper()
	n, err := syntax.Parse(src, 1000)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return n
}

// walk visits what is an expression by itself: not regular expressions, not ranges,
// and not the calls right of ~>, whose first argument is left of it.
func walk(n *syntax.Node, visit func(*syntax.Node)) {
	if n.Kind == syntax.Regex {
		return
	}
	if !(n.Kind == syntax.Binary && n.Value == "..") {
		visit(n)
	}
	kids := n.Kids
	if n.Kind == syntax.Binary && n.Value == "~>" && kids[1].Kind == syntax.Call {
		kids = append([]*syntax.Node{kids[0]}, kids[1].Kids[1:]...)
	}
	for _, kid := range kids {
		walk(kid, visit)
	}
}

// construct names a node as a person would: an operator, a function, a step.
func construct(n *syntax.Node) string {
	switch n.Kind {
	case syntax.Binary:
		if n.Value == "~>" && n.Kids[1].Kind == syntax.Call {
			return "~> " + construct(n.Kids[1])
		}
		return n.Value
	case syntax.Call, syntax.Partial:
		if n.Kids[0].Kind == syntax.Variable {
			return "$" + n.Kids[0].Value + "()"
		}
		return "call"
	case syntax.Path:
		if n.Kids[1].Kind == syntax.Predicate {
			return construct(n.Kids[1])
		}
		return "." + construct(n.Kids[1])
	case syntax.Predicate:
		if n.Kids[1].Kind == syntax.Number || n.Kids[1].Kind == syntax.Negate {
			return spine(n.Kids[0]) + "[index]"
		}
		return "[filter]"
	case syntax.KeepArray:
		return spine(n.Kids[0]) + "[]"
	case syntax.Sort:
		return spine(n.Kids[0]) + "^()"
	}
	return name(n.Kind)
}

// spine names what a postfix follows, where that is no plain path.
func spine(n *syntax.Node) string {
	switch n.Kind {
	case syntax.Variable, syntax.Path, syntax.Name:
		return ""
	}
	return construct(n) + " "
}

func name(k syntax.Kind) string {
	names := map[syntax.Kind]string{
		syntax.Name: "name", syntax.String: "string", syntax.Number: "number", syntax.Literal: "literal", syntax.Regex: "regex", syntax.Variable: "variable",
		syntax.Wildcard: "*", syntax.Descendant: "**", syntax.Negate: "-", syntax.Array: "array", syntax.Object: "object", syntax.Block: "block",
		syntax.Condition: "condition", syntax.Bind: ":=", syntax.Lambda: "function", syntax.Group: "group",
	}
	if s := names[k]; s != "" {
		return s
	}
	return "other"
}
