package spec

import (
	"bytes"
	"errors"
	"iter"
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

// refAt is a reference where it is written.
type refAt struct {
	key   int          // where the key begins
	value rawjson.Span // the string in its quotes
	text  string
}

// refsIn finds the references of a text by their key in the raw bytes.
func refsIn(text []byte) iter.Seq[refAt] {
	return func(yield func(refAt) bool) {
		// By the quote, the rarer character: bytes.Index takes half as long again.
		const needle = `"$ref"`
		for i := 0; ; {
			n := bytes.IndexByte(text[i:], '"')
			if n < 0 || len(text)-i-n < len(needle) {
				return
			}
			at := i + n
			if i = at + 1; text[i] != '$' || string(text[at:at+len(needle)]) != needle {
				continue
			}
			i = at + len(needle)
			value, ok := rawjson.AfterColon(text, i)
			if !ok {
				continue
			}
			if ref, ok := rawjson.String(value.Of(text)); ok && !yield(refAt{at, value, ref}) {
				return
			}
		}
	}
}

// checkRefs tells the references that lead nowhere, round in a ring, or into
// documents that are not there, each target once. It looks each target up once, and
// walks the document only to say where the faults lie.
func (s *scanner) checkRefs() {
	faults := map[string]error{} // by target; nil for a sound one
	var offsets []int
	var targets []string
	for ref := range refsIn(s.json) {
		if s.ctx.Err() != nil || len(offsets) >= maxRefFaults {
			break
		}
		err, known := faults[ref.text]
		if !known {
			_, err = s.resolveSpan(ref.text)
			faults[ref.text] = err
		}
		if err != nil {
			offsets, targets = append(offsets, ref.key), append(targets, ref.text)
		}
	}
	for i, where := range rawjson.PointersTo(s.json, offsets) {
		ref := targets[i]
		err := faults[ref]
		if err == nil || inExample(where) {
			continue
		}
		faults[ref] = nil // told
		short := rawjson.Cut(ref, 200)
		if code, url, ok := s.refusal(ref); ok {
			s.warns.add(where, code, "The document %s, which is referred to here, was not read: %s.", rawjson.Cut(url, 200), whyRefused(code))
			s.head.External = true
			continue
		}
		switch {
		case errors.Is(err, ErrRefRemote):
			s.head.External = true
			s.warns.add(where, "remote_ref", "The reference %s leads into another document, which is not read.", short)
		case errors.Is(err, ErrRefCycle):
			s.warns.add(where, "ref_cycle", "The reference %s leads back to itself.", short)
		default:
			s.warns.add(where, "missing_ref", "The reference %s leads nowhere.", short)
		}
	}
}

// refusal is why the document that a reference leads into is not in the bundle.
func (s *scanner) refusal(ref string) (code, url string, ok bool) {
	all := rawjson.Get(s.get(externalKey), "refused")
	if all == nil {
		return "", "", false
	}
	name, _, _ := strings.Cut(ref, "#")
	if rest, inside := strings.CutPrefix(ref, "#/"+externalKey+"/"); inside {
		name, _, _ = strings.Cut(rest, "/")
	}
	why := rawjson.Get(all, name)
	code, ok = rawjson.String(rawjson.Get(why, "code"))
	url, _ = rawjson.String(rawjson.Get(why, "url"))
	return code, url, ok && strings.HasPrefix(code, "external_")
}

func whyRefused(code string) string {
	switch code {
	case "external_blocked":
		return "its address is not allowed"
	case "external_no_base":
		return "its address is relative, and this document was not read from a URL"
	case "external_address":
		return "its address cannot be used"
	case "external_too_large", "external_too_many", "external_too_deep":
		return "the document leads to more others than are read"
	case "external_timeout":
		return "it did not come in time"
	case "external_invalid":
		return "it is neither JSON nor YAML"
	}
	return "it does not come"
}

// inExample tells places where "$ref" is data, not a reference.
func inExample(at string) bool {
	if rest, ok := strings.CutPrefix(at, "/"+externalKey+"/"); ok {
		_, at, _ = strings.Cut(rest, "/")
		at = "/" + at
	}
	for _, word := range []string{"example", "examples", "default", "enum", "const", "value"} {
		if strings.Contains(at, "/"+word+"/") {
			return true
		}
	}
	return strings.Contains(at, "/x-")
}
