package spec

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

func itoa(n int) string { return strconv.Itoa(n) }

// checkOperations reads each operation once, so that what is odd in it is told
// at import and not found at the first call.
func (s *scanner) checkOperations() {
	for i := range s.ops {
		if s.ctx.Err() != nil {
			return
		}
		s.build(&s.ops[i], &s.warns)
	}
}

// maxRefFaults bounds how many references at fault are looked at.
const maxRefFaults = 5000

// checkRefs tells the references that lead nowhere, round in a ring, or into
// other documents, each target once. It finds them by their key in the raw bytes,
// looks each target up once, and walks the document only to say where the faults
// lie.
func (s *scanner) checkRefs() {
	faults := map[string]error{} // by target; nil for a sound one
	var offsets []int
	var targets []string
	needle := []byte(`"$ref"`)
	for i := 0; s.ctx.Err() == nil && len(offsets) < maxRefFaults; {
		n := bytes.Index(s.json[i:], needle)
		if n < 0 {
			break
		}
		at := i + n
		i = at + len(needle)
		value, ok := rawjson.AfterColon(s.json, i)
		if !ok {
			continue
		}
		ref, ok := rawjson.String(s.raw(value))
		if !ok {
			continue
		}
		err, known := faults[ref]
		if !known {
			_, err = s.resolveSpan(ref)
			faults[ref] = err
		}
		if err != nil {
			offsets, targets = append(offsets, at), append(targets, ref)
		}
	}
	for i, where := range rawjson.PointersTo(s.json, offsets) {
		ref := targets[i]
		err := faults[ref]
		if err == nil || inExample(where) {
			continue
		}
		faults[ref] = nil // told
		switch short := rawjson.Cut(ref, 200); {
		case errors.Is(err, ErrRefRemote):
			s.warns.add(where, "remote_ref", "The reference %s leads into another document, which is not read.", short)
		case errors.Is(err, ErrRefCycle):
			s.warns.add(where, "ref_cycle", "The reference %s leads back to itself.", short)
		default:
			s.warns.add(where, "missing_ref", "The reference %s leads nowhere.", short)
		}
	}
}

// inExample tells places where "$ref" is data, not a reference.
func inExample(at string) bool {
	for _, word := range []string{"example", "examples", "default", "enum", "const", "value"} {
		if strings.Contains(at, "/"+word+"/") {
			return true
		}
	}
	return strings.Contains(at, "/x-")
}
