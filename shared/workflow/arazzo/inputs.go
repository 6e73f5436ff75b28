package arazzo

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// ownResource is the $id that Export gives a schema with references of its own: by
// JSON Schema (2020-12, section 8.2.1) they are then the schema's, not the
// description's.
const ownResource = "urn:apiq:input"

const componentInputs = "#/components/inputs/"

// inputs gives a workflow's JSON Schema on its own: what it refers to among the
// components goes along under $defs. nil where the workflow has none.
func (d *description) inputs(wf node) json.RawMessage {
	if !wf.has("inputs") {
		return nil
	}
	n := wf.child("inputs")
	for hops := 0; ; hops++ {
		m, _ := n.v.(map[string]any)
		ref, _ := m["$ref"].(string)
		name, ok := strings.CutPrefix(ref, componentInputs)
		if !ok || len(m) > 1 {
			break
		}
		if hops == maxDepth {
			n.child("$ref").refuse("cycle", "The schema is nothing but a reference to itself.")
			return nil
		}
		target := d.root.child("components").child("inputs").child(unescape.Replace(name))
		if target.v == nil {
			n.child("$ref").refuse("reference", "There is no such schema among the components.")
			return nil
		}
		n = target
	}
	schema, ok := n.v.(map[string]any)
	if !ok {
		if _, ok := n.v.(bool); !ok {
			n.refuse("type", "A JSON Schema is needed here.")
			return nil
		}
		return encode(n.v)
	}
	if schema["$id"] == ownResource {
		schema = maps.Clone(schema)
		delete(schema, "$id")
		return encode(schema)
	}
	if _, own := schema["$id"].(string); own {
		return encode(schema)
	}
	c := &schemaCopy{d: d, at: n, defs: map[string]any{}}
	out, _ := c.copy(schema, n.at, 0).(map[string]any)
	if len(c.defs) > 0 {
		if own, taken := out["$defs"].(map[string]any); taken && len(own) > 0 {
			n.child("$defs").refuse("reference", "A schema that refers to components cannot have $defs of its own.")
		}
		out["$defs"] = c.defs
	}
	return encode(out)
}

// schemaCopy rewrites references to components.
type schemaCopy struct {
	d    *description
	at   node
	defs map[string]any
}

func (c *schemaCopy) copy(v any, at string, depth int) any {
	if depth > maxDepth {
		return v
	}
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			here := at + workflow.Pointer(name)
			ref, isText := member.(string)
			switch {
			case name == "$ref" && isText:
				out[name] = c.ref(ref, here)
			case name == "const" || name == "enum" || name == "default" || name == "examples":
				out[name] = member
			default:
				out[name] = c.copy(member, here, depth+1)
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = c.copy(x[i], at+"/"+strconv.Itoa(i), depth+1)
		}
		return out
	}
	return v
}

func (c *schemaCopy) ref(ref, at string) string {
	name, ok := strings.CutPrefix(ref, componentInputs)
	name = unescape.Replace(name)
	components := c.d.root.child("components").child("inputs")
	if !ok || !components.has(name) {
		c.d.f.refuse(at, "reference", "Only a reference to one of the description's components/inputs can be mapped.")
		return ref
	}
	if _, done := c.defs[name]; !done {
		c.defs[name] = true // a schema may contain itself
		target := components.child(name)
		c.defs[name] = c.copy(target.v, target.at, 0)
	}
	return "#/$defs" + workflow.Pointer(name)
}

// known are the names that an input schema declares.
func known(schema json.RawMessage) []string {
	var outline struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(schema, &outline) != nil {
		return nil
	}
	return sorted(outline.Properties)
}
