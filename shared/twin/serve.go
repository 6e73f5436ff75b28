package twin

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// serve does what the operation says, under the twin's lock.
func (t *Twin) serve(q request) answer {
	shape := t.doc.Shape(answerSchema(q.op))
	switch {
	case q.isItem() && q.segments[len(q.segments)-1].more == nil && t.hasItems(q.segments):
		return t.onItem(q)
	case q.op.Method == http.MethodPost && t.isCollection(q.segments):
		return t.create(q)
	case q.op.Method == http.MethodGet || q.op.Method == http.MethodHead:
		if list, property, ok := listIn(shape); ok {
			return t.list(q, shape, list, property)
		}
		return t.single(q)
	case q.op.Method == http.MethodPut || q.op.Method == http.MethodPatch:
		if a, ok := t.byBody(q); ok {
			return a
		}
		return t.single(q)
	}
	return t.act(q)
}

// hasItems says whether a path that ends in a parameter names an item that can
// be read, changed or removed, not an action's argument.
func (t *Twin) hasItems(segments []segment) bool {
	for _, r := range t.routes {
		if r.op.Method != http.MethodPost && slices.EqualFunc(r.segments, segments, sameSegment) {
			return true
		}
	}
	return false
}

// isCollection says whether things are created at a path: it has items below, or is listed.
func (t *Twin) isCollection(segments []segment) bool {
	if item, ok := t.itemRoute(segments); ok && t.hasItems(item.segments) {
		return true
	}
	for _, r := range t.routes {
		if r.op.Method != http.MethodGet || !slices.EqualFunc(r.segments, segments, sameSegment) {
			continue
		}
		if _, _, isList := listIn(t.doc.Shape(answerSchema(r.op))); isList {
			return true
		}
	}
	return false
}

func (t *Twin) onItem(q request) answer {
	parent := q.segments[:len(q.segments)-1]
	last := q.segments[len(q.segments)-1]
	c := t.at(parent, q.bound)
	id := q.bound[last.param]
	thing, ok := c.items[id]
	if !ok && !t.appears(c, q, id) {
		return *refusal(http.StatusNotFound, "There is no "+singular(lastLiteral(parent))+" "+id+".", nil)
	}
	if !ok {
		thing = c.items[id]
	}
	if q.op.Method != http.MethodGet && q.op.Method != http.MethodHead && !c.kept {
		return *full()
	}
	switch q.op.Method {
	case http.MethodDelete:
		t.forget(c, id)
		return t.give(q.op, t.shaped(q.op, thing))
	case http.MethodPut, http.MethodPatch, http.MethodPost:
		if !t.room(sizeOf(q.body)) {
			return *full()
		}
		overlay(thing, q.body)
		for name, values := range q.query {
			if p, known := t.doc.Shape(c.schema).Property(name); known {
				thing[name] = text(p.Shape, values[0])
			}
		}
		if c.idField != "" {
			// The path decides which thing it is, whatever the body says.
			if p, known := t.doc.Shape(c.schema).Property(c.idField); known {
				thing[c.idField] = text(p.Shape, id)
			}
		}
		t.weigh(c, id)
	}
	return t.give(q.op, t.shaped(q.op, thing))
}

// byBody changes the thing of a collection that the body names (PUT /pet).
func (t *Twin) byBody(q request) (answer, bool) {
	sent, _ := q.body.(map[string]any)
	if sent == nil || !t.isCollection(q.segments) {
		return answer{}, false
	}
	c := t.at(q.segments, q.bound)
	id := str(sent[c.idField])
	if id == "" {
		return answer{}, false
	}
	thing, ok := c.items[id]
	switch {
	case !ok:
		return *refusal(http.StatusNotFound, "There is no "+singular(lastLiteral(q.segments))+" "+id+".", nil), true
	case !c.kept || !t.room(sizeOf(q.body)):
		return *full(), true
	}
	overlay(thing, sent)
	t.weigh(c, id)
	return t.give(q.op, t.shaped(q.op, thing)), true
}

func full() *answer {
	return refusal(http.StatusInsufficientStorage, "The twin is full.", nil)
}

