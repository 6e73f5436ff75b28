package asl

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// object compiles a map of templates as the one template it stands for.
func (f *frame) object(m map[string]json.RawMessage) any {
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
	return f.value(b.Bytes())
}
