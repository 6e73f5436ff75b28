package learn

import (
	"context"
	"math/rand/v2"
	"slices"
	"sort"
)

// Options of Grow.
type Options struct {
	Trees  int     // how many; defaults to 200
	Leaves int     // of a tree; defaults to 12
	Rate   float64 // by which a tree's leaves are shortened; defaults to 0.08
	// LeastRows is how many rows a leaf has at least; defaults to 30.
	LeastRows int
	// Ridge is what pulls leaves to 0; defaults to 5.
	Ridge float64
	// Columns is the part of the features that a tree may ask for; defaults to 0.5.
	Columns float64
	// Rows is the part of the choices that a tree is grown from; defaults to 0.8.
	Rows float64
	Seed uint64
	// Progress is told after each tree. Defaults to nobody.
	Progress func(done, all int)
}

func (o *Options) setDefaults() {
	if o.Trees <= 0 {
		o.Trees = 200
	}
	if o.Leaves <= 1 {
		o.Leaves = 12
	}
	if o.Rate <= 0 {
		o.Rate = 0.08
	}
	if o.LeastRows <= 0 {
		o.LeastRows = 30
	}
	if o.Ridge <= 0 {
		o.Ridge = 5
	}
	if o.Columns <= 0 {
		o.Columns = 0.5
	}
	if o.Rows <= 0 {
		o.Rows = 0.8
	}
}

// Grow grows a forest. The same choices and options give the same forest.
func Grow(ctx context.Context, choices []Choice, features int, opts *Options) (*Forest, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	o.setDefaults()
	g := newGrower(choices, features, o)
	f := &Forest{Features: features}
	for n := range o.Trees {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.Trees = append(f.Trees, g.tree())
		if o.Progress != nil {
			o.Progress(n+1, o.Trees)
		}
	}
	return f, nil
}

const bins = 48

// grower holds the rows: every alternative of every choice.
type grower struct {
	o        Options
	features int
	rows     int
	starts   []int // of each choice's rows; one more than there are choices
	taken    []int // row of each choice
	weight   []float64
	limits   [][]float32 // upper ends of a feature's bins
	columns  [][]uint8   // a feature's bin in each row
	score    []float64
	gradient []float32
	hessian  []float32
	random   *rand.Rand
}

func newGrower(choices []Choice, features int, o Options) *grower {
	g := &grower{o: o, features: features, random: rand.New(rand.NewPCG(o.Seed, 17))} // #nosec G404 -- it chooses rows, the same for the same seed
	for _, c := range choices {
		g.starts = append(g.starts, g.rows)
		g.taken = append(g.taken, g.rows+c.Taken)
		w := c.Weight
		if w == 0 {
			w = 1
		}
		g.weight = append(g.weight, w)
		g.rows += len(c.Of)
	}
	g.starts = append(g.starts, g.rows)
	g.score, g.gradient, g.hessian = make([]float64, g.rows), make([]float32, g.rows), make([]float32, g.rows)
	values := make([]float32, g.rows)
	for f := range features {
		n := 0
		for _, c := range choices {
			for _, x := range c.Of {
				values[n] = float32(x[f])
				n++
			}
		}
		limits := quantiles(values)
		column := make([]uint8, g.rows)
		for i, v := range values {
			column[i] = uint8(sort.Search(len(limits), func(j int) bool { return v <= limits[j] })) //nolint:gosec // at most bins
		}
		g.limits, g.columns = append(g.limits, limits), append(g.columns, column)
	}
	return g
}

// quantiles are the upper ends of all bins but the last.
func quantiles(values []float32) []float32 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	different := slices.Compact(slices.Clone(sorted))
	if len(different) <= bins {
		return different[:max(0, len(different)-1)]
	}
	var out []float32
	for i := 1; i < bins; i++ {
		v := sorted[i*len(sorted)/bins]
		if v < sorted[len(sorted)-1] && (len(out) == 0 || v > out[len(out)-1]) {
			out = append(out, v)
		}
	}
	return out
}

// leaf is a part of the rows under way.
type leaf struct {
	rows   []int32
	g, h   float64
	split  split
	parent int // node, -1 for none
	left   bool
}

type split struct {
	gain    float64
	feature int
	bin     int
}