// appears makes a thing that is named by a text when it is first asked for: nobody
// could know which users and repositories the twin began with. A number or UUID
// that was never given out is not there.
func (t *Twin) appears(c *collection, q request, id string) bool {
	if c.deleted[id] || !c.kept || len(c.items) >= t.opts.MaxItems || !t.room(0) {
		return false
	}
	if !t.opts.Welcoming && t.givenOut(q) {
		return false
	}
	thing, ok := t.generator(place(q.segments, q.bound), 0).make(c.schema, singular(lastLiteral(q.segments))).(map[string]any)
	if !ok {
		return false
	}
	shape := t.doc.Shape(c.schema)
	t.fromPath(thing, shape, q.segments, q.bound)
	if c.idField != "" {
		if p, known := shape.Property(c.idField); known {
			thing[c.idField] = text(p.Shape, id)
		}
	}
	c.items[id] = thing
	c.order = append(c.order, id)
	t.weigh(c, id)
	return true
}

// givenOut says whether an item is named by what only its API gives out.
func (t *Twin) givenOut(q request) bool {
	last := q.segments[len(q.segments)-1].param
	for _, p := range q.op.Parameters {
		if p.In == "path" && p.Name == last {
			s := t.doc.Shape(p.Schema)
			if s.Is("integer") || s.Is("number") || s.Format() == "uuid" {
				return true
			}
		}
	}
	return strings.HasSuffix(strings.ToLower(last), "id")
}

func (t *Twin) create(q request) answer {
	c := t.at(q.segments, q.bound)
	if !c.kept || len(c.items) >= t.opts.MaxItems || !t.room(sizeOf(q.body)) {
		return *full()
	}
	sent, _ := q.body.(map[string]any)
	thing, ok := t.generator(place(q.segments, q.bound), int(c.next)).make(c.schema, singular(lastLiteral(q.segments))).(map[string]any)
	if !ok {
		thing = map[string]any{}
	}
	overlay(thing, sent)
	t.fromPath(thing, t.doc.Shape(c.schema), q.segments, q.bound)
	if sent == nil {
		sent = map[string]any{}
	}
	t.add(c, thing, sent)
	return t.give(q.op, t.shaped(q.op, thing))
}

func (t *Twin) list(q request, shape, list spec.Shape, property string) answer {
	things := t.listed(q, list)
	var value any = things
	if property != "" {
		whole, _ := t.generator(place(q.segments, q.bound), 0).make(shape.Raw(), "").(map[string]any)
		if whole == nil {
			whole = map[string]any{}
		}
		whole[property] = things
		for _, total := range []string{"total", "total_count", "totalCount", "count"} {
			if p, ok := shape.Property(total); ok && (p.Shape.Is("integer") || p.Shape.Is("number")) {
				whole[total] = len(things)
			}
		}
		value = whole
	}
	return t.give(q.op, value)
}

// listed are the things that a list shows: those of its own path, or, for a
// search (/pet/findByStatus), those of the same kind; narrowed by the query.
func (t *Twin) listed(q request, list spec.Shape) []any {
	c := t.at(q.segments, q.bound)
	if _, own := t.itemRoute(q.segments); !own {
		if other := t.ofKind(list.Items().Ref(), q.bound); other != nil {
			c = other
		}
	}
	out := []any{}
	skip, limit := window(q.query)
	for _, id := range c.order {
		thing := c.items[id]
		if !matches(thing, q) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if len(out) == limit {
			break
		}
		out = append(out, t.fit(list.Items().Raw(), unwrapped(list.Items(), thing), q.op.ID, len(out)))
	}
	return out
}

// maxList is the longest list, whatever was asked for.
const maxList = 1000

// window is the part of a list that a request asks for, by the names that APIs
// give it.
func window(query map[string][]string) (skip, limit int) {
	number := func(names ...string) (int, bool) {
		n, err := strconv.Atoi(firstOf(query, names...))
		return n, err == nil && n >= 0
	}
	limit, limited := number("limit", "per_page", "perPage", "pageSize", "page_size")
	if !limited || limit > maxList {
		limit = maxList
	}
	if n, ok := number("offset", "skip"); ok {
		return n, limit
	}
	if page, ok := number("page"); ok && page > 1 {
		return min(page-1, math.MaxInt/maxList) * limit, limit
	}
	return 0, limit
}

