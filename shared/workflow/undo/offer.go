package undo

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// Offer is a call that takes a step's effect back, as the step's undo would hold it.
type Offer struct {
	Operation  string                     `json:"operation"`
	Method     string                     `json:"method"`
	Path       string                     `json:"path"`
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Body       json.RawMessage            `json:"body,omitempty"`
}

// For is the offer for a step that calls op; false where there is none. The step's own
// values go along: what it is called for is also what it is undone for.
func For(doc *spec.Document, op *spec.Operation, s *workflow.Step) (Offer, bool) {
	if op.Method != "POST" && op.Method != "PUT" {
		return Offer{}, false
	}
	if o, ok := opposite(doc, op, s); ok {
		return o, true
	}
	return deletion(doc, op, s)
}

// deletion offers the DELETE of what a POST to a collection makes.
func deletion(doc *spec.Document, op *spec.Operation, s *workflow.Step) (Offer, bool) {
	if op.Method != "POST" || !makes(op) {
		return Offer{}, false
	}
	var found []string
	for _, other := range doc.Summaries() {
		if other.Method == "DELETE" && below(op.Path, other.Path) {
			found = append(found, other.ID)
		}
	}
	if len(found) != 1 {
		return Offer{}, false
	}
	del, err := doc.Operation(found[0])
	if err != nil {
		return Offer{}, false
	}
	last := placeholder(lastOf(del.Path))
	i := slices.IndexFunc(del.Parameters, func(p spec.Parameter) bool { return p.In == "path" && p.Name == last })
	schema, answered := op.SuccessSchema()
	if i < 0 || !answered {
		return Offer{}, false
	}
	from, ok := idIn(doc.Shape(schema), doc.Shape(del.Parameters[i].Schema), last, singular(lastOf(op.Path)))
	if !ok {
		return Offer{}, false
	}
	o := Offer{Operation: del.ID, Method: del.Method, Path: del.Path, Parameters: map[string]json.RawMessage{}}
	if !o.bind(del, same(op.Path, del.Path), s, last) {
		return Offer{}, false
	}
	o.Parameters[last] = expression("$response.body" + from)
	return o, true
}

// opposite offers the operation whose last word undoes this one's: at the same place
// with another method, or beside it.
func opposite(doc *spec.Document, op *spec.Operation, s *workflow.Step) (Offer, bool) {
	other := against(doc, op)
	if other == nil {
		return Offer{}, false
	}
	o := Offer{Operation: other.ID, Method: other.Method, Path: other.Path, Parameters: map[string]json.RawMessage{}}
	return o, o.bind(other, nil, s, "") && o.fill(doc, other, s)
}

// bind gives the parameters that the undo needs the values that the step's have;
// names tell which parameter of the step is which of the undo, but for one.
func (o *Offer) bind(undo *spec.Operation, names map[string]string, s *workflow.Step, but string) bool {
	for _, p := range undo.Parameters {
		if p.In == "path" && p.Name == but || p.Ignored() {
			continue
		}
		given := p
		if name, ok := names[p.Name]; ok && p.In == "path" {
			given.Name = name
		}
		raw, _, ok := given.Given(s.Parameters)
		switch {
		case ok && (p.Required || but == ""):
			o.Parameters[p.Name] = raw
		case p.Required && !p.Automatic():
			return false
		}
	}
	return but == "" || undo.Body == nil || !undo.Body.Required // what a deletion is to be told, nobody has said
}

// fill gives the fields of the undo's body the values that the step's has.
func (o *Offer) fill(doc *spec.Document, undo *spec.Operation, s *workflow.Step) bool {
	_, schema, takes := undo.BodySchema()
	if !takes {
		return true
	}
	var given map[string]json.RawMessage
	if len(s.Body) > 0 && json.Unmarshal(s.Body, &given) != nil {
		return false
	}
	body := map[string]json.RawMessage{}
	for _, p := range doc.Shape(schema).Properties() {
		v, ok := given[p.Name]
		switch {
		case ok:
			body[p.Name] = v
		case p.Required:
			return false
		}
	}
	if len(body) == 0 {
		return !undo.Body.Required
	}
	raw, err := json.Marshal(body)
	o.Body = raw
	return err == nil
}

func expression(src string) json.RawMessage {
	raw, err := json.Marshal("{% " + src + " %}")
	if err != nil {
		return nil // text always encodes
	}
	return raw
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

func lastOf(path string) string { all := segments(path); return all[len(all)-1] }

// placeholder is the name in "{name}", "" for a segment that is anything else.
func placeholder(segment string) string {
	if len(segment) < 3 || segment[0] != '{' || segment[len(segment)-1] != '}' || strings.ContainsAny(segment[1:len(segment)-1], "{}") {
		return ""
	}
	return segment[1 : len(segment)-1]
}

// below says whether a path names one thing of the collection at another.
func below(collection, one string) bool {
	a, b := segments(collection), segments(one)
	return len(b) == len(a)+1 && placeholder(b[len(a)]) != "" && placeholder(a[len(a)-1]) == "" && aligned(a, b[:len(a)])
}

// aligned says whether paths are the same but for the names of their parameters.
func aligned(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool { return x == y || placeholder(x) != "" && placeholder(y) != "" })
}

// same tells which parameter of the one path is which of the other, by the other's.
func same(path, other string) map[string]string {
	names := map[string]string{}
	b := segments(other)
	for i, segment := range segments(path) {
		if name := placeholder(segment); name != "" && i < len(b) {
			names[placeholder(b[i])] = name
		}
	}
	return names
}
