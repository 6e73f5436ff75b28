package call

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/expr"
)

const (
	// maxPages ends a list that never ends.
	maxPages = 200
	// defaultItems is how many items are read where the step does not say.
	defaultItems = 1_000
	// maxListBytes bounds the list that is gathered.
	maxListBytes = 8 << 20
)

// pages calls once, or until there are no further pages or enough items. With
// pages, the list of all items takes the place of the answer's body: it is the
// step's value by default, and $response.body for its output.
func (r *runner) pages(ctx context.Context, in request.Input) (*Result, error) {
	conclude := r.single
	var g *gatherer
	if r.task.Paginate != nil {
		g = &gatherer{r: r, in: in, seen: map[string]bool{}, items: []json.RawMessage{}}
		conclude = g.page
	}
	for page := 1; ; page++ {
		var at *url.URL
		if g != nil {
			in, at = g.in, g.at
		}
		x, done, err := r.call(ctx, in, at, page, conclude)
		if err != nil {
			return nil, err
		}
		if !done.more {
			return &Result{Value: done.value, Status: x.status, Attempts: r.e.Attempts}, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// single concludes a call without pages.
func (r *runner) single(ctx context.Context, _ *http.Request, _ *exchange, c content, sc scope) conclusion {
	value, f := r.s.project.output(ctx, r.task.Output, c.value, sc)
	return conclusion{value: value, failure: f}
}

// gatherer puts the items of pages together.
type gatherer struct {
	r     *runner
	in    request.Input // of the next page
	at    *url.URL      // of the next page, where it is a link
	told  bool          // the answers name their next page
	pages int
	items []json.RawMessage
	last  []json.RawMessage // the items of the page before
	bytes int
	seen  map[string]bool
}

func (g *gatherer) page(ctx context.Context, req *http.Request, x *exchange, c content, sc scope) conclusion {
	g.pages++
	got, f := g.take(ctx, sc)
	if f != nil {
		return conclusion{failure: f}
	}
	limit := g.r.task.Paginate.MaxItems
	if limit <= 0 {
		limit = defaultItems
	}
	// The same items again: the API ignores the parameter that counts pages.
	again := g.pages > 1 && len(got) > 0 && slices.EqualFunc(got, g.last, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
	if again {
		g.items = g.items[:len(g.items)-len(got)]
	}
	g.last = got
	if len(g.items) < limit && g.pages < maxPages && !again {
		where, ok, f := g.next(ctx, req, x, c, got, sc)
		if f != nil {
			return conclusion{failure: f}
		}
		if ok && where.url != nil && egress.Origin(where.url) != egress.Origin(req.URL) && !bound(where.url, g.r.t.conn.Origins) {
			return conclusion{failure: &Failure{ErrEgressBlocked, "The link to the next page leads to another host than the connection's."}}
		}
		// The same place again is a circle.
		if ok && !g.seen[where.key] {
			g.seen[where.key] = true
			g.in, g.at, g.told = where.in, where.url, where.told
			return conclusion{more: true}
		}
	}
	g.items = g.items[:min(len(g.items), limit)]
	list, err := json.Marshal(g.items)
	if err != nil {
		return conclusion{failure: &Failure{ErrExpression, "The items are not JSON values."}}
	}
	decoded, err := expr.Decode(list)
	if err != nil {
		return conclusion{failure: &Failure{ErrExpression, "The items are nested too deeply."}}
	}
	if response, ok := sc["response"].(map[string]any); ok {
		response["body"] = decoded
	}
	value, f := g.r.s.project.output(ctx, g.r.task.Output, list, sc)
	return conclusion{value: value, failure: f}
}

// next finds the next page: as the step says, as the document says, or as the answers
// look.
func (g *gatherer) next(ctx context.Context, req *http.Request, x *exchange, c content, got []json.RawMessage, sc scope) (place, bool, *Failure) {
	op := g.r.t.op
	if g.r.task.Paginate.Kind != "" {
		return g.declared(ctx, req, x, got, sc)
	}
	if link, ok := op.NextLink(x.status); ok {
		p, ok := linkedBySpec(op, g.in, link, x, c)
		return p, ok, nil
	}
	p, ok := next(op, g.in, req, x, c, got, g.told)
	return p, ok, nil
}

// take evaluates the items of one page and keeps them; got are this page's.
func (g *gatherer) take(ctx context.Context, sc scope) (got []json.RawMessage, _ *Failure) {
	v, f := g.r.s.project.eval(ctx, g.r.task.Paginate.Items, sc)
	if f != nil || expr.IsUndefined(v) || expr.IsNull(v) {
		return nil, f
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v} // JSONata unwraps an array of one
	}
	for _, item := range list {
		raw, err := expr.Encode(item, maxListBytes)
		if err != nil {
			return nil, &Failure{ErrExpression, "The items are not JSON values."}
		}
		if g.bytes += len(raw); g.bytes > maxListBytes {
			return nil, &Failure{ErrOutputTooLarge, "The items of all pages together are larger than is read."}
		}
		got = append(got, raw)
	}
	g.items = slices.Concat(g.items, got)
	return got, nil
}
