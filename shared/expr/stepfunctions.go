package expr

import (
	"crypto/md5"  // #nosec G501 -- $hash offers it; nothing here relies on it
	"crypto/sha1" // #nosec G505 -- as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"math"
	"math/rand/v2"

	"github.com/google/uuid"
)

// stepFunctions adds the functions of Step Functions' JSONata ("Transforming data
// with JSONata in Step Functions": additional functions).
func stepFunctions(fns map[string]function) {
	fns["partition"] = partition
	fns["range"] = stepRange
	fns["hash"] = hashOf
	fns["random"] = random
	fns["uuid"] = newUUID
	fns["parse"] = parse
}

// partition cuts an array into arrays of n items, the last perhaps shorter.
func partition(_ *budget, c call) (any, error) {
	if c.arg(0) == nil || c.arg(1) == nil {
		return nil, nil
	}
	items, ok := c.arg(0).([]any)
	if !ok {
		items = []any{c.arg(0)}
	}
	n, ok := asNumber(c.arg(1))
	if !ok {
		return nil, signature("partition", 2)
	}
	if n = math.Trunc(n); n < 1 {
		return nil, &Error{Code: "D3137", Message: "The chunk size of $partition must be a positive integer", Pos: -1}
	}
	out := []any{}
	size := int(math.Min(n, math.MaxInt32))
	for at := 0; at < len(items); at += size {
		out = append(out, append([]any{}, items[at:min(at+size, len(items))]...))
	}
	return out, nil
}

// stepRange counts from a to b by a step. AWS gives one result as itself, not as
// an array of one.
func stepRange(_ *budget, c call) (any, error) {
	var n [3]float64
	for i := range n {
		v := c.arg(i)
		if v == nil {
			return nil, nil
		}
		f, ok := asNumber(v)
		if !ok {
			return nil, signature("range", i+1)
		}
		n[i] = f
	}
	from, to, by := n[0], n[1], n[2]
	if by == 0 {
		return nil, &Error{Code: "D3137", Message: "The increment of $range must not be zero", Pos: -1}
	}
	count := math.Floor((to-from)/by) + 1
	if count > maxItems {
		return nil, &Error{Code: "D2014", Message: "The size of the sequence allocated by $range must not exceed 250000", Pos: -1}
	}
	if count < 1 {
		return nil, nil
	}
	out := make([]any, 0, int(count))
	for i := range int(count) {
		out = append(out, from+float64(i)*by)
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func hashOf(_ *budget, c call) (any, error) {
	if c.arg(0) == nil {
		return nil, nil
	}
	s, ok := c.arg(0).(string)
	if !ok {
		return nil, signature("hash", 1)
	}
	name, ok := c.arg(1).(string)
	if !ok {
		return nil, signature("hash", 2)
	}
	var h hash.Hash
	switch name {
	case "MD5":
		h = md5.New() // #nosec G401 -- see import
	case "SHA-1":
		h = sha1.New() // #nosec G401 -- see import
	case "SHA-256":
		h = sha256.New()
	case "SHA-384":
		h = sha512.New384()
	case "SHA-512":
		h = sha512.New()
	default:
		return nil, &Error{Code: "D3137", Message: "The algorithm of $hash must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512", Pos: -1}
	}
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// random is in [0, 1); with a seed it is the same number each time.
func random(b *budget, c call) (any, error) {
	if v := c.arg(0); v != nil {
		seed, ok := asNumber(v)
		if !ok {
			return nil, signature("random", 1)
		}
		return rand.New(rand.NewPCG(math.Float64bits(seed), 0)).Float64(), nil // #nosec G404 -- no secret
	}
	return float64(b.opts.Random()>>11) / (1 << 53), nil
}

func newUUID(b *budget, _ call) (any, error) {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], b.opts.Random())
	binary.BigEndian.PutUint64(id[8:], b.opts.Random())
	id[6] = id[6]&0x0f | 0x40 // version 4, RFC 9562
	id[8] = id[8]&0x3f | 0x80
	return id.String(), nil
}

// parse reads JSON text.
func parse(_ *budget, c call) (any, error) {
	s, ok, err := text(c, "parse")
	if !ok {
		return nil, err
	}
	v, bad := Decode(json.RawMessage(s))
	if bad != nil {
		return nil, &Error{Code: "D3137", Message: "The string is not valid JSON", Pos: -1}
	}
	if n, ok := v.(json.Number); ok {
		f, bad := n.Float64()
		if bad != nil {
			return nil, &Error{Code: "D1001", Message: "Number out of range: " + s, Pos: -1}
		}
		if f == 0 {
			return 0.0, nil
		}
	}
	return v, nil
}
