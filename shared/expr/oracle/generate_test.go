package oracle

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// generator writes expressions. The same seed gives the same ones.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 6))} }

// chance is true n times out of a hundred.
func (g generator) chance(n int) bool { return g.IntN(100) < n }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

// distinct calls write until it has given n different expressions.
func distinct(n int, write func() string) []string {
	seen := make(map[string]bool, n)
	out := make([]string, 0, n)
	for len(out) < n {
		if src := write(); !seen[src] {
			seen[src] = true
			out = append(out, src)
		}
	}
	return out
}

// commas joins what write gives, from one to most times.
func (g generator) commas(most int, write func() string) string {
	parts := make([]string, 1+g.IntN(most))
	for i := range parts {
		parts[i] = write()
	}
	return strings.Join(parts, ", ")
}

func (g generator) number() string {
	switch g.IntN(4) {
	case 0:
		return strconv.Itoa(g.IntN(5))
	case 1:
		return strconv.Itoa(g.IntN(2000) - 1000)
	case 2:
		return fmt.Sprintf("%.2f", g.Float64()*100)
	}
	return pick(g, "0", "1", "-1", "1.5", "1e3", "0.1", "12345678901")
}
