package draft

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/spec"
)

// maxInputDepth is how deep an input's schema tells the shape of an object.
const maxInputDepth = 2

// InputSchema is the JSON Schema of a question: what the spec says of the
// argument, without references.
func InputSchema(shape spec.Shape, description string) json.RawMessage {
	m := inputSchema(shape, maxInputDepth)
	if description != "" {
		m["description"] = description
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return raw
}

func inputSchema(shape spec.Shape, depth int) map[string]any {
	m := map[string]any{}
	types := shape.Types()
	var kept []string
	for _, t := range types {
		if t != "null" {
			kept = append(kept, t)
		}
	}
	switch len(kept) {
	case 0:
	case 1:
		m["type"] = kept[0]
	default:
		m["type"] = kept
	}
	if enum := shape.Enum(); len(enum) > 0 {
		m["enum"] = enum
	}
	if f := shape.Format(); f != "" {
		m["format"] = f
	}
	b := shape.Bounds()
	if b.Minimum != nil {
		m["minimum"] = *b.Minimum
	}
	if b.Maximum != nil {
		m["maximum"] = *b.Maximum
	}
	if depth > 0 && shape.Is("array") {
		m["items"] = inputSchema(shape.Items(), depth-1)
	}
	if ps := shape.Properties(); depth > 0 && len(ps) > 0 {
		properties := map[string]any{}
		var required []string
		for _, p := range ps {
			if p.ReadOnly {
				continue
			}
			properties[p.Name] = inputSchema(p.Shape, depth-1)
			if p.Required {
				required = append(required, p.Name)
			}
		}
		m["properties"] = properties
		if len(required) > 0 {
			m["required"] = required
		}
	}
	return m
}
