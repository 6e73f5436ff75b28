package twin

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// collection holds the things under one path, in the order they came.
type collection struct {
	order   []string
	items   map[string]map[string]any
	sizes   map[string]int64 // bytes of each, about
	deleted map[string]bool
	kept    bool // in the twin, not only for this answer
	next    int64
	// idField is the property that the item path's parameter names; "" where none does.
	idField string
	idParam string
	schema  json.RawMessage // of one item; nil where the document says nothing
	kind    string          // the schema's component name
}

// place is the collection's concrete path: "/repos/acme/ops/issues".
func place(segments []segment, bound map[string]string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + s.fill(bound))
	}
	return b.String()
}

// at gives the collection at a path, seeded when it is looked at for the first time.
//
// Where no more are kept it still answers, the same each time, but takes nothing in.
func (t *Twin) at(segments []segment, bound map[string]string) *collection {
	key := place(segments, bound)
	if c, ok := t.collections[key]; ok {
		return c
	}
	c := &collection{items: map[string]map[string]any{}, sizes: map[string]int64{}, deleted: map[string]bool{}, next: 1}
	item, hasItem := t.itemRoute(segments)
	if hasItem {
		c.idParam = item.segments[len(item.segments)-1].param
	}
	c.schema = t.itemSchema(segments, item, hasItem)
	shape := t.doc.Shape(c.schema)
	c.kind = shape.Ref()
	c.idField = idField(shape, c.idParam, lastLiteral(segments))
	for n := range t.opts.Seeded {
		g := t.generator(key, n)
		if thing, ok := g.make(c.schema, singular(lastLiteral(segments))).(map[string]any); ok {
			t.fromPath(thing, shape, segments, bound)
			t.add(c, thing, nil)
		}
	}
	size := int64(len(key))
	for _, n := range c.sizes {
		size += n
	}
	if c.kept = len(t.collections) < t.opts.MaxCollections && t.room(size); c.kept {
		t.collections[key] = c
		t.held += size
	}
	return c
}

// weigh counts what a thing holds, anew after a change.
func (t *Twin) weigh(c *collection, id string) {
	n := sizeOf(c.items[id]) + int64(len(id))
	if c.kept {
		t.held += n - c.sizes[id]
	}
	c.sizes[id] = n
}

// forget takes a thing out. Its id is remembered, within bounds, so that nothing
// else appears under it.
func (t *Twin) forget(c *collection, id string) {
	if c.kept {
		t.held -= c.sizes[id]
	}
	delete(c.items, id)
	delete(c.sizes, id)
	if len(c.deleted) >= t.opts.MaxItems {
		clear(c.deleted)
	}
	c.deleted[id] = true
	c.order = slices.DeleteFunc(c.order, func(o string) bool { return o == id })
}

// itemSchema looks where the document describes one item: the item's own GET,
// PUT or PATCH, then what POST answers or takes, then the list's items.
func (t *Twin) itemSchema(segments []segment, item route, hasItem bool) json.RawMessage {
	var fallback json.RawMessage
	for _, r := range t.routes {
		onItem := hasItem && slices.EqualFunc(r.segments, item.segments, sameSegment)
		onList := slices.EqualFunc(r.segments, segments, sameSegment)
		if !onItem && !onList {
			continue
		}
		schema := answerSchema(r.op)
		if schema == nil {
			continue
		}
		shape := t.doc.Shape(schema)
		switch {
		case onItem && r.op.Method == "GET" && shape.Is("object"):
			return schema
		case shape.Is("object") && r.op.Method != "GET":
			fallback = schema
		case onList && r.op.Method == "GET" && fallback == nil:
			if list, _, ok := listIn(shape); ok {
				fallback = list.Items().Raw()
			}
		}
	}
	if fallback == nil && hasItem {
		if _, schema, ok := item.op.BodySchema(); ok {
			fallback = schema
		}
	}
	return fallback
}