// tree grows one and adds it to the scores.
func (g *grower) tree() Tree {
	var rows []int32
	probability := make([]float64, 0, 64)
	for c := range g.taken {
		if g.random.Float64() >= g.o.Rows {
			continue
		}
		from, to := g.starts[c], g.starts[c+1]
		probability = append(probability[:0], g.score[from:to]...)
		Softmax(probability)
		for i, p := range probability {
			y := 0.0
			if from+i == g.taken[c] {
				y = 1
			}
			g.gradient[from+i] = float32(g.weight[c] * (p - y))
			g.hessian[from+i] = float32(g.weight[c] * max(p*(1-p), 1e-6))
			rows = append(rows, int32(from+i)) //nolint:gosec // rows are few millions
		}
	}
	columns := g.random.Perm(g.features)[:max(1, int(g.o.Columns*float64(g.features)))]
	t := Tree{}
	leaves := []leaf{g.leaf(rows, columns, -1, false)}
	for len(leaves) < g.o.Leaves {
		best := 0
		for i := range leaves {
			if leaves[i].split.gain > leaves[best].split.gain {
				best = i
			}
		}
		l := leaves[best]
		if l.split.gain <= 0 {
			break
		}
		node := len(t.Feature)
		t.Feature, t.Limit = append(t.Feature, int16(l.split.feature)), append(t.Limit, g.limits[l.split.feature][l.split.bin]) //nolint:gosec // few features
		t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
		t.hang(l, int16(node)) //nolint:gosec // few nodes
		var low, high []int32
		for _, r := range l.rows {
			if int(g.columns[l.split.feature][r]) <= l.split.bin {
				low = append(low, r)
			} else {
				high = append(high, r)
			}
		}
		leaves[best] = g.leaf(low, columns, node, true)
		leaves = append(leaves, g.leaf(high, columns, node, false))
	}
	for i, l := range leaves {
		t.Leaf = append(t.Leaf, float32(-g.o.Rate*l.g/(l.h+g.o.Ridge)))
		t.hang(l, int16(^i)) //nolint:gosec // few leaves
	}
	g.add(&t)
	return t
}

// hang puts what a leaf has become into its parent.
func (t *Tree) hang(l leaf, place int16) {
	switch {
	case l.parent < 0:
	case l.left:
		t.Left[l.parent] = place
	default:
		t.Right[l.parent] = place
	}
}

// leaf gathers rows and finds where they are best split.
func (g *grower) leaf(rows []int32, columns []int, parent int, left bool) leaf {
	l := leaf{rows: rows, parent: parent, left: left}
	for _, r := range rows {
		l.g += float64(g.gradient[r])
		l.h += float64(g.hessian[r])
	}
	if len(rows) < 2*g.o.LeastRows {
		return l
	}
	whole := l.g * l.g / (l.h + g.o.Ridge)
	for _, f := range columns {
		var sumG, sumH [bins]float32
		var count [bins]int32
		column := g.columns[f]
		for _, r := range rows {
			b := column[r]
			sumG[b] += g.gradient[r]
			sumH[b] += g.hessian[r]
			count[b]++
		}
		lg, lh, n := 0.0, 0.0, 0
		for b := range len(g.limits[f]) {
			lg += float64(sumG[b])
			lh += float64(sumH[b])
			n += int(count[b])
			if n < g.o.LeastRows || len(rows)-n < g.o.LeastRows {
				continue
			}
			rg, rh := l.g-lg, l.h-lh
			gain := lg*lg/(lh+g.o.Ridge) + rg*rg/(rh+g.o.Ridge) - whole
			if gain > l.split.gain+1e-9 {
				l.split = split{gain, f, b}
			}
		}
	}
	return l
}

// add adds the tree to the score of every row.
func (g *grower) add(t *Tree) {
	for r := range g.rows {
		if len(t.Feature) == 0 {
			g.score[r] += float64(t.Leaf[0])
			continue
		}
		n := int16(0)
		for n >= 0 {
			f := t.Feature[n]
			limit := t.Limit[n]
			b := int(g.columns[f][r])
			// A bin lies below the limit when its upper end does.
			if b < len(g.limits[f]) && g.limits[f][b] <= limit {
				n = t.Left[n]
			} else {
				n = t.Right[n]
			}
		}
		g.score[r] += float64(t.Leaf[^n])
	}
}
