package call

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// maxCursor bounds what names a page.
const maxCursor = 64 << 10

// declared finds the next page as the step says, whatever else the answer looks like.
func (g *gatherer) declared(ctx context.Context, req *http.Request, x *exchange, got []json.RawMessage, sc scope) (place, bool, *Failure) {
	p, op := g.r.task.Paginate, g.r.t.op
	switch p.Kind {
	case workflow.PagesByLink:
		if p.Next == "" {
			link, ok := linkNext(x.header.Values("Link"))
			if !ok {
				return place{}, false, nil
			}
			where, ok := linked(g.in, req, link)
			return where, ok, nil
		}
		v, ok, f := g.named(ctx, sc)
		if !ok || f != nil {
			return place{}, false, f
		}
		link, isText := v.(string)
		if !isText {
			return place{}, false, &Failure{ErrExpression, "The link to the next page is not a text."}
		}
		where, ok := linked(g.in, req, link)
		return where, ok, nil
	case workflow.PagesByCursor:
		v, ok, f := g.named(ctx, sc)
		if !ok || f != nil {
			return place{}, false, f
		}
		cursor, err := expr.Encode(v, maxCursor)
		if err != nil {
			return place{}, false, &Failure{ErrExpression, "The cursor of the next page is not a JSON value, or a very long one."}
		}
		where, ok := bind(op, g.in, p.Param, cursor)
		return where, ok, nil
	}
	if len(got) == 0 || len(got) < p.Size {
		return place{}, false, nil
	}
	at, bound := current(op, g.in, p.Param)
	switch named, isParam := op.Named(p.Param); {
	case p.Kind == workflow.PagesByOffset:
		at += len(got)
	case bound:
		at++
	case isParam:
		at = firstPage(named) + 1
	default:
		at = 2
	}
	where, ok := bind(op, g.in, p.Param, json.RawMessage(strconv.Itoa(at)))
	return where, ok, nil
}

// named is what an answer names its next page by; ok is false where it names none.
func (g *gatherer) named(ctx context.Context, sc scope) (v any, ok bool, _ *Failure) {
	v, f := g.r.s.project.eval(ctx, g.r.task.Paginate.Next, sc)
	if f != nil || expr.IsUndefined(v) || expr.IsNull(v) || v == "" || v == false {
		return nil, false, f
	}
	return v, true, nil
}

// bind sets a parameter, or else a field of the body.
func bind(op *spec.Operation, in request.Input, name string, value json.RawMessage) (place, bool) {
	ok := true
	if p, is := op.Named(name); is {
		in = set(in, p, value)
	} else {
		in, ok = withField(in, name, value)
	}
	return place{in: in, key: name + "=" + string(value), told: true}, ok
}

// current is the whole number that a parameter, or field of the body, has now.
func current(op *spec.Operation, in request.Input, name string) (int, bool) {
	if p, ok := op.Named(name); ok {
		return numberIn(in, p)
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(in.Body, &fields) // what is no object has no fields
	return wholeNumber(fields[name])
}

// linkedBySpec is the next page by a link of the document: the parameters that it gives,
// from the answer. One that the answer does not have means that there is none.
func linkedBySpec(op *spec.Operation, in request.Input, link spec.Link, x *exchange, c content) (place, bool) {
	body, err := expr.Decode(c.value)
	if err != nil {
		return place{}, false
	}
	where := place{in: in}
	var keys []string
	for _, name := range slices.Sorted(maps.Keys(link.Parameters)) {
		value := link.Parameters[name]
		var text string
		_ = json.Unmarshal(value, &text) // what is no text is a constant
		if header, ok := strings.CutPrefix(text, "$response.header."); ok {
			if value = quoteJSON(x.header.Get(header)); string(value) == `""` {
				return place{}, false
			}
		} else if pointer, ok := strings.CutPrefix(text, "$response.body"); ok {
			v := pointed(body, strings.TrimPrefix(pointer, "#"))
			if v == nil || expr.IsNull(v) || v == "" || v == false {
				return place{}, false
			}
			if value, err = expr.Encode(v, maxCursor); err != nil {
				return place{}, false
			}
		} else if strings.HasPrefix(text, "$") {
			continue // of the request, which stays as it is
		}
		bound, ok := bind(op, where.in, name, value)
		if !ok {
			return place{}, false
		}
		where, keys = bound, append(keys, bound.key)
	}
	where.key = strings.Join(keys, "\n")
	return where, true
}

// pointed reads a JSON Pointer (RFC 6901); nil where it leads nowhere.
func pointed(v any, pointer string) any {
	if pointer == "" {
		return v
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if list, ok := v.([]any); ok {
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(list) {
				return nil
			}
			v = list[i]
			continue
		}
		next, ok := expr.Field(v, token)
		if !ok {
			return nil
		}
		v = next
	}
	return v
}

// pageable is where, by x-ms-pageable, an answer has the link to its next page; ok says
// that the document has the extension.
func pageable(op *spec.Operation) (link string, ok bool) {
	raw, ok := op.Extensions["x-ms-pageable"]
	if !ok {
		return "", false
	}
	var ext struct {
		NextLinkName string `json:"nextLinkName"`
	}
	if json.Unmarshal(raw, &ext) != nil {
		return "", false
	}
	return ext.NextLinkName, true // none: there is but one page
}