// listIn finds the array of a list's answer: the answer itself, or the property
// that holds it ({"data": […], "next": …}).
func listIn(s spec.Shape) (list spec.Shape, property string, ok bool) {
	if s.Is("array") {
		return s, "", true
	}
	for _, p := range s.Properties() {
		if p.Shape.Is("array") && (p.Shape.Items().Is("object") || len(p.Shape.Items().Properties()) > 0) {
			return p.Shape, p.Name, true
		}
	}
	return spec.Shape{}, "", false
}

// idField finds the property that a path parameter stands for: {petId} of a Pet
// is petId, or id; {index} of an issue is index, or number.
func idField(s spec.Shape, param, noun string) string {
	if param == "" {
		param = "id"
	}
	flat := func(v string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(v)) }
	want := []string{flat(param)}
	if rest, ok := strings.CutPrefix(flat(param), flat(singular(noun))); ok && rest != "" {
		want = append(want, rest)
	}
	for _, suffix := range []string{"id", "uuid", "name", "key", "slug"} {
		if strings.HasSuffix(flat(param), suffix) {
			want = append(want, suffix)
		}
	}
	switch flat(param) {
	case "index", "number":
		want = append(want, "number", "index")
	case "username", "user", "owner", "org":
		want = append(want, "login", "username", "name")
	case "repo", "repository":
		want = append(want, "name", "fullname")
	}
	want = append(want, "id")
	for _, w := range want {
		for _, p := range s.Properties() {
			if flat(p.Name) == w {
				return p.Name
			}
		}
	}
	return ""
}

// add stores a thing under its id, giving it one where it has none of its own.
func (t *Twin) add(c *collection, thing, sent map[string]any) string {
	id := ""
	if c.idField != "" {
		if v, ok := sent[c.idField]; ok {
			id = str(v)
		}
		shape := spec.Shape{}
		if p, ok := t.doc.Shape(c.schema).Property(c.idField); ok {
			shape = p.Shape
		}
		_, taken := c.items[id]
		if id == "" || (taken && sent == nil) {
			id = c.fresh(shape, str(thing[c.idField]))
			thing[c.idField] = asID(shape, id)
		}
	}
	if id == "" {
		id = strconv.FormatInt(c.next, 10)
	}
	c.next++
	if _, there := c.items[id]; !there {
		c.order = append(c.order, id)
	}
	delete(c.deleted, id)
	c.items[id] = thing
	t.weigh(c, id)
	return id
}

// fresh makes an id that is not taken: the guessed one for texts, else the next number.
func (c *collection) fresh(s spec.Shape, guess string) string {
	if !s.Is("integer") && !s.Is("number") && guess != "" && c.items[guess] == nil && !c.deleted[guess] {
		return guess
	}
	for {
		id := strconv.FormatInt(c.next, 10)
		if c.items[id] == nil && !c.deleted[id] {
			return id
		}
		c.next++
	}
}

func asID(s spec.Shape, id string) any {
	if s.Is("integer") || s.Is("number") {
		return json.Number(id)
	}
	return id
}

// fromPath copies the parents' ids into a thing: the owner in the path is its owner.
func (t *Twin) fromPath(thing map[string]any, s spec.Shape, segments []segment, bound map[string]string) {
	for _, seg := range segments {
		if seg.param == "" {
			continue
		}
		if p, ok := s.Property(seg.param); ok && !p.Shape.Is("object") && !p.Shape.Is("array") {
			thing[p.Name] = text(p.Shape, bound[seg.param])
		}
	}
}

func lastLiteral(segments []segment) string {
	for _, s := range slices.Backward(segments) {
		if s.literal != "" {
			return s.literal
		}
	}
	return ""
}

func singular(noun string) string {
	noun = strings.NewReplacer("-", "", "_", "").Replace(noun)
	if rest, ok := strings.CutSuffix(noun, "ies"); ok {
		return rest + "y"
	}
	return strings.TrimSuffix(noun, "s")
}
