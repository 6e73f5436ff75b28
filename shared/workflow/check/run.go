package check

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// Resolver finds what a document refers to, in the workspace of the context.
// Errors are apierr; NOT_FOUND makes the check fail, any other leaves it unknown.
type Resolver interface {
	Connection(ctx context.Context, id string) (connection.Connection, error)
	// Spec is the connection's document. It must be the same for the whole run.
	Spec(ctx context.Context, id string) (*spec.Document, error)
}

// Options of a check.
type Options struct {
	// Workflows finds the documents that workflow steps run; version 0 is the
	// latest. Defaults to nil: what concerns them is unknown.
	Workflows func(ctx context.Context, id string, version int64) (*workflow.Document, error)
	// OfferUndo also looks for what would undo each call. Defaults to false.
	OfferUndo bool
}

// Run checks a document. It never fails as a whole: what could not be looked up
// is unknown. The document need not be valid; what Validate finds is in the
// report, at the step where it lies.
func Run(ctx context.Context, doc *workflow.Document, r Resolver, o *Options) Report {
	c := &checker{ctx: ctx, doc: doc, resolver: r, apis: map[string]*api{}, index: map[string]int{}}
	if o != nil {
		c.workflows, c.offerUndo = o.Workflows, o.OfferUndo
	}
	c.report.Egress, c.report.SpecHashes = map[string][]string{}, map[string]string{}
	faults := doc.Validate()
	c.report.Problems = faults
	doc.Walk(func(at string, s *workflow.Step) {
		c.index[at] = len(c.report.Steps)
		c.report.Steps = append(c.report.Steps, Step{
			ID: s.ID, Path: at, Type: s.Type, Connection: s.Connection, Operation: s.Operation, Risk: effect.Read, Checks: []Check{},
		})
	})
	if len(c.report.Steps) > workflow.MaxSteps || slices.ContainsFunc(faults, func(p apierr.Problem) bool { return p.Code == "too_deep" }) {
		return c.report
	}
	scope := values{"input": c.input()}
	_, end := c.steps("/steps", doc.Steps, scope)
	c.nowhere("/output", c.template(doc.Output, end))
	doc.Walk(func(at string, s *workflow.Step) { c.structural(at, s, faults) })
	for i := range c.report.Steps {
		slices.SortStableFunc(c.report.Steps[i].Checks, func(a, b Check) int { return rank(a.Name) - rank(b.Name) })
	}
	return c.report
}

func rank(name string) int {
	return slices.Index([]string{Connection, Credential, Operation, Required, Types, Order, Reachable, Risk, Effect}, name)
}

// values are what is known of the names that an expression may read.
type values map[string]static.Value

func (v values) with(name string, value static.Value) values {
	next := make(values, len(v)+1)
	for k, x := range v {
		next[k] = x
	}
	next[name] = value
	return next
}

// api is a connection, looked up once.
type api struct {
	conn    connection.Connection
	connErr error
	doc     *spec.Document
	docErr  error
}

type checker struct {
	ctx       context.Context
	doc       *workflow.Document
	resolver  Resolver
	workflows func(context.Context, string, int64) (*workflow.Document, error)
	offerUndo bool
	apis      map[string]*api
	index     map[string]int // step's pointer → report.Steps
	report    Report
}

func (c *checker) api(id string) *api {
	if a, ok := c.apis[id]; ok {
		return a
	}
	a := &api{}
	a.conn, a.connErr = c.resolver.Connection(c.ctx, id)
	if a.connErr != nil {
		a.docErr = a.connErr
	} else if a.doc, a.docErr = c.resolver.Spec(c.ctx, id); a.docErr == nil && a.doc != nil {
		c.report.SpecHashes[id] = a.doc.Info().Hash
	}
	c.apis[id] = a
	return a
}

// add notes a check of the step at a place; a failed one is a problem too.
func (c *checker) add(at, name string, ok *bool, detail string) {
	s := &c.report.Steps[c.index[at]]
	s.Checks = append(s.Checks, Check{Name: name, OK: ok, Detail: detail})
}

func (c *checker) fail(at, field, name, code, detail string) {
	c.add(at, name, no(), detail)
	c.problem(at+field, code, detail)
}

func (c *checker) problem(at, code, detail string) {
	c.report.Problems = append(c.report.Problems, apierr.Problem{Path: at, Code: code, Message: detail})
}

// structural turns what Validate found into the checks order and reachable.
func (c *checker) structural(at string, s *workflow.Step, faults []apierr.Problem) {
	order, reachable := "", ""
	for _, p := range faults {
		if !owns(at, s, p.Path) {
			continue
		}
		if p.Code == "unreachable" {
			reachable = p.Message
		} else if order == "" {
			order = p.Message
		}
	}
	if order != "" {
		c.add(at, Order, no(), order)
	} else {
		c.add(at, Order, yes(), "It reads only what has run before.")
	}
	if reachable != "" {
		c.add(at, Reachable, no(), reachable)
	} else {
		c.add(at, Reachable, yes(), "Some run gets here.")
	}
}

// owns says whether a fault at path lies in the step itself, not in one inside it.
func owns(at string, s *workflow.Step, path string) bool {
	if path != at && !strings.HasPrefix(path, at+"/") {
		return false
	}
	return !slices.ContainsFunc(s.Lists(), func(l workflow.List) bool { return strings.HasPrefix(path, at+l.At+"/") })
}

// originOf is scheme://host[:port] of a base URL, "" for one that has none.
func originOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
