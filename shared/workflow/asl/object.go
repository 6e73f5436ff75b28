package asl

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// object compiles a map of templates as the one template it stands for.
func (f *frame) object(m map[string]json.RawMessage) any { return f.value(members(m)) }

// members is the template that a map of templates stands for; nil for an empty one.
func members(m map[string]json.RawMessage) json.RawMessage {
	if len(m) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(name) + ":")
		b.Write(m[name])
	}
	b.WriteByte('}')
	return b.Bytes()
}