// ofKind finds the collection whose items are of a component, creating it from
// the document where it was never looked at.
func (t *Twin) ofKind(kind string, bound map[string]string) *collection {
	if kind == "" {
		return nil
	}
	for _, r := range t.routes {
		if !r.isItem() || r.op.Method != http.MethodGet {
			continue
		}
		if t.doc.Shape(answerSchema(r.op)).Ref() != kind {
			continue
		}
		parent := r.segments[:len(r.segments)-1]
		if slices.ContainsFunc(parent, func(s segment) bool { return s.param != "" && bound[s.param] == "" }) {
			continue
		}
		return t.at(parent, bound)
	}
	return nil
}

// matches narrows by query parameters that are properties of the thing.
func matches(thing map[string]any, q request) bool {
	for _, p := range q.op.Parameters {
		values := q.query[p.Name]
		have, ok := thing[p.Name]
		if p.In != "query" || len(values) == 0 || !ok {
			continue
		}
		var wanted []string
		for _, v := range values {
			wanted = append(wanted, strings.Split(v, ",")...)
		}
		if s := str(have); s != "" && !slices.Contains(wanted, s) {
			return false
		}
	}
	return true
}

// single is a thing of which there is one: read, and changed in place.
func (t *Twin) single(q request) answer {
	key := place(q.segments, q.bound)
	value, ok := t.singles[key]
	if !ok {
		value = t.generator(key, 0).make(answerSchema(q.op), lastLiteral(q.segments))
		if size := int64(len(key)) + sizeOf(value); len(t.singles) < t.opts.MaxCollections && t.room(size) {
			t.singles[key] = value
			t.held += size
		}
	}
	if thing, isObject := value.(map[string]any); isObject && q.body != nil {
		before := sizeOf(thing)
		if !t.room(sizeOf(q.body)) {
			return *full()
		}
		overlay(thing, q.body)
		if _, kept := t.singles[key]; kept {
			t.held += sizeOf(thing) - before
		}
	}
	return t.give(q.op, t.shaped(q.op, value))
}

// act answers what is neither of these: a search by POST, an upload, a command.
func (t *Twin) act(q request) answer {
	return t.give(q.op, t.shaped(q.op, q.body))
}

// shaped makes an answer of an operation's own schema out of what is known.
func (t *Twin) shaped(op *spec.Operation, known any) any {
	schema := answerSchema(op)
	if schema == nil {
		return clone(known)
	}
	return t.fit(schema, known, op.ID, 0)
}

// fit gives a value that a schema takes: the known one where it does, else a
// fresh one with the known values under the names they share.
func (t *Twin) fit(schema json.RawMessage, known any, place string, nth int) any {
	known = clone(known)
	if problems, checked := t.doc.ValidateAs(spec.Answered, schema, known); known != nil && (!checked || len(problems) == 0) {
		return known
	}
	fresh := t.generator(place, nth).make(schema, lastLiteral(split(place)))
	thing, isObject := fresh.(map[string]any)
	source, fromObject := known.(map[string]any)
	if !isObject || !fromObject {
		return fresh
	}
	shape := t.doc.Shape(schema)
	merged, _ := clone(thing).(map[string]any)
	for name, v := range source {
		if _, declared := shape.Property(name); declared {
			merged[name] = v
		}
	}
	const maxFields = 50 // each costs a check of all
	problems, checked := t.doc.ValidateAs(spec.Answered, schema, merged)
	if checked && len(problems) > 0 && len(merged) > maxFields {
		return thing
	}
	if checked && len(problems) > 0 {
		// Some value does not fit: take those that do, one by one.
		for name, v := range merged {
			before, had := thing[name]
			thing[name] = v
			if problems, _ := t.doc.ValidateAs(spec.Answered, schema, thing); len(problems) > 0 {
				if thing[name] = before; !had {
					delete(thing, name)
				}
			}
		}
		return thing
	}
	return merged
}

// unwrapped takes the thing out of an envelope that only its own path has:
// {"data": {…}} in a list whose items are the inner object.
func unwrapped(item spec.Shape, thing map[string]any) map[string]any {
	if len(thing) > 3 {
		return thing
	}
	for name, v := range thing {
		inner, ok := v.(map[string]any)
		if _, declared := item.Property(name); ok && !declared {
			return inner
		}
	}
	return thing
}

func overlay(thing map[string]any, sent any) {
	fields, ok := sent.(map[string]any)
	if !ok {
		return
	}
	for name, v := range fields {
		thing[name] = clone(v)
	}
}

func firstOf(query map[string][]string, names ...string) string {
	for _, n := range names {
		if v := query[n]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}
