package learn

import (
	"encoding/json"
	"fmt"
	"math"
)

// Forest gives a vector of features a score: the sum of its trees' leaves. It is safe
// for concurrent use.
type Forest struct {
	// Features is the length of a vector.
	Features int    `json:"features"`
	Trees    []Tree `json:"trees"`
}

// Tree asks at node n whether feature Feature[n] is at most Limit[n], and goes on at
// Left[n] or Right[n]; a negative place ^i is leaf i.
type Tree struct {
	Feature []int16   `json:"f"`
	Limit   []float32 `json:"t"`
	Left    []int16   `json:"l"`
	Right   []int16   `json:"r"`
	Leaf    []float32 `json:"v"`
}

// Score of a vector.
func (f *Forest) Score(x []float64) float64 {
	sum := 0.0
	for i := range f.Trees {
		sum += f.Trees[i].value(x)
	}
	return sum
}

func (t *Tree) value(x []float64) float64 {
	if len(t.Feature) == 0 {
		return float64(t.Leaf[0])
	}
	n := int16(0)
	for n >= 0 {
		if float32(x[t.Feature[n]]) <= t.Limit[n] {
			n = t.Left[n]
		} else {
			n = t.Right[n]
		}
	}
	return float64(t.Leaf[^n])
}

// Softmax turns scores into probabilities, in place.
func Softmax(scores []float64) {
	most := math.Inf(-1)
	for _, s := range scores {
		most = max(most, s)
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = math.Exp(s - most)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}

// Read decodes a forest over vectors of so many features.
func Read(raw []byte, features int) (*Forest, error) {
	var f Forest
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("learn: read forest: %w", err)
	}
	if f.Features != features {
		return nil, fmt.Errorf("learn: the forest is over %d features, not %d: it must be grown again", f.Features, features)
	}
	for i := range f.Trees {
		if !f.Trees[i].sound(features) {
			return nil, fmt.Errorf("learn: tree %d of the forest is damaged", i)
		}
	}
	return &f, nil
}

// sound: every node leads on to a later one or to a leaf.
func (t *Tree) sound(features int) bool {
	n := len(t.Feature)
	if len(t.Limit) != n || len(t.Left) != n || len(t.Right) != n || len(t.Leaf) != n+1 {
		return false
	}
	for i := range n {
		for _, to := range []int16{t.Left[i], t.Right[i]} {
			if to >= 0 && (int(to) <= i || int(to) >= n) || to < 0 && int(^to) > n {
				return false
			}
		}
		if t.Feature[i] < 0 || int(t.Feature[i]) >= features {
			return false
		}
	}
	return true
}
