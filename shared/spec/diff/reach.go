package diff

import (
	"bytes"
	"crypto/sha256"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// digest is a hash of raw bytes, white space between tokens left out, together
// with everything that they refer to.
type digest [sha256.Size]byte

// reach computes digests over one document. It is not safe for concurrent use.
type reach struct {
	doc   *spec.Document
	parts map[string][]byte // "#/components/schemas/Pet" → its bytes; path items too
	nodes map[string]*node
	// shared is what the document states for all operations and these inherit.
	shared digest
}

// node is the target of a reference in the graph of references.
type node struct {
	ref         string
	refs        []string // what its bytes refer to
	own         digest   // of its bytes alone
	sum         digest   // with its reach, once it is known
	index, low  int
	known, open bool
}

func newReach(d *spec.Document) *reach {
	r := &reach{doc: d, parts: map[string][]byte{}, nodes: map[string]*node{}}
	var inherited [][]byte
	for key, v := range rawjson.Members(d.JSON()) {
		switch name := string(key); name {
		case "components":
			for section, list := range rawjson.Members(v) {
				r.section("#/components/"+string(section), list)
				if string(section) == "securitySchemes" {
					inherited = append(inherited, key, list)
				}
			}
		case "definitions", "parameters", "responses", "paths":
			r.section("#/"+name, v)
		case "security", "securityDefinitions", "consumes", "produces", "openapi", "swagger": // servers are compared for all at once
			inherited = append(inherited, key, v)
		}
	}
	h := sha256.New()
	for _, part := range inherited {
		sum := plain(part)
		h.Write(sum[:])
	}
	h.Sum(r.shared[:0])
	return r
}

func (r *reach) section(prefix string, list []byte) {
	for key, v := range rawjson.Members(list) {
		r.parts[prefix+"/"+escape(string(key))] = v
	}
}

func escape(token string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(token) }

// operation is the digest of an operation with what its path item gives it. ok is
// false where the operation does not lie where documents have them.
func (r *reach) operation(s spec.Summary) (sum digest, ok bool) {
	item := r.parts["#/paths/"+escape(s.Path)]
	if ref, isRef := rawjson.String(rawjson.Get(item, "$ref")); isRef {
		item = r.target(ref)
	}
	own := rawjson.Get(item, strings.ToLower(s.Method))
	if own == nil {
		return digest{}, false
	}
	h := sha256.New()
	h.Write(r.shared[:])
	for _, part := range [][]byte{own, rawjson.Get(item, "parameters"), rawjson.Get(item, "servers")} {
		sum := r.of(part)
		h.Write(sum[:])
	}
	h.Sum(sum[:0])
	return sum, true
}

// of is the digest of raw bytes with their reach.
func (r *reach) of(raw []byte) digest {
	h := sha256.New()
	own := plain(raw)
	h.Write(own[:])
	for _, ref := range refsIn(raw) {
		sum := r.ref(ref)
		h.Write(sum[:])
	}
	var sum digest
	h.Sum(sum[:0])
	return sum
}

func (r *reach) target(ref string) []byte {
	name := ref
	if strings.IndexByte(name, '%') >= 0 {
		if decoded, err := url.PathUnescape(name); err == nil {
			name = decoded
		}
	}
	if raw, ok := r.parts[name]; ok {
		return raw
	}
	raw, err := r.doc.Resolve(ref)
	if err != nil {
		return nil // what leads nowhere is told by its text alone
	}
	return raw
}

func (r *reach) node(ref string) *node {
	n, ok := r.nodes[ref]
	if !ok {
		raw := r.target(ref)
		n = &node{ref: ref, refs: refsIn(raw), own: plain(raw), index: -1}
		r.nodes[ref] = n
	}
	return n
}

// refsIn lists the targets of the references in raw bytes, each once, in order.
func refsIn(raw []byte) []string {
	var refs []string
	var seen map[string]bool
	needle := []byte(`"$ref"`)
	for i := 0; ; {
		n := bytes.Index(raw[i:], needle)
		if n < 0 {
			return refs
		}
		i += n + len(needle)
		value, ok := rawjson.AfterColon(raw, i)
		if !ok {
			continue
		}
		ref, ok := rawjson.String(value.Of(raw))
		if !ok || seen[ref] {
			continue
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		seen[ref] = true
		refs = append(refs, ref)
	}
}

// plain hashes JSON without the white space between its tokens.
func plain(raw []byte) digest {
	h := sha256.New()
	start, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			h.Write(raw[start:i])
			start = i + 1
		}
	}
	if start < len(raw) {
		h.Write(raw[start:])
	}
	var sum digest
	h.Sum(sum[:0])
	return sum
}
