package patch

import (
	"context"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// Found is what a changed document does to one workflow.
type Found struct {
	// Steps are the steps that were sound and are not any more.
	Steps []connection.BrokenStep
	// Patch mends them, nil where nothing is certain.
	Patch []Op
	// Why says in words what the patch does, one line each.
	Why []string
	// Mended: with the patch nothing is wrong that was not wrong before.
	Mended bool
}

// Find checks a workflow against the old and the new document of a connection,
// and proposes what mends it. What was wrong before is not told again.
func Find(ctx context.Context, doc *workflow.Document, conn connection.Connection, old, now *spec.Document, others check.Resolver) (Found, error) {
	before := check.Run(ctx, doc, swapped{others, conn, old}, nil)
	after := check.Run(ctx, doc, swapped{others, conn, now}, nil)
	fresh := news(before, after)
	if len(fresh) == 0 {
		return Found{Mended: true}, nil
	}
	found := Found{Steps: steps(doc, fresh)}
	p := proposal{doc: doc, con: conn.ID, old: old, now: now}
	if p.make(); len(p.ops) == 0 {
		return found, nil
	}
	raw, err := workflow.Encode(doc)
	if err != nil {
		return Found{}, err
	}
	// A proposal that does not fit, or mends nothing, is none.
	patched, err := Apply(raw, p.ops)
	if err != nil {
		return found, nil //nolint:nilerr // said above
	}
	next, err := workflow.Parse(patched)
	if err != nil {
		return found, nil //nolint:nilerr // said above
	}
	left := news(before, check.Run(ctx, next, swapped{others, conn, now}, nil))
	if mends(p.ops, fresh, left) {
		found.Patch, found.Why, found.Mended = p.ops, p.why, len(left) == 0
	}
	return found, nil
}

// mends says whether a patch takes at least one fault away and makes none where
// it writes: what shows only now elsewhere, it did not make.
func mends(ops []Op, fresh, left []apierr.Problem) bool {
	for _, p := range left {
		for _, op := range ops {
			if !slices.ContainsFunc(fresh, same(p)) && (p.Path == op.Path || strings.HasPrefix(p.Path, op.Path+"/")) {
				return false
			}
		}
	}
	return slices.ContainsFunc(fresh, func(p apierr.Problem) bool { return !slices.ContainsFunc(left, same(p)) })
}

func same(p apierr.Problem) func(apierr.Problem) bool {
	return func(q apierr.Problem) bool { return q.Path == p.Path && q.Code == p.Code }
}

// swapped shows one connection with the document that it had, or will have.
type swapped struct {
	check.Resolver
	conn connection.Connection
	doc  *spec.Document
}

// Connection implements check.Resolver.
func (s swapped) Connection(ctx context.Context, id string) (connection.Connection, error) {
	if id == s.conn.ID {
		return s.conn, nil
	}
	return s.Resolver.Connection(ctx, id)
}

// Spec implements check.Resolver.
func (s swapped) Spec(ctx context.Context, id string) (*spec.Document, error) {
	if id == s.conn.ID {
		return s.doc, nil
	}
	return s.Resolver.Spec(ctx, id)
}

// news are the problems that were not there before.
func news(before, after check.Report) []apierr.Problem {
	return slices.DeleteFunc(slices.Clone(after.Problems), func(p apierr.Problem) bool {
		return slices.ContainsFunc(before.Problems, same(p))
	})
}

// steps names the innermost step that each problem lies in, "" for the output of
// the whole.
func steps(doc *workflow.Document, list []apierr.Problem) []connection.BrokenStep {
	out := make([]connection.BrokenStep, 0, len(list))
	for _, p := range list {
		b := connection.BrokenStep{Path: p.Path, Code: p.Code, Message: p.Message}
		doc.Walk(func(at string, s *workflow.Step) {
			if p.Path == at || strings.HasPrefix(p.Path, at+"/") { // those inside come later
				b.Step, b.Operation, b.Field = s.ID, s.Operation, field(strings.TrimPrefix(p.Path, at))
			}
		})
		out = append(out, b)
	}
	return out
}

// field writes a place inside a step as people do: "body.lines.0.sku".
func field(pointer string) string {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return strings.Join(tokens, ".")
}
