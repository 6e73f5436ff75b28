package diff

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// ref is the digest of a reference's target with its reach. References that lead
// round in a ring share one digest, that of the ring: Tarjan's strongly connected
// components, with a stack of our own, for documents chain references by the
// hundred thousand.
func (r *reach) ref(ref string) digest {
	start := r.node(ref)
	if start.known {
		return start.sum
	}
	type frame struct {
		n    *node
		next int
	}
	var open []*node
	count := 0
	visit := func(n *node) frame {
		n.index, n.low, n.open = count, count, true
		count++
		open = append(open, n)
		return frame{n: n}
	}
	for frames := []frame{visit(start)}; len(frames) > 0; {
		f := &frames[len(frames)-1]
		if f.next < len(f.n.refs) {
			to := r.node(f.n.refs[f.next])
			f.next++
			switch {
			case to.known:
			case to.open:
				f.n.low = min(f.n.low, to.index)
			default:
				frames = append(frames, visit(to))
			}
			continue
		}
		n := f.n
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].n
			parent.low = min(parent.low, n.low)
		}
		if n.low == n.index {
			at := len(open) - 1
			for open[at] != n {
				at--
			}
			r.close(open[at:])
			open = open[:at]
		}
	}
	return start.sum
}

// close gives the members of a ring, or the one that is in none, their digest:
// over the bytes of all, and the digests of what they refer to outside.
func (r *reach) close(ring []*node) {
	var parts []digest
	inside := make(map[string]bool, len(ring))
	for _, n := range ring {
		inside[n.ref] = true
	}
	for _, n := range ring {
		parts = append(parts, n.own)
		for _, to := range n.refs {
			if !inside[to] {
				parts = append(parts, r.nodes[to].sum)
			}
		}
	}
	slices.SortFunc(parts, func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, p := range slices.Compact(parts) {
		h.Write(p[:])
	}
	for _, n := range ring {
		h.Sum(n.sum[:0])
		n.known, n.open = true, false
	}
	if len(ring) > 1 { // which member of the ring is meant makes a difference
		for _, n := range ring {
			n.sum = sha256.Sum256(append(n.sum[:], n.own[:]...))
		}
	}
}
