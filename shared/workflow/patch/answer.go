package patch

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// maxRenames bounds how many renamed fields of an answer are followed.
const maxRenames = 50

// answer mends the expressions that read a renamed field of a step's answer by
// its whole path: $step.customer.name, or $response.body.customer.name inside the
// step. Whoever reads it by another way is left to a person.
func (p *proposal) answer(at string, s *workflow.Step, before, after *spec.Operation) {
	old, had := before.SuccessSchema()
	now, has := after.SuccessSchema()
	if !had || !has || len(s.Output) > 0 && s.Paginate != nil {
		return
	}
	renamed := p.renamed(nil, p.old.Shape(old), p.now.Shape(now), nil, 0)
	if len(renamed) == 0 {
		return
	}
	raw, err := workflow.Encode(p.doc)
	if err != nil {
		return
	}
	workflow.Strings(raw, "", func(where, text string) {
		src, ok := expr.Unwrap(text)
		if !ok || !strings.HasPrefix(where, "/steps/") && !strings.HasPrefix(where, "/output") {
			return
		}
		next := src
		for _, r := range renamed {
			if strings.HasPrefix(where, at+"/") {
				next = r.in(next, "response.body")
			} else if len(s.Output) == 0 && s.Paginate == nil {
				next = r.in(next, s.ID)
			}
		}
		if next == src || p.patched(where) {
			return
		}
		value, _ := json.Marshal(strings.Replace(text, src, next, 1)) // a string has no error
		p.add(Op{Op: "replace", Path: where, Value: value}, "%s: a field of the answer has another name now, which is read at %s.", s.ID, where)
	})
}

// patched: two steps' renames in one expression are more than is certain.
func (p *proposal) patched(where string) bool {
	for _, op := range p.ops {
		if op.Path == where {
			return true
		}
	}
	return false
}

// answered is a renamed field with the path that leads to it, lists passed over.
type answered struct {
	path []string
	rename
}

func (p *proposal) renamed(out []answered, old, now spec.Shape, path []string, depth int) []answered {
	if depth > maxDepth || len(out) > maxRenames || len(old.Variants())+len(now.Variants()) > 0 {
		return out
	}
	if old.Is("array") && now.Is("array") {
		return p.renamed(out, old.Items(), now.Items(), path, depth+1)
	}
	for _, r := range renames(fieldsBeside(old, now)) {
		out = append(out, answered{path, r})
	}
	for _, f := range old.Properties() {
		next, still := now.Property(f.Name)
		if still && (f.Shape.Is("object") || f.Shape.Is("array")) {
			out = p.renamed(out, f.Shape, next.Shape, append(path[:len(path):len(path)], f.Name), depth+2)
		}
	}
	return out
}

var simple = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// in rewrites the field in an expression where it is read from a name by its whole
// path, indexes and filters of digits aside.
func (a answered) in(src, name string) string {
	for _, part := range append(a.path, a.from, a.to) {
		if !simple.MatchString(part) {
			return src
		}
	}
	const index = `(?:\[-?[0-9]*\])*`
	var b strings.Builder
	b.WriteString(`(\$` + regexp.QuoteMeta(name) + index)
	for _, part := range a.path {
		b.WriteString(`\.` + part + index)
	}
	b.WriteString(`\.)` + a.from + `\b`)
	return regexp.MustCompile(b.String()).ReplaceAllString(src, "${1}"+a.to)
}
