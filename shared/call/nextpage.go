package call

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
)

// place is where the next page is: a link, or the same call with a value changed.
type place struct {
	in  request.Input
	url *url.URL
	key string // tells a page that has been read
	// told says that the answer itself named the place: an answer that then names
	// none is the last, whatever parameters the operation has.
	told bool
}

// next finds the page after this one, in the order of how sure the signs are: a
// Link header (RFC 8288), a link in the body, a cursor for which the operation has
// a parameter, a page number, an offset. got are this page's items; told says
// that the answers so far named their next page.
func next(op *spec.Operation, in request.Input, req *http.Request, x *exchange, c content, got []json.RawMessage, told bool) (place, bool) {
	links := x.header.Values("Link")
	if link, ok := linkNext(links); ok {
		return linked(in, req, link)
	}
	body, err := expr.Decode(c.value)
	if err != nil {
		return place{}, false
	}
	if name, ok := pageable(op); ok {
		link, ok := textAt(body, name)
		if !ok {
			return place{}, false
		}
		return linked(in, req, link)
	}
	if link, ok := bodyLink(body); ok {
		return linked(in, req, link)
	}
	if more, said := hasMore(body); said && !more {
		return place{}, false
	}
	if cursor, ok := bodyCursor(body); ok {
		p, ok := withParameter(op, in, cursorNames(), cursor)
		p.told = true
		return p, ok
	}
	if told || len(got) == 0 || strings.Contains(strings.Join(links, ","), "rel=") || saysLast(body) {
		return place{}, false
	}
	if more, said := hasMore(body); said && more {
		if id, ok := lastID(got); ok {
			if p, ok := withParameter(op, in, []string{"starting_after", "startingAfter", "after", "since_id"}, id); ok {
				return p, true
			}
		}
	}
	return counted(op, in, body, got)
}

func linked(in request.Input, req *http.Request, link string) (place, bool) {
	u, err := req.URL.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return place{}, false
	}
	u.Fragment, u.RawFragment = "", ""
	return place{in: in, url: u, key: u.String(), told: true}, true
}

func lastID(got []json.RawMessage) (string, bool) {
	item, err := expr.Decode(got[len(got)-1])
	if err != nil {
		return "", false
	}
	return textAt(item, "id")
}

// withParameter binds the first of names that the operation takes in its query,
// or in the fields of its body.
func withParameter(op *spec.Operation, in request.Input, names []string, text string) (place, bool) {
	value := quoteJSON(text)
	for _, name := range names {
		if p, ok := queried(op, name); ok {
			return place{in: set(in, p, value), key: name + "=" + text}, true
		}
	}
	_, schema, ok := op.BodySchema()
	if !ok {
		return place{}, false
	}
	for _, name := range names {
		if !hasProperty(schema, name) {
			continue
		}
		if in, ok := withField(in, name, value); ok {
			return place{in: in, key: name + "=" + text}, true
		}
	}
	return place{}, false
}

// withField sets a field of a body that is an object, or none yet.
func withField(in request.Input, name string, value json.RawMessage) (request.Input, bool) {
	fields := map[string]json.RawMessage{}
	if len(in.Body) > 0 && json.Unmarshal(in.Body, &fields) != nil {
		return in, false
	}
	fields[name] = value
	body, err := json.Marshal(fields)
	in.Body = body
	return in, err == nil
}

// hasProperty reads a schema's own properties; one behind a $ref is not looked for.
func hasProperty(schema json.RawMessage, name string) bool {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return false
	}
	_, ok := s.Properties[name]
	return ok
}

// counted raises a page number by one or an offset by what came. A page shorter
// than the limit that was asked for is the last.
func counted(op *spec.Operation, in request.Input, body any, got []json.RawMessage) (place, bool) {
	limit := 0
	for _, name := range []string{"limit", "per_page", "perPage", "page_size", "pageSize", "page[size]", "count", "size", "maxResults", "max_results"} {
		if n, ok := numberIn(in, spec.Parameter{In: "query", Name: name}); ok {
			limit = n
			break
		}
	}
	if limit > 0 && len(got) < limit {
		return place{}, false
	}
	for _, name := range []string{"offset", "skip", "startAt", "start_at", "start", "page[offset]", "startIndex"} {
		if p, ok := queried(op, name); ok {
			from, _ := numberIn(in, p)
			if total, ok := totalOf(body); ok && from+len(got) >= total {
				return place{}, false
			}
			return withParameter(op, in, []string{name}, strconv.Itoa(from+len(got)))
		}
	}
	for _, name := range []string{"page", "page_number", "pageNumber", "page[number]", "pageIndex", "p"} {
		p, ok := queried(op, name)
		if !ok {
			continue
		}
		page, ok := numberIn(in, p)
		if !ok {
			page = firstPage(p)
		}
		if pages, ok := intAt(body, "total_pages", "totalPages", "pages", "page_count", "pageCount", "meta.total_pages", "pagination.total_pages", "info.pages"); ok && page >= pages {
			return place{}, false
		}
		return withParameter(op, in, []string{name}, strconv.Itoa(page+1))
	}
	return place{}, false
}

// queried finds a parameter of the query.
func queried(op *spec.Operation, name string) (spec.Parameter, bool) {
	return op.Named("query." + name)
}

// set gives a parameter a value, under the name that it is given by.
func set(in request.Input, p spec.Parameter, value json.RawMessage) request.Input {
	_, key, given := p.Given(in.Parameters)
	if !given {
		key = p.In + "." + p.Name
	}
	in.Parameters = maps.Clone(in.Parameters)
	if in.Parameters == nil {
		in.Parameters = map[string]json.RawMessage{}
	}
	in.Parameters[key] = value
	return in
}

// numberIn is a parameter's value as a whole number.
func numberIn(in request.Input, p spec.Parameter) (int, bool) {
	raw, _, _ := p.Given(in.Parameters)
	return wholeNumber(raw)
}

func wholeNumber(raw json.RawMessage) (int, bool) {
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `" `), 64)
	return int(n), err == nil && n >= 0 && n < 1e9
}

// firstPage is the number of the page that comes without being asked for.
func firstPage(p spec.Parameter) int {
	var s struct {
		Default *float64 `json:"default"`
		Minimum *float64 `json:"minimum"`
	}
	switch {
	case json.Unmarshal(p.Schema, &s) != nil:
	case s.Default != nil:
		return int(*s.Default)
	case s.Minimum != nil && *s.Minimum == 0:
		return 0
	}
	return 1
}
